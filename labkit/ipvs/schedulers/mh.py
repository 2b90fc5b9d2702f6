"""Maglev hashing: as source hashing, but a change of the servers moves few clients (ip_vs_mh.c).

Each server has a permutation of the 4,093 slots of its own and takes its next free one in
turn, as often as its weight says (Eisenbud et al., "Maglev", NSDI 2016).  The keys of the
hash are constants of the kernel, so the answers are the same on every boot.  A drained server
keeps its slots: weights count as they last were above 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.nouns import folded
from labkit.ipvs.schedulers.base import Client, Dest, Dests, slot_shares
from labkit.ipvs.schedulers.sh import slot_words
from labkit.ipvs.schedulers.siphash import hsiphash

SLOTS = 4093
"""A prime; the kernel's default (CONFIG_IP_VS_MH_TAB_INDEX 12)."""

FIRST_KEY = (2654435761, 2654435761)
SECOND_KEY = (2654446892, 2654446892)
TURN_BITS = 6
"""Weights are cut down to so many bits (half of the table index)."""


@dataclass(slots=True)
class Maglev:
    """Remembers the table of slots; it is filled anew at each change of the servers."""

    NAME: ClassVar[str] = "mh"
    flags: Sequence[str] = ()
    slots: list[Dest | None] = field(default_factory=lambda: [None] * SLOTS)

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The server of the client's slot; with ``mh-fallback`` others if it is drained."""
        value = client.source + (client.port if "mh-port" in self.flags else 0)
        first = self._slot(value)
        dest = self.slots[first]
        if dest is None or dest.weight > 0:
            return dest
        if "mh-fallback" in self.flags:
            for offset in range(SLOTS):
                dest = self.slots[self._slot(value + (offset + first) % SLOTS)]
                if dest is None or dest.weight > 0:
                    return dest
        return None

    def _slot(self, value: int) -> int:
        return hsiphash(value & 0xFFFFFFFF, FIRST_KEY) % SLOTS

    def added(self, dests: Dests) -> None:
        """Fill the slots."""
        self.slots = filled(dests)

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """Fill the slots."""
        self.slots = filled(dests)

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Of clients that are spread evenly over the slots."""
        return slot_shares(self.slots, dests)

    def word(self, dests: Dests) -> str:
        """How many slots each server has."""
        return slot_words(self.slots, dests)


def filled(dests: Dests) -> list[Dest | None]:
    """The slots: in turns, each server takes the next free slot of its permutation."""
    slots: list[Dest | None] = [None] * SLOTS
    pairs = zip(dests, turns_of(dests), strict=True)
    walkers = [_Walker(dest, turns) for dest, turns in pairs if turns]
    free = SLOTS if walkers else 0
    while free:
        for walker in walkers:
            for _ in range(min(walker.turns, free)):
                slots[walker.next_free(slots)] = walker.dest
                free -= 1
    return slots


def turns_of(dests: Dests) -> list[int]:
    """How many slots each server takes in one turn: its weight in smallest terms."""
    weights = [dest.last_weight for dest in dests]
    divisor = math.gcd(*weights)
    if not divisor:
        return [0] * len(weights)
    shift = max((max(weights) // divisor).bit_length() - TURN_BITS, 0)
    return [(weight // divisor >> shift) or int(weight > 0) for weight in weights]


class _Walker:
    """A server on its way through its permutation of the slots."""

    __slots__ = ("dest", "place", "skip", "turns")

    def __init__(self, dest: Dest, turns: int) -> None:
        value = (folded(dest.address) + dest.port) & 0xFFFFFFFF
        self.dest, self.turns = dest, turns
        self.place = hsiphash(value, FIRST_KEY) % SLOTS
        self.skip = hsiphash(value, SECOND_KEY) % (SLOTS - 1) + 1

    def next_free(self, slots: Sequence[Dest | None]) -> int:
        """The next slot of the permutation that nobody has."""
        while slots[self.place] is not None:
            self.place = (self.place + self.skip) % SLOTS
        return self.place
