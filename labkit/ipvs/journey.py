"""One packet's way through a node with IPVS.

The order of Linux 6.1 (``ip_vs_ops`` in ip_vs_core.c).  A packet that comes in::

    nat PREROUTING > routing (a virtual address is local: kube-ipvs0) > filter INPUT
        > IPVS chooses and rewrites > filter OUTPUT > nat POSTROUTING

A packet made on the node meets IPVS in OUTPUT, behind nat and before filter.  A packet of a
known connection passes over nat and the scheduler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from labkit.ipvs.nouns import Key
from labkit.ipvs.rules import Followed, RuleText, Seen
from labkit.ipvs.state import Connection, IpvsState
from labkit.ipvs.told import told
from labkit.model import address
from labkit.model.packet import Packet, Snap
from labkit.model.step import Verdict
from labkit.model.trace import Trace


@dataclass(slots=True)
class Journey:
    """A packet under way.  ``packet`` is what it is now; ``verdict`` is None until its end."""

    rules: RuleText
    is_local: Callable[[str], bool]
    own: str
    state: IpvsState
    start: Packet
    lang: str
    tracing: bool
    packet: Packet = field(init=False)
    verdict: Verdict | None = None
    reject_with: str = ""
    connection: Connection | None = None
    is_known: bool = False
    virtual: Key | None = None
    masqueraded: bool = False
    delivered: bool = False
    service: str = ""
    rules_asked: int = 0
    lookups: int = 0
    events: list[tuple[Any, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.packet = self.start

    # ---- the stages ----------------------------------------------------------------

    def receive(self) -> None:
        """The packet comes in from outside the node."""
        self._recognise("PREROUTING")
        if not self.is_known:
            self._table("nat", "PREROUTING")
        local = self.is_local(self.packet.dst)
        self._tell("PREROUTING", "", "route", told("local" if local else "elsewhere", self.lang))
        if not local:
            self._table("filter", "FORWARD")
            self._leave()
            return
        self._table("filter", "INPUT")
        self._balance("INPUT")
        if self.connection is not None:
            self._table("filter", "OUTPUT")
            self._leave()
        elif self.verdict is None:
            self.verdict, self.delivered = Verdict.ACCEPTED, True

    def emit(self) -> None:
        """A process of the node sends the packet."""
        self._recognise("OUTPUT")
        if not self.is_known:
            self._table("nat", "OUTPUT")
        self._balance("OUTPUT")
        self._table("filter", "OUTPUT")
        if self.connection is None and self.is_local(self.packet.dst) and self.verdict is None:
            self.verdict, self.delivered = Verdict.ACCEPTED, True
        self._leave()

    def trace(self, ordinal: int) -> Trace:
        """What became of it."""
        assert self.verdict is not None
        accepted = self.verdict is Verdict.ACCEPTED
        return Trace(
            self.start,
            self.packet,
            self.verdict,
            self.reject_with,
            delivered_local=self.delivered,
            out_iface="eth0" if accepted and not self.delivered else "",
            ctstate="ESTABLISHED" if self.is_known else "NEW",
            dnat=self.connection is not None,
            masqueraded=self.masqueraded,
            service=self.service,
            ordinal=ordinal,
            events=tuple(self.events),
        )

    # ---- parts -----------------------------------------------------------------------

    def _recognise(self, hook: str) -> None:
        """Whether the packet belongs to a connection that IPVS knows."""
        found = self.state.known(self.packet)
        self.is_known = found is not None
        self._tell(hook, "", "conntrack", "ESTABLISHED" if self.is_known else "NEW")

    def _table(self, table: str, hook: str) -> None:
        """The rules of one hook, for the first packet of a connection."""
        if self.verdict is not None or self.is_known:
            return
        seen = Seen(self.packet, self.is_local, self.virtual)
        done = self.rules.follow(table, hook, seen, tracing=self.tracing)
        self.rules_asked += done.rules
        self.lookups += done.lookups
        before, self.packet = self.packet, replace(self.packet, mark=done.mark)
        match done.verdict:
            case "DROP":
                self._end(Verdict.DROPPED)
            case "REJECT":
                self._end(Verdict.REJECTED, done.reject_with)
            case "MASQUERADE":
                # The source port may change as well; it is kept here.
                self.masqueraded = True
                self.packet = replace(self.packet, src=self.own or self.packet.src)
        self._record(table, hook, done, before)

    def _balance(self, hook: str) -> None:
        """IPVS itself: a known connection, or a choice for a new one."""
        if self.verdict is not None:
            return
        self.lookups += 1
        found = self.state.known(self.packet)
        if found is not None:
            self._follow(hook, found)
            return
        key = (self.packet.proto, self.packet.dst, self.packet.dport)
        live = self.state.services.get(key)
        if live is None:
            self._tell(hook, "ipvs", "ipvs", told("none", self.lang))
            return
        state = live.scheduler.word(live.dests) if self.tracing else ""
        choice = self.state.connect(self.packet)
        assert choice is not None
        before = self.packet
        word = (
            told(choice.reason, self.lang, live.virtual, state, choice.dest)
            if (self.tracing)
            else ""
        )
        if choice.dest is None:
            self._tell(hook, "ipvs", "reject", word)
            self._end(
                Verdict.REJECTED,
                "icmp-port-unreachable" if ":" not in before.dst else "icmp6-port-unreachable",
            )
            return
        self.virtual, self.service = key, live.virtual.name
        self.connection = self.state.known(before)
        self.packet = replace(before, dst=choice.dest.address, dport=choice.dest.port)
        self._tell(hook, "ipvs", "ipvs", word, before)

    def _follow(self, hook: str, found: Connection) -> None:
        """A later packet goes where the first went, unless the server was removed."""
        if found.dest not in found.service.dests and self.state.expire_nodest:
            self._tell(hook, "ipvs", "drop", told("gone", self.lang))
            self.state.forget(found)
            self._end(Verdict.DROPPED)
            return
        before = self.packet
        self.connection, self.service = found, found.service.virtual.name
        self.masqueraded = found.masqueraded
        source = self.own if found.masqueraded and self.own else before.src
        self.packet = replace(before, src=source, dst=found.dest.address, dport=found.dest.port)
        self._tell(hook, "", "translate", "", before)

    def _leave(self) -> None:
        """POSTROUTING: masquerading is decided here, and the packet goes out."""
        if self.verdict is not None:
            return
        self._table("nat", "POSTROUTING")
        if self.verdict is None:
            self.verdict = Verdict.ACCEPTED
            if self.connection is not None:
                self.connection.masqueraded = self.masqueraded

    def _end(self, verdict: Verdict, reject_with: str = "") -> None:
        self.verdict, self.reject_with = verdict, reject_with

    # ---- telling ---------------------------------------------------------------------

    def _tell(
        self, hook: str, table: str, what: str, note: str, before: Packet | None = None
    ) -> None:
        if self.tracing:
            chain = "IPVS" if table == "ipvs" else hook
            was, now = snap(before or self.packet), snap(self.packet)
            self.events.append((hook, table, chain, 0, None, what, was, now, 0, note))

    def _record(self, table: str, hook: str, done: Followed, start: Packet) -> None:
        """Each rule that was asked; the last one may have changed more than the mark."""
        for chain, number, rule, what, before, after, depth, note in done.steps:
            was = snap(replace(start, mark=before))
            now = snap(replace(start, mark=after))
            self.events.append((hook, table, chain, number, rule, what, was, now, depth, note))
        if done.steps and done.verdict == "MASQUERADE":
            last = self.events[-1]
            self.events[-1] = (*last[:7], snap(self.packet), *last[8:])


def snap(packet: Packet) -> Snap:
    """What may change on the way, as a trace keeps it."""
    return (
        address.number(packet.src),
        address.number(packet.dst),
        packet.sport,
        packet.dport,
        packet.mark,
        packet.ttl,
        packet.in_iface,
        packet.out_iface,
    )
