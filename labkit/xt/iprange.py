"""-m iprange: addresses between two ends (xt_iprange.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.model import address
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import Span


def read_addresses(text: str) -> Span:
    """``10.0.0.1-10.0.0.9`` or a single address."""
    first, dash, last = text.partition("-")
    low = address.number(first)
    high = address.number(last) if dash else low
    if low > high or (dash and address.family(first) != address.family(last)):
        raise ValueError(f"{text} is not a range of addresses")
    return Span(low, high)


@dataclass(frozen=True, slots=True)
class Iprange(Match):
    """The source, the destination, or both."""

    NAME: ClassVar[str] = "iprange"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--src-range", read_addresses, negatable=True),
        Flag("--dst-range", read_addresses, negatable=True),
    )
    src: Span | None = None
    dst: Span | None = None
    family: int = 4

    @classmethod
    def build(cls, options: Options) -> Self:
        made = cls(_span(options, "--src-range"), _span(options, "--dst-range"), options.family)
        if made.src is None and made.dst is None:
            raise ValueError("-m iprange needs --src-range or --dst-range")
        return made

    def words(self) -> str:
        return " ".join(
            f"{negation(span.negated)}{flag} {address.text(span.low, self.family)}-"
            f"{address.text(span.high, self.family)}"
            for flag, span in (("--src-range", self.src), ("--dst-range", self.dst))
            if span
        )

    def matches(self, frame: Frame) -> bool:
        ok = True
        if self.src is not None:
            ok = self.src.holds(frame.src)
        if self.dst is not None:
            ok = ok & self.dst.holds(frame.dst)
        return ok


def _span(options: Options, flag: str) -> Span | None:
    value = options.get(flag, Span)
    return None if value is None else Span(value.low, value.high, options.negated(flag))
