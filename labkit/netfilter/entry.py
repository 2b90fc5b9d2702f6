"""One connection as Linux keeps it (struct nf_conn), and its line in ``conntrack -L``."""

from __future__ import annotations

from typing import Any

from labkit.model import address
from labkit.model.packet import FlowKey, protocol_name
from labkit.netfilter import sctpstates, tcpstates
from labkit.xt.copying import copier

Tuple = tuple[int, int, int, int, int]
"""Protocol, source, source port, destination, destination port, as numbers."""


def inverted(flow: Tuple) -> Tuple:
    """The same flow from the other side."""
    proto, src, sport, dst, dport = flow
    return proto, dst, dport, src, sport


def renamed(flow: Tuple, identifier: int) -> Tuple:
    """A flow of ICMP with another identifier; what stands above its 16 bits stays."""
    proto, src, sport, dst, dport = flow
    low = identifier & 0xFFFF
    return proto, src, sport & ~0xFFFF | low, dst, dport & ~0xFFFF | low


class Entry:
    """A connection: the flow as it began, the flow of its answers, and what was seen of it.

    NAT changes ``answer`` only: it is what the answers will look like when they come in.
    ``ipvs`` is the connection that IPVS keeps of it, if it does.
    """

    __slots__ = (
        "family",
        "flow",
        "answer",
        "tcp",
        "sctp",
        "tags",
        "expires",
        "seen_reply",
        "assured",
        "confirmed",
        "dst_nat",
        "src_nat",
        "dst_done",
        "src_done",
        "mark",
        "service",
        "masqueraded",
        "random_port",
        "closing",
        "last_segment",
        "last_reply",
        "stream_from",
        "icmp_type",
        "ipvs",
    )

    def __init__(self, flow: Tuple, family: int) -> None:
        self.family = family
        self.flow = flow
        self.answer = inverted(flow)
        self.tcp = tcpstates.NO
        self.sctp = sctpstates.NO
        self.tags = False, False
        self.expires = 0.0
        self.seen_reply = self.assured = self.confirmed = False
        self.dst_nat = self.src_nat = self.dst_done = self.src_done = False
        self.mark = 0
        self.service = ""
        self.masqueraded = self.random_port = False
        self.closing = False
        self.last_segment, self.last_reply = -1, False
        self.stream_from = 0.0
        self.icmp_type = 8
        self.ipvs: Any = None

    def copy(self) -> Entry:
        """The same entry, to be changed on its own."""
        twin = Entry.__new__(Entry)
        copy_slots(self, twin)
        return twin

    def close(self, now: float) -> None:
        """A TCP connection is over: it is kept for the time of a closed one."""
        if self.tcp != tcpstates.CL:
            self.tcp = tcpstates.CL
            self.expires = now + tcpstates.TIMEOUTS[tcpstates.CL]

    @property
    def status_names(self) -> tuple[str, ...]:
        """The bits that ``-m conntrack --ctstatus`` asks for."""
        bits = (
            ("SEEN_REPLY", self.seen_reply),
            ("ASSURED", self.assured),
            ("CONFIRMED", self.confirmed),
        )
        return tuple(name for name, on in bits if on)

    @property
    def original(self) -> FlowKey:
        """The flow as it began."""
        return self._key(self.flow)

    @property
    def reply(self) -> FlowKey:
        """The flow of the answers."""
        return self._key(self.answer)

    @property
    def state(self) -> str:
        """The state of TCP or SCTP; empty for other protocols."""
        if self.flow[0] == 132:
            return sctpstates.NAMES[self.sctp]
        return tcpstates.NAMES[self.tcp] if self.flow[0] == 6 else ""

    def line(self, now: float) -> str:
        """As ``conntrack -L`` prints it."""
        proto = self.flow[0]
        name = protocol_name(proto)
        parts = [f"{name:<8} {proto} {max(0, round(self.expires - now))}"]
        if self.state:
            parts.append(self.state)
        parts.append(self._side(self.flow, self.icmp_type))
        if not self.seen_reply:
            parts.append("[UNREPLIED]")
        parts.append(self._side(self.answer, 0 if self.icmp_type == 8 else self.icmp_type + 1))
        if self.assured:
            parts.append("[ASSURED]")
        return " ".join([*parts, f"mark={self.mark} use=1"])

    def _key(self, flow: Tuple) -> FlowKey:
        proto, src, sport, dst, dport = flow
        family = self.family
        return FlowKey(
            protocol_name(proto),
            address.text(src, family),
            sport & 0xFFFF,
            address.text(dst, family),
            dport & 0xFFFF,
        )

    def _side(self, flow: Tuple, icmp_type: int) -> str:
        proto, src, sport, dst, dport = flow
        text = f"src={address.text(src, self.family)} dst={address.text(dst, self.family)}"
        if proto in (1, 58):
            code = sport >> 16 & 0xFF
            return f"{text} type={icmp_type} code={code} id={sport & 0xFFFF}"
        return f"{text} sport={sport} dport={dport}"


copy_slots = copier(Entry.__slots__)
"""Everything in an entry, into another one."""
