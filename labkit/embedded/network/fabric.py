"""Carries one packet to where it ends: a namespace, nowhere, or back as a refusal.

What the wire is made of: each Pod hangs on a veth of its node; the nodes share one network
(172.18.0.0/16) and have routes to each other's Pods; their default route is a gateway from
which nothing leads on (it answers ICMP net-unreachable, as a host without internet does).
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from labkit.embedded.network.machine import Machine
from labkit.embedded.network.stack import Stack
from labkit.model.packet import FlowKey, Packet
from labkit.model.trace import Trace, Verdict
from labkit.plan import NODE_GATEWAY

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
    error number that its sender gets instead (and then ``stack`` is None too).
    """

    packet: Packet
    stack: Stack | None = None
    refused: int = 0


class Fabric:
    """All nodes, and who has which address on the nodes' network."""

    def __init__(self, machines: dict[str, Machine]) -> None:
        self.machines = machines
        self.by_address = {machine.plan.address: machine for machine in machines.values()}

    def send(self, packet: Packet, origin: Stack) -> Arrival:
        """From a namespace to wherever it ends; a refusal is carried back to ``origin``."""
        if origin.veth and origin.owns(packet.dst):
            return Arrival(packet, origin)
        machine = origin.machine
        if origin.veth:
            trace = machine.receive(packet, origin.veth)
        else:
            trace = machine.emit(packet)
        return self._onward(machine, trace, origin)

    def _onward(self, machine: Machine, trace: Trace, origin: Stack) -> Arrival:
        """From a node on: local delivery, a Pod's veth, the wire, or the end."""
        for _ in range(MOST_HOPS):
            if trace.verdict is Verdict.REJECTED:
                return self._refuse(machine, trace, origin)
            if trace.verdict is Verdict.DROPPED:
                return Arrival(trace.packet)
            if trace.delivered_local:
                return Arrival(trace.packet, machine.host)
            pod = machine.pods.get(trace.out_iface)
            if pod is not None:
                return Arrival(trace.packet, pod)
            hop = trace.via or trace.packet.dst
            if hop == NODE_GATEWAY:
                return self._gateway(machine, trace.packet, origin)
            following = self.by_address.get(hop)
            if following is None or following is machine:
                return Arrival(trace.packet, refused=errno.EHOSTUNREACH)
            machine = following
            trace = machine.receive(trace.packet, "eth0")
        return Arrival(trace.packet)

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
        return self._back(machine, machine.emit(answer), origin, error)

    def _gateway(self, machine: Machine, packet: Packet, origin: Stack) -> Arrival:
        """Nothing leads out of the gateway, and nothing listens on it."""
        if packet.dst == NODE_GATEWAY:
            answer = packet.reply("RST,ACK")
            code, error = -1, errno.ECONNREFUSED
            if packet.proto != "tcp":
                answer, code = _icmp(NODE_GATEWAY, packet, 3), 3
        else:
            code, error = UNREACHABLE["icmp-net-unreachable"]
            answer = _icmp(NODE_GATEWAY, packet, code)
        return self._back(machine, machine.receive(answer, "eth0"), origin, error)

    def _back(self, machine: Machine, trace: Trace, origin: Stack, error: int) -> Arrival:
        """A refusal on its way to the sender; if it gets lost, the sender hears nothing."""
        end = self._onward(machine, trace, origin)
        if end.stack is origin:
            return Arrival(end.packet, refused=error)
        return Arrival(end.packet)


MOST_HOPS = 8
"""More nodes than this no packet crosses: the routes here have no circles."""


def _icmp(source: str, about: Packet, code: int) -> Packet:
    """Destination unreachable, speaking of a packet (an echo by its identifier)."""
    flow = about.flow
    if about.proto == "icmp":
        flow = FlowKey("icmp", about.src, about.sport, about.dst, about.sport)
    return Packet(source, about.src, "icmp", icmp_type=3, icmp_code=code, inner=flow)
