"""-m multiport: up to fifteen ports or ranges (xt_multiport.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.model.packet import PORT_PROTOCOLS
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import Span, ports

SIDES = ("--sports", "--dports", "--ports")


def read_list(text: str) -> tuple[Span, ...]:
    """``80,443,8000:8100``; a range counts as two of the fifteen."""
    spans = tuple(ports(word) for word in text.split(","))
    if sum(1 if span.low == span.high else 2 for span in spans) > 15:
        raise ValueError("at most 15 ports fit; a range counts as two")
    return spans


@dataclass(frozen=True, slots=True)
class Multiport(Match):
    """Source ports, destination ports, or either (--ports)."""

    NAME: ClassVar[str] = "multiport"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--sports", read_list, negatable=True, aliases=("--source-ports",)),
        Flag("--dports", read_list, negatable=True, aliases=("--destination-ports",)),
        Flag("--ports", read_list, negatable=True),
    )
    side: str
    ports: tuple[Span, ...]
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        sides = [side for side in SIDES if side in options]
        if len(sides) != 1:
            raise ValueError("exactly one of --sports, --dports, --ports must be written")
        if options.proto not in PORT_PROTOCOLS:
            raise ValueError("-m multiport needs -p tcp, udp, udplite, dccp or sctp before it")
        return cls(sides[0], options.need(sides[0], tuple), options.negated(sides[0]))

    @property
    def reads_sport(self) -> bool:
        return self.side != "--dports"

    def words(self) -> str:
        shown = ",".join(str(s.low) if s.low == s.high else f"{s.low}:{s.high}" for s in self.ports)
        return f"{negation(self.negated)}{self.side} {shown}"

    def matches(self, frame: Frame) -> bool:
        hit = False
        for span in self.ports:
            if self.side != "--dports":
                hit = hit | span.holds(frame.sport)
            if self.side != "--sports":
                hit = hit | span.holds(frame.dport)
        return hit ^ self.negated
