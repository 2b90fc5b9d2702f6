"""Weighted least connection: the fewest connections for its weight (ip_vs_wlc.c)."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, Stateless, by_weight, least, loads


class WeightedLeastConnection(Stateless):
    """As lc, divided by the weight."""

    __slots__ = ()
    NAME: ClassVar[str] = "wlc"

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The first of the list among those with the least load."""
        return least(dests, load, weighted=True)

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """By weight, if connections last equally long everywhere."""
        return by_weight(dests)

    def word(self, dests: Dests) -> str:
        """Open and ending connections of each server, and its weight."""
        return loads(dests)


def load(dest: Dest) -> int:
    """Open connections times 256, and ending ones (``ip_vs_dest_conn_overhead``, ip_vs.h)."""
    return dest.active * 256 + dest.inactive
