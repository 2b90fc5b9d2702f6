"""Weighted failover: all to the server with the greatest weight (ip_vs_fo.c)."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, Stateless


class Failover(Stateless):
    """The others wait until it is drained or removed."""

    __slots__ = ()
    NAME: ClassVar[str] = "fo"

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The greatest weight; of equals the first in the list."""
        best = max(dests, key=lambda dest: dest.weight, default=None)
        return best if best is not None and best.weight > 0 else None

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Everything to one."""
        best = self.pick(dests, Client(0, 0, 0))
        return {} if best is None else {dests.index(best): Fraction(1)}

    def word(self, dests: Dests) -> str:
        """The weights."""
        return ", ".join(f"{dest.address}:{dest.port} weight {dest.weight}" for dest in dests)
