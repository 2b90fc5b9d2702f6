"""One node with nftables: the same questions as :class:`labkit.netfilter.Node`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from labkit.clock import Clock
from labkit.model.cost import Cost
from labkit.model.packet import Packet
from labkit.model.trace import Outcomes, Trace
from labkit.netfilter import nftexact
from labkit.netfilter.draws import Draws
from labkit.netfilter.nftpassage import NftPassage, base_chains, plans
from labkit.netfilter.nftprogram import Block, programs
from labkit.netfilter.routes import Route, Routing
from labkit.netfilter.stages import EMIT, RECEIVE, Stage, stages_of
from labkit.netfilter.state import NodeState
from labkit.nft.nouns import NftRuleset

if TYPE_CHECKING:
    from labkit.netfilter.batch import PacketBatch, Simulation


class NftState(NodeState):
    """The memory of a node with nftables; lives on when the rules are replaced."""

    __slots__ = ("nft",)

    def __init__(
        self, clock: Clock | None = None, draws: Draws | None = None, *, tracing: bool = True
    ) -> None:
        super().__init__(clock, draws, tracing=tracing)
        self.nft: NftRuleset | None = None

    def take_over(self, rules: NftRuleset) -> None:
        """Other rules stand now: counters of changed chains and sets that went are forgotten."""
        old, self.nft = self.nft, rules
        if old is None or old is rules:
            return
        for key in [k for k in self.counters if _rules_at(old, k) != _rules_at(rules, k)]:
            del self.counters[key]
        for place in self.memory.known():
            if place[0] in ("nft set", "nft size"):
                table = rules.tables.get(place[1])
                if table is None or place[2] not in table.sets:
                    self.memory.forget(place)


def _rules_at(rules: NftRuleset, key: tuple[str, str, int]) -> object:
    """The rules of a chain, for comparing."""
    table = rules.tables.get(key[0])
    chain = table.chains.get(key[1]) if table is not None else None
    return chain and chain.rules


class NftNode:
    """A node is a value: it holds no state.

    ``addresses``, ``interfaces`` and ``routes`` are as for ``Node``.  Raises ``RulesError``
    for rules that Linux would refuse to load.
    """

    __slots__ = ("rules", "routing", "blocks", "nat_chains", "nat_side", "_plans")

    def __init__(
        self,
        rules: NftRuleset,
        *,
        addresses: Iterable[str] = (),
        interfaces: Mapping[str, Iterable[str]] | None = None,
        routes: Iterable[Route] | None = None,
    ) -> None:
        named = {name: tuple(own) for name, own in (interfaces or {}).items()}
        if addresses:
            named["eth0"] = (*named.get("eth0", ()), *addresses)
        if routes is None:
            way_out = next((name for name in named if name != "lo"), "eth0")
            routes = (Route("0.0.0.0/0", way_out), Route("::/0", way_out))
        self._set(rules, Routing(named, tuple(routes)))

    def _set(self, rules: NftRuleset, routing: Routing) -> None:
        self.rules = rules
        self.routing = routing
        self.blocks: dict[tuple[str, str], Block] = programs(rules)
        self._plans = plans(rules)
        self.nat_chains: dict[str, tuple[str, ...]] = {}
        self.nat_side: dict[tuple[str, str], str] = {}
        for hook, chains in base_chains(rules).items():
            nat = [(table, chain) for _, kind, table, chain in chains if kind == "nat"]
            self.nat_chains[hook] = tuple(f"{table}\0{chain}" for table, chain in nat)
            side = "dst" if hook in ("PREROUTING", "OUTPUT") else "src"
            self.nat_side.update(dict.fromkeys(nat, side))

    def with_rules(self, rules: NftRuleset) -> NftNode:
        """The same node with other rules; a state lives on."""
        twin = object.__new__(NftNode)
        twin._set(rules, self.routing)
        return twin

    def plan(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        """The stages that do something here, the last one first."""
        return self._plans[stages]

    def passage(self, state: NodeState, exact: bool = False) -> NftPassage:
        """A way through this node."""
        return NftPassage(self, state, exact)

    def receive(self, packet: Packet, state: NftState) -> Trace:
        """A packet comes in on ``packet.in_iface``: prerouting, then input or forward."""
        return self._pass(packet, state, RECEIVE)

    def emit(self, packet: Packet, state: NftState) -> Trace:
        """A process of the node sends a packet: output, postrouting."""
        return self._pass(packet, state, EMIT)

    def _pass(
        self, packet: Packet, state: NftState, stages: tuple[Stage, ...], every: bool = False
    ) -> Trace:
        state.take_over(self.rules)
        return self.passage(state).carry(packet, stages, every)

    def trace(
        self,
        packet: Packet,
        *,
        hook: str = "prerouting",
        seed: int = 0,
        ordinal: int = 0,
        state: NftState | None = None,
        every: bool = False,
    ) -> Trace:
        """The way of one packet, rule by rule; as ``Node.trace``.
        ``every`` shows the rules as well that were looked at and did not match.
        """
        if state is None:
            state = NftState(draws=Draws(seed))
            state.ordinal = ordinal
        return self._pass(packet, state, stages_of(hook), every)

    def outcomes(
        self, packet: Packet, *, hook: str = "prerouting", state: NftState | None = None
    ) -> Outcomes:
        """Every possible end of the packet's way with its exact probability."""
        return nftexact.outcomes(self, packet, stages_of(hook), state or NftState())

    def simulate(
        self, batch: PacketBatch, *, hook: str = "prerouting", seed: int = 0
    ) -> Simulation:
        """Many first packets at once; makes the same choices as ``trace``.

        Raises ``BatchUnsupported`` where session affinity makes the order of packets count.
        """
        from labkit.netfilter.nftbatch import simulate

        return simulate(self, batch, stages_of(hook), seed)

    def cost(self, packet: Packet, *, hook: str = "prerouting", seed: int = 0) -> Cost:
        """How many rules and look-ups the first packet of a connection meets."""
        state = NftState(draws=Draws(seed), tracing=False)
        passage = self.passage(state)
        passage.run(passage.begin(packet, stages_of(hook)), 0)
        return Cost(passage.rules, passage.lookups)
