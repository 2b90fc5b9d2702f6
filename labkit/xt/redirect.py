"""-j REDIRECT: destination NAT to this very machine (xt_REDIRECT.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.nat import do_nat, port_words
from labkit.xt.natrange import NatRange, read_ports


@dataclass(frozen=True, slots=True)
class Redirect(Target):
    """To the loopback for local packets, else to the address of the input interface."""

    NAME: ClassVar[str] = "REDIRECT"
    TERMINAL: ClassVar[bool] = True
    TABLES: ClassVar[frozenset[str]] = frozenset({"nat"})
    HOOKS: ClassVar[frozenset[str]] = frozenset({"PREROUTING", "OUTPUT"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--to-ports", read_ports),
        Flag("--random"),
    )
    to: NatRange

    @classmethod
    def build(cls, options: Options) -> Self:
        low, high = options.get("--to-ports", tuple) or (0, 0)
        return cls(
            NatRange(
                "dst",
                port_low=low,
                port_high=high,
                random="--random" in options,
                redirect=True,
            )
        )

    def words(self) -> str:
        return port_words("--to-ports", self.to)

    def apply(self, frame: Frame) -> Result:
        return do_nat(frame, self.to)
