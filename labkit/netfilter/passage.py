"""A packet's way through a node, stage by stage: hooks in order, routing in between.

Which stage follows which stands in ``stages.py``.
"""

from __future__ import annotations

from typing import ClassVar

from labkit.model import address
from labkit.model.packet import Packet
from labkit.model.trace import Trace, Verdict
from labkit.netfilter import nat
from labkit.netfilter.conntrack import track
from labkit.netfilter.draws import PacketDice
from labkit.netfilter.host import Host
from labkit.netfilter.stages import INPUT, ONWARDS, PREROUTING, Stage
from labkit.netfilter.state import NodeState
from labkit.netfilter.walk import run
from labkit.xt.base import DROP, Result
from labkit.xt.frame import Frame
from labkit.xt.natrange import NatRange

Note = str | tuple[str, str]
"""A word of a trace, or the same sentence in English and Spanish."""

ACCEPTED, DROPPED, REJECTED = Verdict.ACCEPTED, Verdict.DROPPED, Verdict.REJECTED


class Passage:
    """Takes frames through the stages of one node with one state.

    ``exact`` leaves the state as it is: nothing is counted, nothing confirmed.
    ``lookups`` counts what stages look up apart from rules.
    """

    __slots__ = ("node", "state", "exact", "now", "lookups")

    STAGES: ClassVar[dict[str, str]] = {
        "table": "table",
        "track": "_track",
        "nat": "_nat",
        "bind": "_bind",
        "route": "_route",
        "routeout": "_routeout",
        "recheck": "_recheck",
        "reroute": "_reroute",
        "confirm": "_confirm",
        "deliver": "_deliver",
        "send": "_send",
    }
    """Stage -> the method that does it."""

    def __init__(self, node: Host, state: NodeState, exact: bool = False) -> None:
        self.node = node
        self.state = state
        self.exact = exact
        self.now = state.now
        self.lookups = 0

    def carry(self, packet: Packet, stages: tuple[Stage, ...], every: bool = False) -> Trace:
        """The state's next packet, from its first stage to its end.  When the state keeps traces,
        ``every`` notes the rules too that were looked at and did not match."""
        frame = self.begin(packet, stages)
        if self.state.tracing:
            frame.events, frame.noting = [], every
        ordinal = self.state.ordinal
        self.state.ordinal += 1
        return self.run(frame, ordinal)

    def begin(self, packet: Packet, stages: tuple[Stage, ...]) -> Frame:
        """The frame of a packet at its first stage."""
        frame = Frame(packet, self.state.memory, self.node.routing, self.now)
        frame.nat = self.bind
        frame.path = list(self.node.plan(stages))
        if self.exact:
            frame.memory = frame.memory.fork()
        return frame

    def run(self, frame: Frame, ordinal: int) -> Trace:
        """One packet to its end."""
        frame.dice = PacketDice(self.state.draws, ordinal)
        while frame.verdict is None:
            assert frame.path is not None
            self.do(frame, frame.path.pop())
        return self.trace(frame, ordinal)

    def do(self, frame: Frame, stage: Stage) -> None:
        """One stage."""
        what, kind, hook = stage
        frame.hook = hook
        getattr(self, self.STAGES[what])(frame, kind, hook)

    def table(self, frame: Frame, table: str, hook: str) -> None:
        """Walk through a table."""
        counters = None if self.exact else self.state.counters
        frame.table = table
        self.settle(frame, run(frame, self.node.programs[table][hook], hook, counters))

    def settle(self, frame: Frame, result: Result) -> None:
        """What the table's verdict means for the packet."""
        if result is DROP:
            frame.verdict = REJECTED if frame.reject_with else DROPPED

    def bind(self, frame: Frame, wanted: NatRange) -> bool:
        """What NAT targets call."""
        if not nat.bind(frame, wanted, self.state.conntrack, self.node.routing):
            return False
        nat.translate(frame, wanted.kind)
        return True

    def martian(self, frame: Frame) -> bool:
        """Whether such a packet cannot have come in from outside."""
        return self.node.routing.martian(frame.src, frame.dst, frame.family)

    def trace(self, frame: Frame, ordinal: int) -> Trace:
        """The frame as a value for people."""
        return Trace(
            frame.packet,
            frame.seen(),
            frame.verdict,
            frame.reject_with,
            frame.local,
            "" if frame.local else frame.out_iface,
            frame.via,
            frame.ctstate,
            frame.dnat,
            frame.masqueraded,
            frame.service,
            ordinal,
            tuple(frame.events or ()),
        )

    # ---- stages -------------------------------------------------------------

    def _track(self, frame: Frame, _: str, hook: str) -> None:
        """Connection tracking; a packet on the loopback was seen before."""
        if frame.ct is not None or frame.ctstate == "UNTRACKED":
            return
        track(frame, self.state.conntrack, copy=self.exact)
        self.note(frame, "conntrack", frame.ctstate)

    def _nat(self, frame: Frame, kind: str, hook: str) -> None:
        """Rules of table nat are asked only while this side is undecided (first packet)."""
        entry = frame.ct
        if entry is None:
            return
        assert frame.path is not None
        frame.path.append(("bind", kind, hook))
        decided = entry.dst_done if kind == "dst" else entry.src_done
        if not decided and not frame.reply and frame.ctstate in ("NEW", "RELATED"):
            if self.node.has_work(("table", "nat", hook)):
                frame.path.append(("table", "nat", hook))

    def _bind(self, frame: Frame, kind: str, hook: str) -> None:
        """After the rules: a side without a wish is decided too; known packets are rewritten."""
        entry = frame.ct
        decided = entry.dst_done if kind == "dst" else entry.src_done
        if not decided and not frame.reply:
            nat.bind_nothing(frame, kind, self.state.conntrack)
        before = frame.snap()
        if nat.translate(frame, kind) and frame.events is not None and before != frame.snap():
            frame.events.append((hook, "", "", 0, None, "translate", before, frame.snap(), 0, kind))

    def _route(self, frame: Frame, _: str, hook: str) -> None:
        """The routing decision: for this node, onwards, or nowhere."""
        assert frame.path is not None
        routing = self.node.routing
        if frame.in_iface != "lo" and self.martian(frame):
            frame.verdict = DROPPED
            self.note(frame, "route", "martian")
            return
        kind = routing.kind(frame.dst, frame.family)
        if kind in ("LOCAL", "BROADCAST", "MULTICAST"):
            self.note(frame, "route", "local")
            self._continue(frame, INPUT)
            return
        if not self._way_out(frame):
            return
        if frame.ttl <= 1:
            frame.verdict, frame.reject_with = REJECTED, "icmp-ttl-exceeded"
            return
        frame.ttl -= 1
        frame.changed()
        self._continue(frame, ONWARDS)

    def _routeout(self, frame: Frame, _: str, hook: str) -> None:
        """A local packet needs a route before any rule sees it."""
        if self.node.routing.kind(frame.dst, frame.family) == "LOCAL":
            frame.out_iface = "lo"
            frame.changed()
            self.note(frame, "route", "lo")
        else:
            self._way_out(frame)

    def _recheck(self, frame: Frame, _: str, hook: str) -> None:
        """nat OUTPUT changed the destination: is there a way to it?

        The rules that follow at this hook still see the old way out, which stands fixed in
        the kernel's nf_hook_state.
        """
        if frame.dst != address.number(frame.packet.dst):
            routing = self.node.routing
            local = routing.kind(frame.dst, frame.family) == "LOCAL"
            if not local and routing.route(frame.dst, frame.family) is None:
                self._way_out(frame)

    def _reroute(self, frame: Frame, _: str, hook: str) -> None:
        """OUTPUT changed the destination: ask the routing tables again (ip_route_me_harder)."""
        if frame.dst != address.number(frame.packet.dst):
            self._routeout(frame, "", hook)

    def _way_out(self, frame: Frame) -> bool:
        """Find the interface; without a route the sender is told (ICMP net unreachable)."""
        route = self.node.routing.route(frame.dst, frame.family)
        if route is None:
            frame.verdict = REJECTED
            frame.reject_with = "icmp-net-unreachable" if frame.family == 4 else "icmp6-no-route"
            self.note(frame, "route", "no route")
            return False
        frame.out_iface, frame.via = route.iface, route.via or ""
        frame.changed()
        hop = f" via {route.via}" if route.via else ""
        self.note(frame, "route", f"{route.iface}{hop}")
        return True

    def _confirm(self, frame: Frame, _: str, hook: str) -> None:
        """The packet got through: now its connection is remembered."""
        entry = frame.ct
        if entry is None or entry.confirmed or self.exact:
            return
        if not self.state.conntrack.confirm(entry, frame.now):
            frame.verdict = DROPPED
            self.note(frame, "conntrack", "the flow is taken: insert failed")

    def _deliver(self, frame: Frame, _: str, hook: str) -> None:
        frame.local = True
        frame.verdict = ACCEPTED

    def _send(self, frame: Frame, _: str, hook: str) -> None:
        """Out; on the loopback the packet comes right in again, with its connection."""
        if frame.out_iface != "lo":
            frame.verdict = ACCEPTED
            return
        frame.in_iface, frame.out_iface = "lo", ""
        frame.changed()
        self._continue(frame, PREROUTING)

    # ---- help ---------------------------------------------------------------

    def _continue(self, frame: Frame, stages: tuple[Stage, ...]) -> None:
        assert frame.path is not None
        frame.path.extend(self.node.plan(stages))

    def note(self, frame: Frame, what: str, note: Note) -> None:
        """A line of the trace that is no rule."""
        if frame.events is not None:
            seen = frame.snap()
            frame.events.append((frame.hook, "", "", 0, None, what, seen, seen, 0, note))
