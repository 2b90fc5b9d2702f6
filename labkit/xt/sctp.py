"""-m sctp: the ports of a SCTP packet (xt_sctp.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options
from labkit.xt.frame import Frame
from labkit.xt.ports import PORT_FLAGS, span_of, span_words, spans_match
from labkit.xt.values import Span


@dataclass(frozen=True, slots=True)
class Sctp(Match):
    """Ports; needs ``-p sctp``."""

    NAME: ClassVar[str] = "sctp"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = PORT_FLAGS
    sport: Span | None = None
    dport: Span | None = None

    @classmethod
    def build(cls, options: Options) -> Self:
        if options.proto != 132:
            raise ValueError("-m sctp needs -p sctp before it")
        return cls(span_of(options, "--sport"), span_of(options, "--dport"))

    def words(self) -> str:
        return span_words(self.sport, self.dport)

    def matches(self, frame: Frame) -> bool:
        return spans_match(self.sport, self.dport, frame)
