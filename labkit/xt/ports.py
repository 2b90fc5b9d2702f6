"""What tcp, udp, sctp and the like share: ports of the source and of the destination."""

from __future__ import annotations

from labkit.xt.base import Flag, Options
from labkit.xt.frame import Frame
from labkit.xt.values import Span, ports

PORT_FLAGS = (
    Flag("--sport", ports, negatable=True, aliases=("--source-port",)),
    Flag("--dport", ports, negatable=True, aliases=("--destination-port",)),
)


def span_of(options: Options, flag: str) -> Span | None:
    """The ports of a flag; 0:65535 says nothing and is dropped, as iptables does."""
    value = options.get(flag, Span)
    if value is None:
        return None
    if (value.low, value.high) == (0, 65535) and not options.negated(flag):
        return None
    return Span(value.low, value.high, options.negated(flag))


def spans_match(sport: Span | None, dport: Span | None, frame: Frame) -> bool:
    """Both ports, where they are asked for; serves packets and columns alike."""
    ok = True
    if dport is not None:
        ok = dport.holds(frame.dport)
    if sport is not None and ok is not False:
        ok = ok & sport.holds(frame.sport)
    return ok


def span_words(sport: Span | None, dport: Span | None) -> str:
    """``--sport A --dport B``, in the order iptables-save prints them."""
    parts = (sport.words("--sport") if sport else "", dport.words("--dport") if dport else "")
    return " ".join(filter(None, parts))
