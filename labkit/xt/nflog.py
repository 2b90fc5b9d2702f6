"""-j NFLOG: hand the packet to a program that listens, and go on (xt_NFLOG.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import CONTINUE, Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.values import quote, text_up_to, unsigned


@dataclass(frozen=True, slots=True)
class Nflog(Target):
    """Nobody listens in the emulator; the trace shows the line."""

    NAME: ClassVar[str] = "NFLOG"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--nflog-group", unsigned(0, 65535)),
        Flag("--nflog-prefix", text_up_to(63)),
        Flag("--nflog-size", unsigned()),
        Flag("--nflog-threshold", unsigned(1, 65535)),
        Flag("--nflog-range", unsigned()),
    )
    group: int = 0
    prefix: str = ""
    size: int | None = None
    threshold: int = 1

    @classmethod
    def build(cls, options: Options) -> Self:
        # --nflog-range never had an effect; iptables reads it and forgets it
        if "--nflog-range" in options and "--nflog-size" in options:
            raise ValueError("--nflog-range does not go with --nflog-size")
        return cls(
            options.get("--nflog-group", int) or 0,
            options.get("--nflog-prefix", str) or "",
            options.get("--nflog-size", int),
            options.get("--nflog-threshold", int) or 1,
        )

    def words(self) -> str:
        parts = [f"--nflog-prefix {quote(self.prefix)}"] if self.prefix else []
        if self.group:
            parts.append(f"--nflog-group {self.group}")
        if self.size is not None:
            parts.append(f"--nflog-size {self.size}")
        if self.threshold != 1:
            parts.append(f"--nflog-threshold {self.threshold}")
        return " ".join(parts)

    def apply(self, frame: Frame) -> Result:
        return CONTINUE
