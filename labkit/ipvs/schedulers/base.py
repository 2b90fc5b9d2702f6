"""What a scheduler sees and answers.

The kernel keeps the real servers of a virtual server in a list and puts a new one at its
*head* (``__ip_vs_update_dest`` in ip_vs_ctl.c, Linux 6.1): schedulers that walk the list
meet the server that was added last first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Protocol

GOLDEN_RATIO_32 = 0x61C88647
"""The multiplier of the kernel's ``hash_32`` (include/linux/hash.h)."""


@dataclass(slots=True, eq=False)
class Dest:
    """A real server as the kernel keeps it: weight and connections.

    ``active`` counts connections that are open, ``inactive`` those that are ending (TCP
    after the first FIN); ``last_weight`` is the last weight that was not 0.
    """

    address: str
    port: int
    weight: int
    last_weight: int
    active: int = 0
    inactive: int = 0
    templates: int = 0
    idle_since: float | None = None

    @property
    def held(self) -> bool:
        """Whether a connection or a client's persistence still points to it."""
        return bool(self.active or self.inactive or self.templates)


@dataclass(frozen=True, slots=True)
class Client:
    """What of a new connection a scheduler may look at: folded addresses and the port."""

    source: int
    port: int
    destination: int


Dests = Sequence[Dest]


class Scheduler(Protocol):
    """Chooses a real server for each new connection; may remember its last choice."""

    NAME: ClassVar[str]

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The server for this connection; None when there is none to be had."""
        ...

    def added(self, dests: Dests) -> None:
        """A server was added, or a weight was changed."""
        ...

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """A server was removed; it stood at ``place``."""
        ...

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Place in the list -> long-run share of new connections."""
        ...

    def word(self, dests: Dests) -> str:
        """The state on which the next choice depends, in a few words."""
        ...


class Stateless:
    """A scheduler that remembers nothing of its own."""

    __slots__ = ()

    def added(self, dests: Dests) -> None:
        """Nothing to do."""

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """Nothing to do."""


def by_weight(dests: Dests) -> dict[int, Fraction]:
    """Shares in proportion to the weights."""
    total = sum(dest.weight for dest in dests)
    return {place: Fraction(dest.weight, total) for place, dest in enumerate(dests) if dest.weight}


def equally(dests: Dests) -> dict[int, Fraction]:
    """The same share for each server that is not drained."""
    places = [place for place, dest in enumerate(dests) if dest.weight > 0]
    return {place: Fraction(1, len(places)) for place in places}


def least(dests: Dests, load: Callable[[Dest], int], *, weighted: bool) -> Dest | None:
    """The first server of the list with the least load (over its weight), drained ones left out.

    Compared as the kernel does, by products: it has no fractions.
    """
    best: Dest | None = None
    for dest in dests:
        if dest.weight <= 0:
            continue
        if best is None:
            best = dest
        elif weighted:
            if load(best) * dest.weight > load(dest) * best.weight:
                best = dest
        elif load(dest) < load(best):
            best = dest
    return best


def loads(dests: Dests) -> str:
    """The connections of each server, in the order of the list."""
    return ", ".join(
        f"{dest.address}:{dest.port} {dest.active}+{dest.inactive}/{dest.weight}" for dest in dests
    )


def hash_32(value: int, bits: int) -> int:
    """``hash_32`` of the kernel: the upper ``bits`` of a 32-bit product."""
    return ((value * GOLDEN_RATIO_32) & 0xFFFFFFFF) >> (32 - bits)


def slot_shares(slots: Sequence[Dest | None], dests: Dests) -> dict[int, Fraction]:
    """Each server's part of a hash table; slots of drained servers serve nobody."""
    place = {id(dest): index for index, dest in enumerate(dests)}
    counts: dict[int, int] = {}
    for dest in slots:
        if dest is not None and dest.weight > 0:
            counts[place[id(dest)]] = counts.get(place[id(dest)], 0) + 1
    return {index: Fraction(count, len(slots)) for index, count in counts.items()}
