"""Connection tracking: which connection a packet belongs to, and in which state it is.

A new connection is remembered only when its first packet got through (confirm).  So a
packet that is dropped leaves nothing, and the next try draws again.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.model import address
from labkit.model.packet import FlowKey, protocol_number
from labkit.netfilter import sctpstates, tcpstates
from labkit.netfilter.entry import Entry, Tuple, inverted
from labkit.xt.frame import Frame

UDP_TIMEOUT, UDP_STREAM = 30.0, 120.0
ICMP_TIMEOUT, OTHER_TIMEOUT = 30.0, 600.0
ICMP_ASKS = {1: {8, 13, 15, 17}, 58: {128}}
"""ICMP messages that begin a connection; every other one that is not known is INVALID."""
ICMP_PAIRS = {
    (1, 0): 0, (1, 8): 0, (1, 13): 13, (1, 14): 13, (1, 15): 15, (1, 16): 15, (1, 17): 17,
    (1, 18): 17, (58, 128): 0, (58, 129): 0,
}  # fmt: skip
"""Question and answer belong to one connection: both have the number of the question, echo 0."""
ICMP_ANSWERS = {1: {0, 14, 16, 18}, 58: {129}}
ASKED = 1 << 32
"""Stands in the port of the side that asked, far above any identifier."""
ICMP_ERRORS = {1: {3, 4, 5, 11, 12}, 58: {1, 2, 3, 4}}


class Conntrack:
    """The table of connections of one node."""

    __slots__ = ("_table", "_sources", "limit")

    def __init__(self, limit: int = 262_144) -> None:
        self._table: dict[Tuple, tuple[Entry, bool]] = {}
        self._sources: dict[tuple[int, int, int], list[Entry]] = {}
        self.limit = limit

    def find(self, flow: Tuple, now: float) -> tuple[Entry, bool] | None:
        """The connection of a flow, and whether the flow is its answering side."""
        found = self._table.get(flow)
        if found is not None and found[0].expires <= now:
            self.remove(found[0])
            return None
        return found

    def taken(self, flow: Tuple, but: Entry, now: float) -> bool:
        """Whether another connection has this flow already."""
        found = self.find(flow, now)
        return found is not None and found[0] is not but

    def confirm(self, entry: Entry, now: float) -> bool:
        """Remember a new connection; False when one of its flows is taken or all is full."""
        if self.taken(entry.flow, entry, now) or self.taken(entry.answer, entry, now):
            return False
        if len(self._table) >= 2 * self.limit:
            self._expire(now)
            if len(self._table) >= 2 * self.limit:
                return False
        entry.confirmed = True
        self._table[entry.flow] = (entry, False)
        self._table[entry.answer] = (entry, True)
        if entry.src_nat:
            self._sources.setdefault(source_of(entry.flow), []).insert(0, entry)
        return True

    def from_source(self, flow: Tuple, now: float) -> Iterator[Entry]:
        """Connections from the flow's source whose source NAT has changed, the latest first."""
        for entry in list(self._sources.get(source_of(flow), ())):
            if entry.expires > now:
                yield entry

    def remove(self, entry: Entry) -> None:
        """Forget a connection."""
        self._table.pop(entry.flow, None)
        self._table.pop(entry.answer, None)
        if entry.src_nat and entry in (same := self._sources.get(source_of(entry.flow), [])):
            same.remove(entry)
            if not same:
                del self._sources[source_of(entry.flow)]

    def entries(self, now: float) -> Iterator[Entry]:
        """All living connections, in the order in which they came."""
        for entry, reply in list(self._table.values()):
            if not reply and entry.expires > now:
                yield entry

    def lines(self, now: float) -> list[str]:
        """As ``conntrack -L`` prints them."""
        return [entry.line(now) for entry in self.entries(now)]

    def flush(
        self,
        now: float,
        *,
        proto: str = "",
        original_dst: str = "",
        reply_src: str = "",
        dport: int = 0,
    ) -> int:
        """Forget the connections that fit all that is given; how many they were.

        kube-proxy does this for UDP when an endpoint goes away: original destination is the
        Service, source of the answers the endpoint (``conntrack -D``).
        """
        number = protocol_number(proto) if proto else 0
        dst = address.number(original_dst) if original_dst else None
        src = address.number(reply_src) if reply_src else None
        gone = [
            entry
            for entry in self.entries(now)
            if (not number or entry.flow[0] == number)
            and (dst is None or entry.flow[3] == dst)
            and (src is None or entry.answer[1] == src)
            and (not dport or entry.flow[4] == dport)
        ]
        for entry in gone:
            self.remove(entry)
        return len(gone)

    def __len__(self) -> int:
        return len(self._table) // 2

    def _expire(self, now: float) -> None:
        for entry, _ in list(self._table.values()):
            if entry.expires <= now:
                self.remove(entry)


def source_of(flow: Tuple) -> tuple[int, int, int]:
    """Protocol, source and its port (of ICMP the identifier alone)."""
    return flow[0], flow[1], flow[2] & 0xFFFF


def flow_of(frame: Frame) -> Tuple:
    """The flow of a packet; an ICMP identifier stands for both ports.

    Above its 16 bits stand the code and the pair of types: an echo and a time stamp with one
    identifier are two connections (icmp_pkt_to_tuple in nf_conntrack_proto_icmp.c).  The side
    that asked is marked, so that an answer is found from the other side only.
    """
    if frame.proto in (1, 58):
        pair = ICMP_PAIRS.get((frame.proto, frame.icmp_type), frame.icmp_type)
        named = frame.sport | (pair << 8 | frame.icmp_code) << 16
        if frame.icmp_type in ICMP_ANSWERS[frame.proto]:
            return frame.proto, frame.src, named, frame.dst, named | ASKED
        return frame.proto, frame.src, named | ASKED, frame.dst, named
    return frame.proto, frame.src, frame.sport, frame.dst, frame.dport


def track(frame: Frame, table: Conntrack, copy: bool = False) -> None:
    """Find or begin the packet's connection and set its state (nf_conntrack_in).

    With ``copy`` the table stays as it is: exact mode looks at all futures of one packet.
    """
    if frame.notrack:
        frame.ctstate = "UNTRACKED"
        return
    if frame.packet.inner is not None and frame.icmp_type in ICMP_ERRORS.get(frame.proto, ()):
        _track_error(frame, frame.packet.inner, table)
        return
    found = table.find(flow_of(frame), frame.now)
    if found is not None:
        entry, reply = found
        if copy:
            entry = entry.copy()
        if _known(frame, entry, reply, table, copy):
            return
    _begin(frame)


def _attach(frame: Frame, entry: Entry, reply: bool, state: str) -> None:
    frame.ct, frame.reply, frame.ctstate = entry, reply, state
    frame.dnat, frame.snat = entry.dst_nat or entry.ipvs is not None, entry.src_nat
    frame.service, frame.masqueraded = entry.service, entry.masqueraded


def _known(frame: Frame, entry: Entry, reply: bool, table: Conntrack, copy: bool) -> bool:
    """A packet of a known connection; False when the connection must begin anew."""
    if frame.proto == 6:
        going_on = _tcp(frame, entry, reply, table, copy)
        if going_on is not None:
            return going_on
    elif frame.proto == 132:
        if not _sctp(frame, entry, reply):
            return True
    else:
        _refresh(frame, entry, reply)
    _attach(frame, entry, reply, "ESTABLISHED" if reply or entry.seen_reply else "NEW")
    if reply:
        entry.seen_reply = True
    return True


def _tcp(frame: Frame, entry: Entry, reply: bool, table: Conntrack, copy: bool) -> bool | None:
    """The TCP part (nf_conntrack_tcp_packet); None means that all is well."""
    segment = tcpstates.kind(frame.flags)
    old = entry.tcp
    new = tcpstates.follow(old, segment, reply)
    if new == tcpstates.SS and old >= tcpstates.TW and _reopens(entry, reply):
        if not copy:
            table.remove(entry)
        return False
    if new == tcpstates.INVALID:
        return True
    reopened_wrongly = new == tcpstates.SS and old >= tcpstates.TW
    entry.last_segment, entry.last_reply = segment, reply
    if new == tcpstates.IGNORE or reopened_wrongly:
        return None
    if new == tcpstates.FW and old != new:
        entry.closing = True
    entry.tcp = new
    timeout = tcpstates.TIMEOUTS[new]
    if segment == tcpstates.RST:
        timeout = tcpstates.TIMEOUTS[tcpstates.CL]
    if not entry.seen_reply:
        if segment == tcpstates.RST and not copy:
            table.remove(entry)
        if new == tcpstates.ES:
            timeout = min(timeout, tcpstates.UNACKNOWLEDGED)
    elif new == tcpstates.ES and old in (tcpstates.SR, tcpstates.ES):
        entry.assured = True
    entry.expires = frame.now + timeout
    return None


def _reopens(entry: Entry, reply: bool) -> bool:
    """Whether a SYN may take the place of this ended connection."""
    aborted = entry.last_segment == tcpstates.RST and entry.last_reply == reply
    return entry.closing or aborted


def _sctp(frame: Frame, entry: Entry, reply: bool) -> bool:
    """The SCTP part (nf_conntrack_sctp_packet); False for a packet that is INVALID."""
    kind = sctpstates.chunk(frame.packet.flags)
    if kind not in sctpstates.WITHOUT_TAG and not entry.tags[reply]:
        return False
    old = entry.sctp
    new = sctpstates.follow(old, kind, reply)
    if new == sctpstates.INVALID:
        return False
    if kind in (sctpstates.INIT, sctpstates.INIT_ACK):
        entry.tags = (True, entry.tags[1]) if reply else (entry.tags[0], True)
    entry.sctp = new
    entry.assured = entry.assured or (new == sctpstates.ES and old != new)
    again = kind == sctpstates.INIT and old == new == sctpstates.CL and entry.confirmed
    if not again:
        entry.expires = frame.now + sctpstates.TIMEOUTS[new]
    return True


def _refresh(frame: Frame, entry: Entry, reply: bool) -> None:
    """A packet of UDP, ICMP or another protocol keeps its connection alive."""
    answered = entry.seen_reply
    match frame.proto:
        case 17 | 136:
            timeout = UDP_TIMEOUT
            if answered and frame.now > entry.stream_from:
                timeout, entry.assured = UDP_STREAM, True
        case 1 | 58:
            timeout = ICMP_TIMEOUT
        case _:
            timeout = OTHER_TIMEOUT
    entry.expires = frame.now + timeout


def _begin(frame: Frame) -> None:
    """A new connection, or INVALID when such a packet cannot begin one."""
    entry = Entry(flow_of(frame), frame.family)
    entry.icmp_type = frame.icmp_type
    match frame.proto:
        case 6:
            entry.tcp = tcpstates.follow(tcpstates.NO, tcpstates.kind(frame.flags), False)
            if entry.tcp == tcpstates.INVALID:
                return
            timeout = tcpstates.TIMEOUTS[entry.tcp]
            if entry.tcp == tcpstates.ES:
                timeout = tcpstates.UNACKNOWLEDGED
            entry.last_segment = tcpstates.kind(frame.flags)
        case 17 | 136:
            timeout = UDP_TIMEOUT
            entry.stream_from = frame.now + 2
        case 132:
            if sctpstates.chunk(frame.packet.flags) not in sctpstates.BEGIN:
                return
            entry.tags = False, True
            _sctp(frame, entry, False)
            timeout = sctpstates.TIMEOUTS[entry.sctp]
        case 1 | 58:
            if frame.icmp_type not in ICMP_ASKS[frame.proto]:
                return
            timeout = ICMP_TIMEOUT
        case _:
            timeout = OTHER_TIMEOUT
    entry.expires = frame.now + timeout
    _attach(frame, entry, False, "NEW")


def _track_error(frame: Frame, inner: FlowKey, table: Conntrack) -> None:
    """An ICMP error belongs to the connection it speaks of: RELATED, or INVALID."""
    number = address.number
    speaks_of = (
        protocol_number(inner.proto),
        number(inner.src),
        inner.sport,
        number(inner.dst),
        inner.dport,
    )
    if speaks_of[0] in (1, 58):
        speaks_of = (*speaks_of[:2], inner.sport | ASKED, speaks_of[3], inner.sport)
    found = table.find(inverted(speaks_of), frame.now)
    if found is not None:
        _attach(frame, found[0], found[1], "RELATED")
