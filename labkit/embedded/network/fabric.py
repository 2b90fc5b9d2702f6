"""Carries one packet to where it ends: a namespace, nowhere, or back as a refusal.

What the wire is made of: each Pod hangs on a veth of its node; the nodes share one network
(172.18.0.0/16) and have routes to each other's Pods; their default route is the host they run
on (``outside.py``), from which nothing leads on: it answers ICMP net-unreachable, as a host
without internet does.  Besides the nodes' own rules stand the NetworkPolicies.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from labkit.embedded.network.links import connected
from labkit.embedded.network.machine import UPLINK, Machine
from labkit.embedded.network.policies import Asked
from labkit.embedded.network.stack import Stack
from labkit.embedded.network.surroundings import Surroundings
from labkit.model.packet import FlowKey, Packet
from labkit.model.trace import Trace, Verdict

UNREACHABLE = {
    "icmp-net-unreachable": (0, errno.ENETUNREACH),
    "icmp-host-unreachable": (1, errno.EHOSTUNREACH),
    "icmp-proto-unreachable": (2, errno.ENOPROTOOPT),
    "icmp-port-unreachable": (3, errno.ECONNREFUSED),
    "icmp-net-prohibited": (9, errno.ENETUNREACH),
    "icmp-host-prohibited": (10, errno.EHOSTUNREACH),
    "icmp-admin-prohibited": (13, errno.EHOSTUNREACH),
    "tcp-reset": (-1, errno.ECONNREFUSED),
}
"""``--reject-with``: ICMP code, and what a connect() makes of it (icmp_err_convert)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a packet ended.

    ``stack`` is the namespace that got it, None when it was dropped.  ``refused`` is the
    error number that its sender gets instead (and then ``stack`` is None too), ``after`` so
    many seconds.
    """

    packet: Packet
    stack: Stack | None = None
    refused: int = 0
    after: float = 0.0


class Fabric:
    """All machines, and who has which address on the nodes' network."""

    def __init__(
        self, machines: dict[str, Machine], outside: Machine, surroundings: Surroundings
    ) -> None:
        self.machines = machines
        self.outside = outside
        self.surroundings = surroundings
        self.by_address = {one.plan.address: one for one in (*machines.values(), outside)}

    def delay(self, one: Stack, other: Stack) -> float:
        """Seconds that a packet takes from one namespace to another."""
        return self.surroundings.links.between(one, other)

    def connected(self, one: Stack, other: Stack) -> bool:
        """Whether the nodes of both namespaces are switched on."""
        return connected(one, other)

    def send(self, packet: Packet, origin: Stack) -> Arrival:
        """From a namespace to wherever it ends; a refusal is carried back to ``origin``."""
        if origin.veth and origin.owns(packet.dst):
            return Arrival(packet, origin)
        machine = origin.machine
        if not machine.running:
            return Arrival(packet)
        if origin.veth:
            trace = machine.receive(packet, origin.veth)
        else:
            trace = machine.emit(packet)
        return self._onward(machine, packet, trace, origin)

    def _onward(self, machine: Machine, came: Packet, trace: Trace, origin: Stack) -> Arrival:
        """From a node on: local delivery, a Pod's veth, the wire, or the end."""
        for _ in range(MOST_HOPS):
            if trace.verdict is Verdict.REJECTED:
                return self._refuse(machine, trace, origin)
            if trace.verdict is Verdict.DROPPED:
                return Arrival(trace.packet)
            if not self._allowed(machine, came, trace, origin):
                machine.forget(came)
                return Arrival(trace.packet)
            if trace.delivered_local:
                return Arrival(trace.packet, machine.host)
            pod = machine.pods.get(trace.out_iface)
            if pod is not None:
                return Arrival(trace.packet, pod)
            following = self.by_address.get(trace.via or trace.packet.dst)
            if following is None or following is machine or not following.running:
                return Arrival(trace.packet, refused=errno.EHOSTUNREACH, after=NO_NEIGHBOUR)
            machine, came = following, trace.packet
            trace = machine.receive(came, UPLINK)
        return Arrival(trace.packet)

    def _allowed(self, machine: Machine, came: Packet, trace: Trace, origin: Stack) -> bool:
        """What the NetworkPolicies say to a new connection: after DNAT, before masquerading.

        What the node itself begins passes on it, whatever its source (with IPVS the ClusterIP).
        """
        if trace.ctstate != "NEW" or origin is machine.host:
            return True
        target = trace.packet
        asked = Asked(came.src, target.dst, target.proto, target.dport)
        return self.surroundings.policies.allow(machine.plan, asked)

    def _refuse(self, machine: Machine, trace: Trace, origin: Stack) -> Arrival:
        """The node answers with ICMP or RST; the answer finds its own way back."""
        refused = trace.packet
        code, error = UNREACHABLE[trace.reject_with]
        if machine is origin.machine:
            return Arrival(refused, refused=error)
        if code < 0:
            answer = refused.reply("RST,ACK")
        else:
            answer = _icmp(machine.plan.address, refused, code)
        end = self._onward(machine, answer, machine.emit(answer), origin)
        if end.stack is origin:
            return Arrival(end.packet, refused=error)
        return Arrival(end.packet)  # the refusal got lost: its sender hears nothing


NO_NEIGHBOUR = 3.0
"""Seconds until nobody has answered ARP: three tries, one a second."""
MOST_HOPS = 8
"""More nodes than this no packet crosses: the routes here have no circles."""


def _icmp(source: str, about: Packet, code: int) -> Packet:
    """Destination unreachable, speaking of a packet (an echo by its identifier)."""
    flow = about.flow
    if about.proto == "icmp":
        flow = FlowKey("icmp", about.src, about.sport, about.dst, about.sport)
    return Packet(source, about.src, "icmp", icmp_type=3, icmp_code=code, inner=flow)
