"""-j SNAT: give the connection another source (xt_nat.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Options, Result, Target
from labkit.xt.frame import Frame
from labkit.xt.nat import do_nat, nat_words
from labkit.xt.natrange import NatRange, read_range


@dataclass(frozen=True, slots=True)
class Snat(Target):
    """Only in table nat, in POSTROUTING and INPUT."""

    NAME: ClassVar[str] = "SNAT"
    TERMINAL: ClassVar[bool] = True
    TABLES: ClassVar[frozenset[str]] = frozenset({"nat"})
    HOOKS: ClassVar[frozenset[str]] = frozenset({"POSTROUTING", "INPUT"})
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--to-source", read_range, required=True),
        Flag("--random"),
        Flag("--random-fully"),
        Flag("--persistent"),
    )
    to: NatRange
    family: int = 4

    @classmethod
    def build(cls, options: Options) -> Self:
        low, high, port, last, family = options.need("--to-source", tuple)
        if family not in (0, options.family):
            raise ValueError("the address is of the other IP family")
        return cls(
            NatRange(
                "src",
                low,
                high,
                port,
                last,
                random="--random" in options,
                random_fully="--random-fully" in options,
                persistent="--persistent" in options,
            ),
            options.family,
        )

    def words(self) -> str:
        return nat_words("--to-source", self.to, self.family)

    def apply(self, frame: Frame) -> Result:
        return do_nat(frame, self.to)
