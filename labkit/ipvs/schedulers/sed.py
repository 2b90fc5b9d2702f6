"""Shortest expected delay: as if the new connection were there already (ip_vs_sed.c)."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, Stateless, by_weight, least, loads


class ShortestExpectedDelay(Stateless):
    """Only open connections count, and the new one with them."""

    __slots__ = ()
    NAME: ClassVar[str] = "sed"

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
    """Open connections and the one that is to come."""
    return dest.active + 1
