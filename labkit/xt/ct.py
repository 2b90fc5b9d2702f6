"""-j CT --notrack and -j NOTRACK: keep the packet out of connection tracking (xt_CT.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import CONTINUE, Flag, Options, Result, Target
from labkit.xt.frame import Frame


@dataclass(frozen=True, slots=True)
class Ct(Target):
    """Only in table raw.  Zones, helpers and timeouts are refused."""

    NAME: ClassVar[str] = "CT"
    TABLES: ClassVar[frozenset[str]] = frozenset({"raw"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--notrack", required=True),)

    @classmethod
    def build(cls, options: Options) -> Self:
        if "--notrack" not in options:
            raise ValueError("of -j CT labkit knows --notrack alone")
        return cls()

    def words(self) -> str:
        return "--notrack"

    def apply(self, frame: Frame) -> Result:
        return leave_alone(frame)


@dataclass(frozen=True, slots=True)
class Notrack(Target):
    """The old name of ``-j CT --notrack``; it keeps its name in iptables-save."""

    NAME: ClassVar[str] = "NOTRACK"
    TABLES: ClassVar[frozenset[str]] = frozenset({"raw"})

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls()

    def apply(self, frame: Frame) -> Result:
        return leave_alone(frame)


def leave_alone(frame: Frame) -> Result:
    """The packet is UNTRACKED from here on; one that came by before keeps its connection."""
    if frame.ct is None:
        frame.notrack, frame.ctstate = True, "UNTRACKED"
    return CONTINUE
