"""One node with IPVS: the same questions as :class:`labkit.netfilter.Node`."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from labkit.errors import UsageError
from labkit.ipvs.journey import Journey
from labkit.ipvs.nouns import IpvsTable, Key, with_port
from labkit.ipvs.rules import RuleText
from labkit.ipvs.sets import bound_addresses
from labkit.ipvs.simulate import Batch, Simulation, simulate
from labkit.ipvs.state import IpvsState
from labkit.model import address
from labkit.model.cost import Cost
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.model.step import Verdict
from labkit.model.trace import Outcome, Outcomes, Trace

HOOKS = ("prerouting", "output")


class IpvsNode:
    """A node is a value: it holds no state.

    ``sets`` is the text of ``ipset save``, ``rules`` that of ``iptables-save`` (or what
    kube-proxy restores); without them IPVS stands alone and nothing is masqueraded.
    ``addresses`` are the node's own, the primary one first.  Raises ``RulesError`` for text
    that cannot be read.
    """

    __slots__ = ("table", "sets", "rules", "addresses", "_local", "_by_key")

    def __init__(
        self,
        table: IpvsTable,
        *,
        sets: str = "",
        rules: str = "",
        addresses: Iterable[str] = (),
    ) -> None:
        self.table = table
        self.sets = IpSets.parse(sets)
        self.rules = RuleText(rules, self.sets)
        self.addresses = tuple(address.canonical(text) for text in addresses)
        bound = bound_addresses(self.sets) or tuple(server.address for server in table)
        self._by_key = {virtual.key: virtual for virtual in table}
        self._local = frozenset((*self.addresses, *bound, "::1"))

    def is_local(self, text: str) -> bool:
        """Whether an address is the node's own; virtual addresses are (``kube-ipvs0``)."""
        return text in self._local or text.startswith("127.")

    def state(self) -> IpvsState:
        """The memory of a node that has seen nothing."""
        return IpvsState(self.table)

    def _fresh(self, packet: Packet) -> IpvsState:
        """The same, of no more virtual servers than this packet can meet."""
        virtual = self._by_key.get((packet.proto, packet.dst, packet.dport))
        return IpvsState(IpvsTable(() if virtual is None else (virtual,)))

    # ---- packets in order --------------------------------------------------------

    def receive(self, packet: Packet, state: IpvsState, *, lang: str = "en") -> Trace:
        """A packet comes in."""
        return self._pass(packet, state, "prerouting", lang=lang, tracing=True).trace(
            state.ordinal - 1
        )

    def emit(self, packet: Packet, state: IpvsState, *, lang: str = "en") -> Trace:
        """A process of the node sends a packet."""
        return self._pass(packet, state, "output", lang=lang, tracing=True).trace(state.ordinal - 1)

    def _pass(
        self, packet: Packet, state: IpvsState, hook: str, *, tracing: bool, lang: str = "en"
    ) -> Journey:
        name = hook.lower()
        if name not in HOOKS:
            raise UsageError(
                f"There is no hook {hook!r} to start from.", "Take prerouting or output."
            )
        own = next((a for a in self.addresses if (":" in a) == (":" in packet.src)), "")
        journey = Journey(self.rules, self.is_local, own, state, packet, lang, tracing)
        if name == "prerouting":
            journey.receive()
        else:
            journey.emit()
        return journey

    # ---- for lessons and the command line ------------------------------------------

    def trace(
        self,
        packet: Packet,
        *,
        hook: str = "prerouting",
        seed: int = 0,
        ordinal: int = 0,
        state: IpvsState | None = None,
        lang: str = "en",
    ) -> Trace:
        """The way of one packet: rule by rule, then which server and why, in words.

        Without ``state`` the node has seen ``ordinal`` connections from this client before,
        all still open.  ``seed`` is there for the other modes' sake: nothing here is random.
        """
        if state is None:
            state = self._fresh(packet)
            for _ in range(ordinal):
                state.connect(packet)
                state.connections.clear()  # open still, but of other source ports
        return self._pass(packet, state, hook, lang=lang, tracing=True).trace(ordinal)

    def outcomes(
        self, packet: Packet, *, hook: str = "prerouting", state: IpvsState | None = None
    ) -> Outcomes:
        """What the next such packet meets: one outcome, probability 1.

        Scheduler and persistence leave nothing to chance.  The state is read and not
        changed.  For shares over many connections see :meth:`shares`.
        """
        if state is None:
            state = self._fresh(packet)
        twin = state.fork((packet.proto, packet.dst, packet.dport), packet.flow)
        journey = self._pass(packet, twin, hook, tracing=False)
        return Outcomes(packet, (outcome_of(journey),))

    def shares(self, packet: Packet, *, state: IpvsState | None = None) -> dict[str, Fraction]:
        """Server (``ip:port``) -> long-run share of new connections to this virtual server.

        For rr and wrr exact after each full cycle; for lc, wlc, sed and nq where connections
        last equally long on each server; for sh, dh and mh over many clients (dh: over many
        virtual addresses).  With persistence: of new *clients*.  Empty where there is no
        virtual server, or none of its servers may be chosen.
        """
        live = (state or self._fresh(packet)).services.get((packet.proto, packet.dst, packet.dport))
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
        state: IpvsState | None = None,
    ) -> Simulation:
        """Many first packets of connections, one after the other: counts and order.

        ``hold`` keeps them all open; else each ends at once and counts as inactive.  Without
        ``state`` the node has seen nothing before; a given one is changed.
        """
        state = state if state is not None else self.state()

        def first(packet: Packet) -> Outcome:
            twin = state.fork((packet.proto, packet.dst, packet.dport))
            return outcome_of(self._pass(packet, twin, hook, tracing=False))

        def through(packet: Packet, key: Key, host: str, port: int) -> Outcome:
            alone = IpvsState(self.table.only(key, host, port))
            return outcome_of(self._pass(packet, alone, hook, tracing=False))

        return simulate(batch, state, hold, first, through)

    def cost(self, packet: Packet, *, hook: str = "prerouting", seed: int = 0) -> Cost:
        """Rules and look-ups that the first packet of a connection meets."""
        journey = self._pass(packet, self._fresh(packet), hook, tracing=False)
        return Cost(journey.rules_asked, journey.lookups)


def outcome_of(journey: Journey) -> Outcome:
    """The end of a packet's way, certain."""
    end = journey.trace(0)
    accepted = end.verdict is Verdict.ACCEPTED
    return Outcome(
        end.verdict,
        end.packet.destination,
        1,
        0,
        end.reject_with,
        end.masqueraded,
        end.dnat,
        end.delivered_local,
        end.packet.source,
        end.out_iface,
        end.service if accepted else "",
    )
