"""One node with IPVS: the same questions as :class:`labkit.netfilter.Node`.

kube-proxy's IPVS mode is deprecated in Kubernetes; see ``labkit.ipvs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from labkit.clock import Clock
from labkit.ipvs.nouns import IpvsTable, Key, VirtualServer, with_port
from labkit.ipvs.state import IpvsState
from labkit.model.cost import Cost
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.model.trace import Outcome, Outcomes, Trace
from labkit.netfilter.cost import cost
from labkit.netfilter.draws import Draws
from labkit.netfilter.host import Host
from labkit.netfilter.ipvsbatch import Batch, Simulation, simulate
from labkit.netfilter.ipvspassage import IpvsPassage
from labkit.netfilter.ipvsstages import EVERY
from labkit.netfilter.outcomes import outcomes
from labkit.netfilter.routes import Route, Routing
from labkit.netfilter.stages import EMIT, RECEIVE, Stage, stages_of
from labkit.netfilter.state import NodeState
from labkit.ruleset.tables import Ruleset

DEVICE = "kube-ipvs0"
"""kube-proxy puts the virtual addresses on this interface, so that they are local."""

BOUND_SETS = ("KUBE-IPVS-IPS", "KUBE-6-IPVS-IPS")


class IpvsNodeState(NodeState):
    """The memory of a node with IPVS; ``ipvs`` is that of the virtual servers."""

    __slots__ = ("ipvs", "_table")

    def __init__(
        self,
        table: IpvsTable | None = None,
        clock: Clock | None = None,
        draws: Draws | None = None,
        *,
        tracing: bool = True,
    ) -> None:
        super().__init__(clock, draws, tracing=tracing)
        self._table = table or IpvsTable()
        self.ipvs = IpvsState(self._table, self.clock)

    def take_over(self, table: IpvsTable) -> None:
        """Another table stands now: servers that are gone are drained, as kube-proxy does it."""
        if table is not self._table:
            self._table = table
            self.ipvs.sync(table)


@dataclass(frozen=True, slots=True)
class IpvsRules:
    """All that a node follows in IPVS mode: virtual servers, ipsets, and the rules around them."""

    table: IpvsTable
    sets: IpSets
    rules: Ruleset


class IpvsNode(Host):
    """A node is a value: it holds no state.

    ``sets`` is the text of ``ipset save``, ``rules`` that of ``iptables-save`` (or what
    kube-proxy restores); without them IPVS stands alone and nothing is masqueraded.
    ``addresses``, ``interfaces`` and ``routes`` are as for ``Node``; the virtual addresses are
    local as well (on ``kube-ipvs0``).  Raises ``RulesError`` for text that cannot be read.
    """

    __slots__ = ("table", "_by_key", "_ways")

    table: IpvsTable
    _by_key: dict[Key, VirtualServer]
    _ways: dict[tuple[Stage, ...], tuple[Stage, ...]]

    def __init__(
        self,
        table: IpvsTable,
        *,
        sets: str = "",
        rules: str = "",
        addresses: Iterable[str] = (),
        interfaces: Mapping[str, Iterable[str]] | None = None,
        routes: Iterable[Route] | None = None,
    ) -> None:
        read = IpvsRules(table, IpSets.parse(sets), Ruleset.parse(rules))
        self._place(read, addresses, interfaces, routes)

    @classmethod
    def of(
        cls,
        rules: IpvsRules,
        *,
        addresses: Iterable[str] = (),
        interfaces: Mapping[str, Iterable[str]] | None = None,
        routes: Iterable[Route] | None = None,
    ) -> IpvsNode:
        """The same from rules that were read before."""
        made = object.__new__(cls)
        made._place(rules, addresses, interfaces, routes)
        return made

    def _place(
        self,
        rules: IpvsRules,
        addresses: Iterable[str],
        interfaces: Mapping[str, Iterable[str]] | None,
        routes: Iterable[Route] | None,
    ) -> None:
        named = {name: tuple(own) for name, own in (interfaces or {}).items()}
        if addresses:
            named["eth0"] = (*named.get("eth0", ()), *addresses)
        if routes is None:
            way_out = next((name for name in named if name != "lo"), "eth0")
            routes = (Route("0.0.0.0/0", way_out), Route("::/0", way_out))
        self._fill(rules, named, tuple(routes))

    def _fill(
        self, all_rules: IpvsRules, named: dict[str, tuple[str, ...]], routes: tuple[Route, ...]
    ) -> None:
        bound = _bound(all_rules, {one.partition("/")[0] for own in named.values() for one in own})
        interfaces = {**named, DEVICE: bound} if bound else named
        self._set(all_rules.rules, Routing(interfaces, routes), "nft", all_rules.sets)
        object.__setattr__(self, "table", all_rules.table)
        object.__setattr__(self, "_by_key", {one.key: one for one in all_rules.table})
        ways = {
            part: tuple(stage for stage in reversed(stages) if self.has_work(stage))
            for part, stages in EVERY.items()
        }
        object.__setattr__(self, "_ways", ways)

    def with_rules(self, all_rules: IpvsRules) -> IpvsNode:
        """The same node with other virtual servers, sets and rules; a state lives on."""
        twin = object.__new__(IpvsNode)
        own = {n: tuple(one) for n, one in self.routing.interfaces.items() if n != DEVICE}
        twin._fill(all_rules, own, self.routing.routes)
        return twin

    def plan(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        """The stages that do something here, IPVS among them, the last one first."""
        return self._ways[stages]

    def passage(self, state: IpvsNodeState, exact: bool = False) -> IpvsPassage:
        """A way through this node."""
        return IpvsPassage(self, state, state.ipvs, exact)

    def state(
        self, clock: Clock | None = None, draws: Draws | None = None, *, tracing: bool = True
    ) -> IpvsNodeState:
        """The memory of a node that has seen nothing."""
        return IpvsNodeState(self.table, clock, draws, tracing=tracing)

    # ---- packets in order --------------------------------------------------------

    def receive(self, packet: Packet, state: IpvsNodeState) -> Trace:
        """A packet comes in."""
        return self._pass(packet, state, RECEIVE)

    def emit(self, packet: Packet, state: IpvsNodeState) -> Trace:
        """A process of the node sends a packet."""
        return self._pass(packet, state, EMIT)

    def _pass(
        self, packet: Packet, state: IpvsNodeState, stages: tuple[Stage, ...], every: bool = False
    ) -> Trace:
        state.adopt(self.rules, self.backend)
        state.take_over(self.table)
        return self.passage(state).carry(packet, stages, every)

    # ---- for lessons and the command line ------------------------------------------

    def _fresh(self, packet: Packet, seed: int = 0, *, tracing: bool = True) -> IpvsNodeState:
        """The memory of no more virtual servers than this packet can meet."""
        virtual = self._by_key.get((packet.proto, packet.dst, packet.dport))
        alone = IpvsTable(() if virtual is None else (virtual,))
        return IpvsNodeState(alone, draws=Draws(seed), tracing=tracing)

    def trace(
        self,
        packet: Packet,
        *,
        hook: str = "prerouting",
        seed: int = 0,
        ordinal: int = 0,
        state: IpvsNodeState | None = None,
        every: bool = False,
    ) -> Trace:
        """The way of one packet: rule by rule, then which server and why, in words.

        Without ``state`` the node has seen ``ordinal`` connections from this client before,
        all still open.  Only source ports are random here (``seed``).
        ``every`` shows the rules as well that were looked at and did not match.
        """
        if state is not None:
            return self._pass(packet, state, stages_of(hook), every)
        state = self._fresh(packet, seed)
        for _ in range(ordinal):
            state.ipvs.connect(packet)
            state.ipvs.connections.clear()  # open still, but of other source ports
        state.ordinal = ordinal
        return self.passage(state).carry(packet, stages_of(hook), every)

    def outcomes(
        self, packet: Packet, *, hook: str = "prerouting", state: IpvsNodeState | None = None
    ) -> Outcomes:
        """What the next such packet meets: one outcome, probability 1.

        Scheduler and persistence leave nothing to chance.  The state is read and not
        changed.  For shares over many connections see :meth:`shares`.
        """
        passage = self.passage(state or self._fresh(packet), exact=True)
        return outcomes(passage, packet, stages_of(hook))

    def shares(self, packet: Packet, *, state: IpvsNodeState | None = None) -> dict[str, Fraction]:
        """Server (``ip:port``) -> long-run share of new connections to this virtual server.

        For rr and wrr exact after each full cycle; for lc, wlc, sed and nq where connections
        last equally long on each server; for sh, dh and mh over many clients (dh: over many
        virtual addresses).  With persistence: of new *clients*.  Empty where there is no
        virtual server, or none of its servers may be chosen.
        """
        memory = (state or self._fresh(packet)).ipvs
        live = memory.services.get((packet.proto, packet.dst, packet.dport))
        if live is None:
            return {}
        found = live.scheduler.shares(live.dests)
        return {
            with_port(live.dests[place].address, live.dests[place].port): share
            for place, share in sorted(found.items())
        }

    def simulate(
        self,
        batch: Batch,
        *,
        hook: str = "prerouting",
        seed: int = 0,
        hold: bool = True,
        state: IpvsNodeState | None = None,
    ) -> Simulation:
        """Many first packets of connections, one after the other: counts and order.

        ``hold`` keeps them all open; else each ends at once and counts as inactive.  Without
        ``state`` the node has seen nothing before; a given one is changed.
        """
        memory = (state or self.state(draws=Draws(seed))).ipvs

        def first(packet: Packet) -> Outcome:
            (end,) = self.outcomes(packet, hook=hook, state=self._with(memory, packet))
            return end

        def through(packet: Packet, key: Key, host: str, port: int) -> Outcome:
            alone = IpvsNodeState(self.table.only(key, host, port))
            (end,) = self.outcomes(packet, hook=hook, state=alone)
            return end

        return simulate(batch, memory, hold, first, through)

    def _with(self, memory: IpvsState, packet: Packet) -> IpvsNodeState:
        """A node that has tracked nothing, with this memory of one virtual server."""
        state = IpvsNodeState()
        state.ipvs = memory.fork((packet.proto, packet.dst, packet.dport))
        return state

    def cost(self, packet: Packet, *, hook: str = "prerouting", seed: int = 0) -> Cost:
        """Rules and look-ups (in ipsets and among virtual servers) of a connection's first
        packet."""
        state = self._fresh(packet, seed, tracing=False)
        return cost(self.passage(state), packet, stages_of(hook))


def _bound(all_rules: IpvsRules, own: set[str]) -> tuple[str, ...]:
    """What stands on ``kube-ipvs0``: the set that kube-proxy keeps of it, else all virtual
    addresses that are not the node's own."""
    for name in BOUND_SETS:
        if name in all_rules.sets:
            return tuple(all_rules.sets[name].texts)
    addresses = dict.fromkeys(server.address for server in all_rules.table)
    return tuple(one for one in addresses if one not in own)
