"""Never queue: an idle server if there is one, else the shortest expected delay (ip_vs_nq.c)."""

from __future__ import annotations

from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests
from labkit.ipvs.schedulers.sed import ShortestExpectedDelay


class NeverQueue(ShortestExpectedDelay):
    """A slow server that is idle comes before a fast one that is not."""

    __slots__ = ()
    NAME: ClassVar[str] = "nq"

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The first idle server of the list; without one, as sed."""
        idle = (dest for dest in dests if dest.weight > 0 and dest.active == 0)
        return next(idle, None) or super().pick(dests, client)
