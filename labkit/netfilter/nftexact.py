"""Exact mode for nftables: the way of the packet for every number that a draw can give.

numgen gives each number floor or ceil(2**32 / N) of the 2**32 possible words
(``reciprocal_scale``); the weights are those counts, so the sum is exactly 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.model.packet import Packet
from labkit.model.trace import Outcome, Outcomes
from labkit.netfilter.nftpassage import NftPassage
from labkit.netfilter.outcomes import end_of, weighted
from labkit.netfilter.stages import Stage
from labkit.netfilter.state import NodeState
from labkit.xt.frame import Frame

if TYPE_CHECKING:
    from labkit.netfilter.nftnode import NftNode

WORD_BITS = 32
Chosen = tuple[str, int, int]
"""The draw's name, its modulus, the number it gave."""


def share(mod: int, number: int) -> int:
    """How many of the 2**32 words give this number: those from ceil(i 2**32 / N) on."""
    return _first(mod, number + 1) - _first(mod, number)


def _first(mod: int, number: int) -> int:
    return -(-(number << WORD_BITS) // mod)


@dataclass(slots=True)
class Script:
    """Dice that give what is written down, and the first number of every further draw."""

    script: tuple[Chosen, ...]
    taken: list[Chosen] = field(default_factory=list)

    def pick(self, place: str, mod: int) -> int:
        """The number of a draw."""
        at = len(self.taken)
        chosen = self.script[at] if at < len(self.script) else (place, mod, 0)
        self.taken.append(chosen)
        return chosen[2]

    def chance(self, place: tuple[str, str], threshold: int) -> bool:
        """No rule of nftables asks for this."""
        return False

    def number(self, what: str, turn: int = 0, low: int = 0) -> int:
        """A port: it decides nothing."""
        return 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """One way that the draws can go: where the packet ended and which rules matched."""

    frame: Frame
    draws: tuple[Chosen, ...]
    seen: tuple[tuple[str, str, int], ...]


def leaves(
    node: NftNode, packet: Packet, stages: tuple[Stage, ...], state: NodeState
) -> Iterator[Leaf]:
    """Every way, one for each combination of numbers."""
    waiting: list[tuple[Chosen, ...]] = [()]
    while waiting:
        script = waiting.pop()
        passage = node.passage(state, exact=True)
        passage.seen = []
        frame = passage.begin(packet, stages)
        dice = Script(script)
        frame.dice = dice
        _to_the_end(passage, frame)
        taken = tuple(dice.taken)
        yield Leaf(frame, taken, tuple(passage.seen))
        for at in range(len(taken) - 1, len(script) - 1, -1):
            place, mod, _ = taken[at]
            waiting += [(*taken[:at], (place, mod, i)) for i in range(mod - 1, 0, -1)]


def _to_the_end(passage: NftPassage, frame: Frame) -> None:
    while frame.verdict is None:
        assert frame.path is not None
        passage.do(frame, frame.path.pop())


def outcomes(
    node: NftNode, packet: Packet, stages: tuple[Stage, ...], state: NodeState
) -> Outcomes:
    """All ends of the packet's way; equal ends are one outcome."""
    merged: dict[Outcome, list[tuple[int, int]]] = {}
    for leaf in leaves(node, packet, stages, state):
        weight = 1
        for _, mod, number in leaf.draws:
            weight *= share(mod, number)
        merged.setdefault(end_of(leaf.frame), []).append((weight, WORD_BITS * len(leaf.draws)))
    ends = tuple(weighted(end, parts) for end, parts in merged.items())
    return Outcomes(packet, tuple(sorted(ends, key=lambda o: (o.verdict.value, o.destination))))
