"""-m length: the length of the whole IP packet in bytes (xt_length.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options
from labkit.xt.frame import Frame
from labkit.xt.values import Span, span


@dataclass(frozen=True, slots=True)
class Length(Match):
    """A number or a range."""

    NAME: ClassVar[str] = "length"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--length", span(65535), negatable=True, required=True),
    )
    length: Span

    @classmethod
    def build(cls, options: Options) -> Self:
        value = options.need("--length", Span)
        return cls(Span(value.low, value.high, options.negated("--length")))

    def words(self) -> str:
        return self.length.words("--length")

    def matches(self, frame: Frame) -> bool:
        return self.length.holds(frame.length)
