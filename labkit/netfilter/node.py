"""One node: rules, addresses and routes.  Ask it what becomes of a packet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from labkit.errors import UsageError
from labkit.model.cost import Cost
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.model.trace import Outcomes, Trace
from labkit.netfilter.cost import cost
from labkit.netfilter.draws import Draws
from labkit.netfilter.host import Host
from labkit.netfilter.outcomes import outcomes
from labkit.netfilter.passage import Passage
from labkit.netfilter.routes import Route, Routing
from labkit.netfilter.stages import EMIT, RECEIVE, Stage, stages_of
from labkit.netfilter.state import NodeState
from labkit.ruleset.tables import Ruleset

if TYPE_CHECKING:
    from labkit.netfilter.batch import PacketBatch, Simulation

BACKENDS = ("nft", "legacy")


class Node(Host):
    """A node is a value: it holds no state.

    ``addresses`` are the node's own (on an interface ``eth0``); ``interfaces`` names them by
    interface instead, the primary one first.  Without ``routes`` everything leaves through
    ``eth0`` (or the first interface that is given).  ``backend`` says which iptables loaded
    the rules: they differ in small things (see ``check.py`` and ``state.py``).
    ``route_localnet`` is the switch of that name, on where kube-proxy serves NodePorts on
    the loopback.  ``sets`` are the ipsets that ``-m set`` looks into.
    Raises ``RulesError`` for rules that Linux would refuse to load.
    """

    __slots__ = ()

    def __init__(
        self,
        rules: Ruleset,
        *,
        addresses: Iterable[str] = (),
        interfaces: Mapping[str, Iterable[str]] | None = None,
        routes: Iterable[Route] | None = None,
        backend: str = "nft",
        route_localnet: bool = False,
        sets: IpSets | None = None,
    ) -> None:
        if backend not in BACKENDS:
            raise UsageError(f"There is no back end {backend!r}.", "Take nft or legacy.")
        named = {name: tuple(own) for name, own in (interfaces or {}).items()}
        if addresses:
            named["eth0"] = (*named.get("eth0", ()), *addresses)
        if routes is None:
            way_out = next((name for name in named if name != "lo"), "eth0")
            routes = (Route("0.0.0.0/0", way_out), Route("::/0", way_out))
        self._set(rules, Routing(named, tuple(routes), route_localnet), backend, sets or IpSets())

    def with_rules(self, rules: Ruleset) -> Node:
        """The same node with other rules; a NodeState lives on."""
        twin = object.__new__(Node)
        twin._set(rules, self.routing, self.backend, self.sets)
        return twin

    def with_routing(
        self, interfaces: Mapping[str, Iterable[str]], routes: Iterable[Route]
    ) -> Node:
        """The same node with other interfaces and routes; the rules are not read again."""
        twin = object.__new__(Node)
        for name in Host.__slots__:
            object.__setattr__(twin, name, getattr(self, name))
        named = {name: tuple(own) for name, own in interfaces.items()}
        routing = Routing(named, tuple(routes), self.routing.localnet)
        object.__setattr__(twin, "routing", routing)
        return twin

    def passage(self, state: NodeState, exact: bool = False) -> Passage:
        """A way through this node."""
        return Passage(self, state, exact)

    # ---- a long-lived state, packets in order --------------------------------

    def receive(self, packet: Packet, state: NodeState) -> Trace:
        """A packet comes in on ``packet.in_iface``: PREROUTING, then INPUT or FORWARD."""
        return self._pass(packet, state, RECEIVE)

    def emit(self, packet: Packet, state: NodeState) -> Trace:
        """A process of the node sends a packet: OUTPUT, POSTROUTING.

        A packet to the node itself comes back through the loopback and is delivered.
        """
        return self._pass(packet, state, EMIT)

    def _pass(
        self, packet: Packet, state: NodeState, stages: tuple[Stage, ...], every: bool = False
    ) -> Trace:
        state.adopt(self.rules, self.backend)
        return self.passage(state).carry(packet, stages, every)

    # ---- for lessons and the command line ------------------------------------

    def trace(
        self,
        packet: Packet,
        *,
        hook: str = "prerouting",
        seed: int = 0,
        ordinal: int = 0,
        state: NodeState | None = None,
        every: bool = False,
    ) -> Trace:
        """The way of one packet, rule by rule.

        It holds the rules that matched, and those that only chance left out; with ``every``
        all that were looked at (step ``miss``).

        ``hook`` is ``prerouting`` (it comes in) or ``output`` (it is made here).  Without
        ``state`` the node has seen nothing before; then ``seed`` and ``ordinal`` choose the
        draws.
        """
        if state is None:
            state = NodeState(draws=Draws(seed))
            state.ordinal = ordinal
        return self._pass(packet, state, stages_of(hook), every)

    def outcomes(
        self, packet: Packet, *, hook: str = "prerouting", state: NodeState | None = None
    ) -> Outcomes:
        """Every possible end of the packet's way with its exact probability.

        The state, when one is given, is read and not changed.
        """
        passage = self.passage(state or NodeState(), exact=True)
        return outcomes(passage, packet, stages_of(hook))

    def simulate(
        self, batch: PacketBatch, *, hook: str = "prerouting", seed: int = 0
    ) -> Simulation:
        """Many first packets of connections at once, counted by outcome and by rule.

        Makes the same choices as ``trace(..., seed=seed, ordinal=i)`` for i = 0, 1, 2 ...
        Raises ``BatchUnsupported`` for rules that depend on the order of packets.
        """
        from labkit.netfilter.batch import simulate

        return simulate(self, batch, stages_of(hook), seed)

    def cost(self, packet: Packet, *, hook: str = "prerouting", seed: int = 0) -> Cost:
        """How many rules the first packet of a connection is asked to match."""
        state = NodeState(draws=Draws(seed), tracing=False)
        return cost(self.passage(state), packet, stages_of(hook))

    def with_backend(self, backend: str) -> Node:
        """The same node with the other back end."""
        twin = object.__new__(Node)
        twin._set(self.rules, self.routing, backend, self.sets)
        return twin


__all__ = ["Node", "NodeState", "Route", "stages_of"]
