"""Counter-based randomness: one 64-bit word for each seed, packet ordinal and chain.

Random rules of a chain share the chain's word by dividing its interval: a rule with
probability p takes the first p of what is left, and the rest goes on to the next rule.
That is the same as a fresh draw for each rule (the parts are independent), costs one word
for a thousand endpoints, and gives the same choice in any order of evaluation: walker and
NumPy mode agree.  When an interval gets short, the chain takes its next word.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

Place = tuple[str, ...]
"""Where a draw is needed: table and chain."""

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
WHOLE = 1 << 64
SHORT = 1 << 48
"""An interval shorter than this takes a new word: the rest would be too coarse."""


def mix(value: int) -> int:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): all bits depend on all bits."""
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


@lru_cache(maxsize=1 << 14)
def stream(seed: int, place: Place, turn: int) -> int:
    """The start of the sequence of words for one place, 64 bits."""
    name = "\0".join((str(seed), str(turn), *place)).encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big")


def split(low: int, high: int, threshold: int) -> int:
    """Where the part of size threshold / 2**31 of an interval ends."""
    return low + (((high - low) * threshold) >> 31)


@dataclass(frozen=True, slots=True)
class Draws:
    """The words of one seed: a function, so any packet's words can be asked for again."""

    seed: int = 0

    def word(self, place: Place, ordinal: int, turn: int = 0) -> int:
        """64 bits for this place and packet; ``turn`` counts the words used before."""
        return mix((stream(self.seed, place, turn) + ordinal * GOLDEN) & MASK)


@dataclass(slots=True)
class PacketDice:
    """The draws of one packet: remembers what is left of each chain's interval."""

    draws: Draws
    ordinal: int
    left: dict[Place, tuple[int, int, int, int]] = field(default_factory=dict)

    def chance(self, place: tuple[str, str], threshold: int) -> bool:
        """True with probability threshold / 2**31."""
        low, high, word, turn = self.left.get(place) or self._fresh(place, 0)
        if high - low < SHORT:
            low, high, word, turn = self._fresh(place, turn + 1)
        border = split(low, high, threshold)
        hit = word < border
        self.left[place] = (low, border, word, turn) if hit else (border, high, word, turn)
        return hit

    def number(self, what: str, turn: int = 0, low: int = 0) -> int:
        """64 bits for something that is no chain, a port for instance (``low``: the first)."""
        return self.draws.word((what,), self.ordinal, turn)

    def _fresh(self, place: Place, turn: int) -> tuple[int, int, int, int]:
        return 0, WHOLE, self.draws.word(place, self.ordinal, turn), turn
