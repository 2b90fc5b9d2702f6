"""-j DNAT: give the connection another destination (xt_nat.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.nat import do_nat, nat_words
from labkit.xt.natrange import NatRange, read_range


@dataclass(frozen=True, slots=True)
class Dnat(Target):
    """Only in table nat, in PREROUTING and OUTPUT.  Without a port, the port is kept."""

    NAME: ClassVar[str] = "DNAT"
    TERMINAL: ClassVar[bool] = True
    TABLES: ClassVar[frozenset[str]] = frozenset({"nat"})
    HOOKS: ClassVar[frozenset[str]] = frozenset({"PREROUTING", "OUTPUT"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--to-destination", read_range, required=True),
        Flag("--random"),
        Flag("--persistent"),
    )
    to: NatRange
    family: int = 4

    @classmethod
    def build(cls, options: Options) -> Self:
        low, high, port, last, family = options.need("--to-destination", tuple)
        if family not in (0, options.family):
            raise ValueError("the address is of the other IP family")
        return cls(
            NatRange(
                "dst",
                low,
                high,
                port,
                last,
                random="--random" in options,
                persistent="--persistent" in options,
            ),
            options.family,
        )

    def words(self) -> str:
        return nat_words("--to-destination", self.to, self.family)

    def apply(self, frame: Frame) -> Result:
        frame.service = frame.rule.service
        return do_nat(frame, self.to)
