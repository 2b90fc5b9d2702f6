"""Round robin: the next server of the list, drained ones passed over (ip_vs_rr.c)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, equally


@dataclass(slots=True)
class RoundRobin:
    """Remembers the server it took last; before the first, the head of the list."""

    NAME: ClassVar[str] = "rr"
    last: Dest | None = None

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """Goes on behind the last server, around the list once."""
        start = dests.index(self.last) + 1 if self.last is not None else 0
        for step in range(len(dests)):
            dest = dests[(start + step) % len(dests)]
            if dest.weight > 0:
                self.last = dest
                return dest
        return None

    def added(self, dests: Dests) -> None:
        """The cycle goes on where it was."""

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """If it was the last one taken, the one before it stands in."""
        if dest is self.last:
            self.last = dests[place - 1] if place else None

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Equal, and exact after each full round."""
        return equally(dests)

    def word(self, dests: Dests) -> str:
        """Which server was taken last."""
        return f"last {self.last.address}:{self.last.port}" if self.last else "last -"
