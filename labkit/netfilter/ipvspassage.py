"""A packet's way through a node with IPVS: the stages of ``passage.py``, and IPVS in between.

kube-proxy sets ``net.ipv4.vs.conntrack``, so connection tracking sees what IPVS does: the
answering flow of a new connection is changed to come from the server
(``ip_vs_update_conntrack``), and MASQUERADE works on it.  The packets themselves are
rewritten by IPVS, at its own hooks.  Only masquerading (NAT) is emulated, the one method of
forwarding that kube-proxy uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from labkit.ipvs.state import Connection, IpvsState
from labkit.ipvs.told import told
from labkit.model import address
from labkit.model.packet import TCP_FLAGS, Packet
from labkit.netfilter.entry import inverted
from labkit.netfilter.ipvsstages import IPVS, SENT
from labkit.netfilter.passage import DROPPED, REJECTED, Note, Passage
from labkit.netfilter.state import NodeState
from labkit.xt.frame import Frame

if TYPE_CHECKING:
    from labkit.netfilter.host import Host

SYN, RST = TCP_FLAGS["SYN"], TCP_FLAGS["RST"]


class IpvsPassage(Passage):
    """Takes frames through the stages of a node with IPVS.

    ``ipvs`` is what IPVS remembers; an exact passage works on a copy of the part it needs.
    """

    __slots__ = ("ipvs",)
    STAGES: ClassVar[dict[str, str]] = {**Passage.STAGES, IPVS: "_ipvs"}

    def __init__(self, node: Host, state: NodeState, ipvs: IpvsState, exact: bool = False) -> None:
        super().__init__(node, state, exact)
        self.ipvs = ipvs

    def _ipvs(self, frame: Frame, side: str, hook: str) -> None:
        """The hook functions of IPVS (``ip_vs_out_hook`` and ``ip_vs_in_hook``)."""
        entry = frame.ct
        if entry is None:
            return
        found: Connection | None = entry.ipvs
        if frame.reply:
            if found is not None:
                self._answer(frame, found)
        elif side == "in" and (found is None or self._is_for(frame, found)):
            self._request(frame, found, hook)

    def _is_for(self, frame: Frame, found: Connection) -> bool:
        """Whether the packet still bears the address of the virtual server."""
        return frame.dst == address.number(found.virtual.address)

    def _answer(self, frame: Frame, found: Connection) -> None:
        """What a server sends back bears the address of the virtual server again."""
        before = frame.snap()
        frame.src, frame.sport = address.number(found.virtual.address), found.virtual.port
        frame.changed()
        self._saw(frame, found)
        self._told(frame, "translate", "", before=before)

    def _request(self, frame: Frame, found: Connection | None, hook: str) -> None:
        """What a client sends: a known connection, or a choice for a new one."""
        packet = frame.seen()
        state = self._state(packet)
        self.lookups += 1
        found = found or state.known(packet)
        if found is not None and not found.open and frame.flags & SYN:
            state.forget(found)  # conn_reuse_mode: a port that is used again is a new connection
            found = None
        if found is not None:
            self._follow(frame, found, hook)
            return
        live = state.services.get((packet.proto, packet.dst, packet.dport))
        if live is None:
            self._told(frame, IPVS, told("none"))
            return
        if frame.proto == 6 and (not frame.flags & SYN or frame.flags & RST):
            return  # tcp_conn_schedule: only a SYN begins a connection
        word = live.scheduler.word(live.dests) if frame.events is not None else ""
        choice = state.connect(packet)
        assert choice is not None
        said = told(choice.reason, live.virtual, word, choice.dest)
        if choice.dest is None:
            self._told(frame, "reject", said)
            frame.verdict = REJECTED
            frame.reject_with = (
                "icmp-port-unreachable" if frame.family == 4 else "icmp6-port-unreachable"
            )
            return
        made = state.connections[packet.flow]
        self._remember(frame, made)
        self._send_on(frame, made, hook, said)

    def _state(self, packet: Packet) -> IpvsState:
        """What IPVS remembers, or a copy of it to try things out."""
        if not self.exact:
            return self.ipvs
        return self.ipvs.fork((packet.proto, packet.dst, packet.dport), packet.flow)

    def _remember(self, frame: Frame, made: Connection) -> None:
        """Connection tracking learns where answers will come from."""
        entry = frame.ct
        entry.ipvs = made
        entry.service = frame.service = made.virtual.name
        if not entry.confirmed:
            proto, src, sport, _, _ = inverted(entry.answer)
            server = made.dest
            entry.answer = proto, address.number(server.address), server.port, src, sport

    def _follow(self, frame: Frame, found: Connection, hook: str) -> None:
        """A later packet goes where the first went, unless the server was removed."""
        state = self.ipvs
        if found.dest not in found.service.dests and state.expire_nodest:
            self._told(frame, "drop", told("gone"))
            if not self.exact:
                state.forget(found)
                self.state.conntrack.remove(frame.ct)
            frame.verdict = DROPPED
            return
        self._remember(frame, found)
        self._saw(frame, found)
        self._send_on(frame, found, hook, "")

    def _saw(self, frame: Frame, found: Connection) -> None:
        if not self.exact:
            self.ipvs.saw(found, frame.packet.flags)

    def _send_on(self, frame: Frame, found: Connection, hook: str, said: Note) -> None:
        """Rewrite the destination; what is not for this node itself leaves the hook here."""
        before = frame.snap()
        frame.dst, frame.dport = address.number(found.dest.address), found.dest.port
        frame.dnat = True
        frame.changed()
        self._told(frame, IPVS if said else "translate", said, before=before)
        if self.node.routing.kind(frame.dst, frame.family) == "LOCAL":
            return
        if not self._way_out(frame):
            return
        if frame.ttl <= 1:
            frame.verdict, frame.reject_with = REJECTED, "icmp-ttl-exceeded"
            return
        frame.ttl -= 1
        frame.changed()
        assert frame.path is not None
        frame.path.clear()
        frame.path.extend(self.node.plan(SENT))

    def _told(self, frame: Frame, what: str, note: Note, before: object = None) -> None:
        """A line of the trace."""
        if frame.events is not None:
            seen = frame.snap()
            chain = "" if what == "translate" else "IPVS"
            table = "" if what == "translate" else IPVS
            frame.events.append(
                (frame.hook, table, chain, 0, None, what, before or seen, seen, 0, note)
            )
