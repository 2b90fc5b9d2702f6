"""Source hashing: a client's address leads to the same server each time (ip_vs_sh.c).

256 slots are dealt out in the order of the list, each server as many in a row as its weight
says; a drained server still gets one, and whoever hashes there is refused unless
``sh-fallback`` is set.  ``sh-port`` adds the client's port to its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, hash_32, slot_shares

BITS = 8
SLOTS = 1 << BITS


@dataclass(slots=True)
class SourceHash:
    """Remembers the table of slots; it is dealt anew at each change of the servers."""

    NAME: ClassVar[str] = "sh"
    flags: Sequence[str] = ()
    slots: list[Dest | None] = field(default_factory=lambda: [None] * SLOTS)

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The server of the client's slot, or with fallback of the next slots."""
        first = self.slot(client)
        dest = self.slots[first]
        if dest is None or dest.weight > 0:
            return dest
        if "sh-fallback" in self.flags:
            for offset in range(SLOTS):
                # Twice the first slot, and on from there: so the kernel adds it up.
                dest = self.slots[(2 * first + offset) % SLOTS]
                if dest is not None and dest.weight > 0:
                    return dest
        return None

    def slot(self, client: Client) -> int:
        """``hash_32`` of the address (and port)."""
        port = client.port if "sh-port" in self.flags else 0
        return hash_32((client.source + port) & 0xFFFFFFFF, BITS)

    def added(self, dests: Dests) -> None:
        """Deal the slots."""
        self.slots = dealt(dests, weighted=True)

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """Deal the slots."""
        self.slots = dealt(dests, weighted=True)

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Of clients that are spread evenly over the slots."""
        return slot_shares(self.slots, dests)

    def word(self, dests: Dests) -> str:
        """How many slots each server has."""
        return slot_words(self.slots, dests)


def dealt(dests: Dests, *, weighted: bool) -> list[Dest | None]:
    """The slots, around the list; with ``weighted`` a server takes its weight in a row."""
    if not dests:
        return [None] * SLOTS
    order = [dest for dest in dests for _ in range(max(dest.weight, 1) if weighted else 1)]
    return [order[slot % len(order)] for slot in range(SLOTS)]


def slot_words(slots: Sequence[Dest | None], dests: Dests) -> str:
    """``10.244.1.2:8080 86 of 256 slots`` for each server."""
    return ", ".join(
        f"{dest.address}:{dest.port} {sum(owner is dest for owner in slots)} of {len(slots)} slots"
        for dest in dests
    )
