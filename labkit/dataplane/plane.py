"""One node's data plane: the same questions, whichever mode wrote its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from labkit.clock import Clock
from labkit.dataplane.nodes import AnyNode, memory
from labkit.errors import UsageError
from labkit.model.cost import Cost
from labkit.model.packet import PORT_PROTOCOLS, Packet, protocol_number
from labkit.model.trace import Outcome, Outcomes, Trace
from labkit.netfilter.ipvsnode import IpvsNode, IpvsNodeState
from labkit.netfilter.nftnode import NftNode, NftState
from labkit.netfilter.node import Node, NodeState

if TYPE_CHECKING:
    from labkit.netfilter.batch import PacketBatch

FIRST_PORT, PORTS = 32768, 28232
"""Linux gives a connection a source port of these (net.ipv4.ip_local_port_range)."""

MOST_IN_TURN = 5_000_000
"""Connections of one simulation in IPVS mode, where each depends on those before."""


class Simulated(Protocol):
    """What a simulation gives in every mode."""

    @property
    def size(self) -> int: ...
    @property
    def outcomes(self) -> tuple[tuple[Outcome, int], ...]: ...
    @property
    def by_label(self) -> dict[str, int]: ...
    @property
    def by_destination(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class DataPlane:
    """A node that follows what kube-proxy wrote in one of its modes.  Holds no state.

    ``text`` is what the node shows: ``iptables-save``, ``nft list ruleset``, or in IPVS mode
    ``ipvsadm -Ln``, ``ipset save`` and ``iptables-save``.  ``node`` is the emulated node, for
    what only one mode has.  Hooks are ``prerouting`` (from a Pod or from outside) and
    ``output`` (a process of the node).  Made by ``KubeProxy(mode=...).data_plane(...)``.
    """

    mode: str
    text: str = field(repr=False)
    node: AnyNode = field(repr=False)

    # ---- one packet ----------------------------------------------------------------

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

        Without ``state`` the node has seen nothing before; then ``seed`` and ``ordinal`` say
        which draw it is (iptables, nftables), or how many connections came before (IPVS).
        ``every`` shows the rules as well that were looked at and did not match.
        """
        node, given = self.node, state
        asked: Any = {"hook": hook, "seed": seed, "ordinal": ordinal, "every": every}
        match node, given:
            case Node(), NodeState() | None if not isinstance(given, (NftState, IpvsNodeState)):
                return node.trace(packet, **asked, state=given)
            case NftNode(), NftState() | None:
                return node.trace(packet, **asked, state=given)
            case IpvsNode(), IpvsNodeState() | None:
                return node.trace(packet, **asked, state=given)
        raise self._wrong_state()

    def outcomes(
        self, packet: Packet, *, hook: str = "prerouting", state: NodeState | None = None
    ) -> Outcomes:
        """Every possible end of the packet's way with its exact probability.

        In IPVS mode that is one, with probability 1: nothing there is left to chance.  What
        each endpoint gets in the long run is :meth:`shares`.
        """
        node, given = self.node, state
        match node, given:
            case Node(), NodeState() | None if not isinstance(given, (NftState, IpvsNodeState)):
                return node.outcomes(packet, hook=hook, state=given)
            case NftNode(), NftState() | None:
                return node.outcomes(packet, hook=hook, state=given)
            case IpvsNode(), IpvsNodeState() | None:
                return node.outcomes(packet, hook=hook, state=given)
        raise self._wrong_state()

    def shares(self, packet: Packet, *, hook: str = "prerouting") -> Mapping[str, Fraction]:
        """Destination -> its long-run share of new connections like this one.

        By chance in iptables and nftables mode (the probabilities), by turns in IPVS mode.
        """
        if isinstance(self.node, IpvsNode):
            shares = self.node.shares(packet)
            if shares:
                return shares
        return self.outcomes(packet, hook=hook).by_destination

    def cost(self, packet: Packet, *, hook: str = "prerouting", seed: int = 0) -> Cost:
        """How many rules are asked, and how many look-ups made, for a connection's first packet."""
        return self.node.cost(packet, hook=hook, seed=seed)

    # ---- many connections ------------------------------------------------------------

    def simulate(
        self,
        batch: PacketBatch | Packet,
        n: int | None = None,
        *,
        hook: str = "prerouting",
        seed: int = 0,
    ) -> Simulated:
        """Many first packets of connections at once, counted by outcome.

        Give a ``PacketBatch``, or a packet and how many.  Raises ``BatchUnsupported`` where the
        order of packets counts (session affinity by rules): take :meth:`turns` there.
        """
        if isinstance(batch, Packet):
            batch = self._batch(batch, 1 if n is None else n)
        elif n is not None:
            raise UsageError("A batch knows its size.", "Leave out n, or give a packet.")
        return self.node.simulate(batch, hook=hook, seed=seed)

    def _batch(self, packet: Packet, n: int) -> PacketBatch:
        """``n`` connections; their source ports count for some schedulers of IPVS."""
        from labkit.netfilter.batch import PacketBatch

        if not isinstance(self.node, IpvsNode):
            return PacketBatch(packet, n)
        if n > MOST_IN_TURN:
            raise UsageError(
                f"In IPVS mode connections are gone through one by one, and {n:,} are too many.",
                f"Take at most {MOST_IN_TURN:,}.",
            )
        ports = [_port(i) for i in range(n)]
        return PacketBatch(packet, n, {"sport": ports})  # type: ignore[dict-item]

    def connections(
        self, packet: Packet, n: int, *, hook: str = "prerouting", seed: int = 0
    ) -> tuple[Trace, ...]:
        """``n`` connections one after the other, each from its next source port.

        The node remembers, as a real one does: session affinity holds, round robin goes on.
        """
        state = self.state(seed=seed, tracing=False)
        send = self.emit if hook.lower() == "output" else self.receive
        if hook.lower() not in ("prerouting", "output"):
            raise UsageError(f"There is no hook {hook!r} to start from.", "Take prerouting.")
        has_ports = protocol_number(packet.proto) in PORT_PROTOCOLS
        return tuple(
            send(replace(packet, sport=_port(i)) if has_ports else packet, state) for i in range(n)
        )

    def turns(
        self, packet: Packet, n: int, *, hook: str = "prerouting", seed: int = 0
    ) -> tuple[str, ...]:
        """Who gets each of ``n`` connections in a row: destinations, or why there is none."""
        ends = self.connections(packet, n, hook=hook, seed=seed)
        return tuple(end.packet.destination if end.accepted else end.label for end in ends)

    # ---- a long-lived memory -----------------------------------------------------------

    def state(
        self, *, seed: int = 0, clock: Clock | None = None, tracing: bool = True
    ) -> NodeState:
        """The memory of a node that has seen nothing, for ``receive`` and ``emit``."""
        made = memory(self.mode, clock, seed, tracing=tracing)
        if isinstance(self.node, IpvsNode) and isinstance(made, IpvsNodeState):
            made.take_over(self.node.table)
        return made

    def receive(self, packet: Packet, state: NodeState) -> Trace:
        """A packet comes in from a Pod or from outside."""
        return self._pass(packet, state, "prerouting")

    def emit(self, packet: Packet, state: NodeState) -> Trace:
        """A process of the node sends a packet."""
        return self._pass(packet, state, "output")

    def _pass(self, packet: Packet, state: NodeState, hook: str) -> Trace:
        return self.trace(packet, hook=hook, state=state)

    def _wrong_state(self) -> UsageError:
        return UsageError(
            f"This is not the memory of a node in {self.mode} mode.", "Take plane.state()."
        )


def _port(number: int) -> int:
    """The source port of a client's connection of this number."""
    return FIRST_PORT + number % PORTS
