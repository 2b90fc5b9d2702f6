"""-j MASQUERADE: source NAT to the address of the interface the packet leaves through.

The address is the primary one of the *output* interface (nf_nat_masquerade.c:52), so it
differs from route to route.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.nat import do_nat, port_words
from labkit.xt.natrange import NatRange, read_ports


@dataclass(frozen=True, slots=True)
class Masquerade(Target):
    """Only in table nat, in POSTROUTING."""

    NAME: ClassVar[str] = "MASQUERADE"
    TERMINAL: ClassVar[bool] = True
    TABLES: ClassVar[frozenset[str]] = frozenset({"nat"})
    HOOKS: ClassVar[frozenset[str]] = frozenset({"POSTROUTING"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--to-ports", read_ports),
        Flag("--random"),
        Flag("--random-fully"),
    )
    to: NatRange

    @classmethod
    def build(cls, options: Options) -> Self:
        low, high = options.get("--to-ports", tuple) or (0, 0)
        return cls(
            NatRange(
                "src",
                port_low=low,
                port_high=high,
                random="--random" in options,
                random_fully="--random-fully" in options,
                masquerade=True,
            )
        )

    def words(self) -> str:
        return port_words("--to-ports", self.to)

    def apply(self, frame: Frame) -> Result:
        return do_nat(frame, self.to)
