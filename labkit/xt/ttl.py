"""-m ttl: the time to live of an IPv4 packet (xt_hl.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import unsigned

WAYS = ("--ttl-eq", "--ttl-lt", "--ttl-gt")


@dataclass(frozen=True, slots=True)
class Ttl(Match):
    """Equal to, less than or greater than a number."""

    NAME: ClassVar[str] = "ttl"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--ttl-eq", unsigned(0, 255), negatable=True, aliases=("--ttl",)),
        Flag("--ttl-lt", unsigned(0, 255)),
        Flag("--ttl-gt", unsigned(0, 255)),
    )
    way: str
    value: int
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        written = [way for way in WAYS if way in options]
        if len(written) != 1:
            raise ValueError("exactly one of --ttl-eq, --ttl-lt, --ttl-gt must be written")
        return cls(written[0], options.need(written[0], int), options.negated(written[0]))

    def words(self) -> str:
        return f"{negation(self.negated)}{self.way} {self.value}"

    def matches(self, frame: Frame) -> bool:
        match self.way:
            case "--ttl-eq":
                return (frame.ttl == self.value) is not self.negated
            case "--ttl-lt":
                return frame.ttl < self.value
            case _:
                return frame.ttl > self.value
