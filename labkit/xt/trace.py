"""-j TRACE: have the kernel report each rule that the packet matches (xt_TRACE.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import CONTINUE, Options, Result, Target
from labkit.xt.frame import Frame


@dataclass(frozen=True, slots=True)
class Trace(Target):
    """Only in table raw.  The emulator can trace any packet, so this does nothing here."""

    NAME: ClassVar[str] = "TRACE"

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls()

    def apply(self, frame: Frame) -> Result:
        return CONTINUE
