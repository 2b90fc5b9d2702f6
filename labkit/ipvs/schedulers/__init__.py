"""The schedulers of IPVS, one file each, named as the kernel's modules are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from labkit.ipvs.schedulers.base import Client, Dest, Scheduler
from labkit.ipvs.schedulers.dh import DestinationHash
from labkit.ipvs.schedulers.fo import Failover
from labkit.ipvs.schedulers.lc import LeastConnection
from labkit.ipvs.schedulers.mh import Maglev
from labkit.ipvs.schedulers.nq import NeverQueue
from labkit.ipvs.schedulers.rr import RoundRobin
from labkit.ipvs.schedulers.sed import ShortestExpectedDelay
from labkit.ipvs.schedulers.sh import SourceHash
from labkit.ipvs.schedulers.wlc import WeightedLeastConnection
from labkit.ipvs.schedulers.wrr import WeightedRoundRobin

MAKERS: Mapping[str, Callable[[Sequence[str]], Scheduler]] = {
    "rr": lambda flags: RoundRobin(),
    "wrr": lambda flags: WeightedRoundRobin(),
    "lc": lambda flags: LeastConnection(),
    "wlc": lambda flags: WeightedLeastConnection(),
    "sed": lambda flags: ShortestExpectedDelay(),
    "nq": lambda flags: NeverQueue(),
    "fo": lambda flags: Failover(),
    "sh": SourceHash,
    "dh": lambda flags: DestinationHash(),
    "mh": Maglev,
}


def scheduler_for(name: str, flags: Sequence[str]) -> Scheduler:
    """A fresh scheduler; ``name`` is one of ``SCHEDULERS``."""
    return MAKERS[name](flags)


__all__ = ["MAKERS", "Client", "Dest", "Scheduler", "scheduler_for"]
