"""Destination hashing: the virtual address chooses the server (ip_vs_dh.c).

Meant for caches.  Behind a ClusterIP all connections of a Service go to one server.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, hash_32, slot_shares
from labkit.ipvs.schedulers.sh import BITS, SLOTS, dealt, slot_words


@dataclass(slots=True)
class DestinationHash:
    """256 slots dealt around the list, without regard to weights."""

    NAME: ClassVar[str] = "dh"
    slots: list[Dest | None] = field(default_factory=lambda: [None] * SLOTS)

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The server of the address's slot, unless it is drained."""
        dest = self.slots[hash_32(client.destination, BITS)]
        return dest if dest is not None and dest.weight > 0 else None

    def added(self, dests: Dests) -> None:
        """Deal the slots."""
        self.slots = dealt(dests, weighted=False)

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """Deal the slots."""
        self.slots = dealt(dests, weighted=False)

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Over many virtual addresses; one address has one server."""
        return slot_shares(self.slots, dests)

    def word(self, dests: Dests) -> str:
        """How many slots each server has."""
        return slot_words(self.slots, dests)
