"""Least connection: who has the fewest connections (ip_vs_lc.c)."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, Stateless, equally, least, loads


class LeastConnection(Stateless):
    """An open connection weighs as much as 256 that are ending."""

    __slots__ = ()
    NAME: ClassVar[str] = "lc"

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The first of the list among those with the least load."""
        return least(dests, load, weighted=False)

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """Equal, if connections last equally long everywhere."""
        return equally(dests)

    def word(self, dests: Dests) -> str:
        """Open and ending connections of each server, and its weight."""
        return loads(dests)


def load(dest: Dest) -> int:
    """Open connections times 256, and ending ones (``ip_vs_dest_conn_overhead``, ip_vs.h)."""
    return dest.active * 256 + dest.inactive
