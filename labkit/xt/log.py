"""-j LOG: write the packet to the log and go on (xt_LOG.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import CONTINUE, Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.values import integer, quote, text_up_to

LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
SWITCHES = (
    "--log-tcp-sequence",
    "--log-tcp-options",
    "--log-ip-options",
    "--log-uid",
    "--log-macdecode",
)


def read_level(text: str) -> int:
    """A level by name or number; 4 (warning) is the default."""
    names = {"error": 3, "warn": 4, "panic": 0}
    if text in LEVELS:
        return LEVELS.index(text)
    value = names[text] if text in names else integer(text)
    if value > 7:
        raise ValueError(f"{text} is not a log level; they go from 0 to 7")
    return value


@dataclass(frozen=True, slots=True)
class Log(Target):
    """Never ends the walk.  The emulator shows the line in the trace, and logs nothing."""

    NAME: ClassVar[str] = "LOG"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--log-prefix", text_up_to(29)),
        Flag("--log-level", read_level),
        *(Flag(switch) for switch in SWITCHES),
    )
    prefix: str = ""
    level: int = 4
    switches: tuple[str, ...] = ()

    @classmethod
    def build(cls, options: Options) -> Self:
        level = options.get("--log-level", int)
        return cls(
            options.get("--log-prefix", str) or "",
            4 if level is None else level,
            tuple(switch for switch in SWITCHES if switch in options),
        )

    def words(self) -> str:
        parts = [f"--log-prefix {quote(self.prefix)}"] if self.prefix else []
        if self.level != 4:
            parts.append(f"--log-level {self.level}")
        return " ".join([*parts, *self.switches])

    def apply(self, frame: Frame) -> Result:
        return CONTINUE
