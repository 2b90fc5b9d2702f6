"""One node's Linux: interfaces, routes, rules, connection tracking.

Laid out as on kind: each Pod has a veth whose end on the node carries the Pods' gateway
address, and a route of its own; the other nodes' Pods are behind their node's address.
"""

from __future__ import annotations

from dataclasses import replace

from labkit.clock import Clock
from labkit.dataplane.nodes import AnyNode, AnyRules, Place, memory, no_rules, node_with
from labkit.dataplane.plane import DataPlane
from labkit.embedded.network import portmap
from labkit.embedded.network.portmap import PodPorts
from labkit.embedded.network.stack import Stack
from labkit.model import address
from labkit.model.packet import Packet, protocol_number
from labkit.model.trace import Trace
from labkit.netfilter.ipvsnode import DEVICE, IpvsNodeState, IpvsRules
from labkit.netfilter.node import Node
from labkit.netfilter.routes import Route
from labkit.netfilter.state import NodeState
from labkit.plan import NODE_GATEWAY, NODE_NETWORK, NODES, NodePlan
from labkit.ruleset.render import render
from labkit.ruleset.tables import KnownLines, Ruleset

UPLINK = "eth0"


class Machine:
    """The node of a plan.  ``pods`` are the namespaces behind each veth.

    ``mode`` is that of its kube-proxy: by it the node follows rules of iptables, of nftables,
    or IPVS.
    """

    def __init__(self, plan: NodePlan, clock: Clock, seed: int, mode: str = "iptables") -> None:
        self.plan = plan
        self.mode = mode
        self.host = Stack(self, tuple(one for one in (plan.address, plan.pod_gateway) if one))
        self.running = True
        """Switched off, a node neither sends nor hears anything."""
        self.pods: dict[str, Stack] = {}
        self._seed = seed
        self.state: NodeState = memory(mode, clock, seed, tracing=False)
        self._written, self._read = "", no_rules(mode)
        self._text, self._rules = self._written, self._read
        self._host_ports: dict[str, PodPorts] = {}
        self._lines = KnownLines()
        self._node: AnyNode | None = None
        self._known: DataPlane | None = None
        self._veths = 0

    @property
    def _plane(self) -> DataPlane:
        """Made when a packet needs it: many Pods may come before one does."""
        if self._known is None:
            self._known = self._built()
        return self._known

    def _built(self) -> DataPlane:
        if isinstance(self._node, Node):  # other Pods, the same rules
            self._node = self._node.with_routing(self.interfaces(), self.routes())
            return DataPlane(self.mode, self._text, self._node)
        # kube-proxy turns route_localnet on in iptables mode, for NodePorts on the loopback.
        localnet = self.mode == "iptables"
        place = Place((), self.interfaces(), self.routes(), localnet)
        self._node = node_with(self._rules, place)
        return DataPlane(self.mode, self._text, self._node)

    def interfaces(self) -> dict[str, tuple[str, ...]]:
        """Interface -> addresses with their prefix, the primary first."""
        prefix = NODE_NETWORK.partition("/")[2]
        found: dict[str, tuple[str, ...]] = {
            "lo": ("127.0.0.1/8",),
            UPLINK: (f"{self.plan.address}/{prefix}",),
        }
        for veth in self.pods:
            found[veth] = (f"{self.plan.pod_gateway}/32",)
        return found

    def routes(self) -> tuple[Route, ...]:
        """What ``ip route`` shows."""
        others = [plan for plan in NODES if plan.name != self.plan.name]
        return (
            *(Route(f"{stack.address}/32", veth) for veth, stack in self.pods.items()),
            *(Route(plan.pod_cidr, UPLINK, plan.address) for plan in others),
            Route(NODE_NETWORK, UPLINK),
            Route("0.0.0.0/0", UPLINK, NODE_GATEWAY),
        )

    @property
    def virtual_addresses(self) -> tuple[str, ...]:
        """What kube-proxy has put on ``kube-ipvs0``: nothing but in IPVS mode."""
        return tuple(self._plane.node.routing.interfaces.get(DEVICE, ()))

    @property
    def rules(self) -> AnyRules:
        """The rules that packets walk through now."""
        return self._rules

    @property
    def text(self) -> str:
        """The text that they were read from."""
        return self._text

    def set_rules(self, text: str, rules: AnyRules) -> None:
        """Swap the rules (and the text that they were read from); connections and recent lists
        stay."""
        self._written, self._read = text, rules
        self._with_host_ports()

    def _with_host_ports(self) -> None:
        """Beside kube-proxy's rules stand those of the CNI plug-in (not in nftables mode)."""
        self._node = self._known = None
        self._text, self._rules = self._written, self._read
        pods = list(self._host_ports.values())
        if not pods:
            return
        if isinstance(self._read, Ruleset):
            self._text = portmap.added(self._written, pods)
            self._rules = Ruleset.parse(self._text, known=self._lines)
        elif isinstance(self._read, IpvsRules):
            text = portmap.added(render(self._read.rules), pods)
            self._rules = replace(self._read, rules=Ruleset.parse(text))

    def map_ports(self, stack: Stack, identity: str, maps: tuple[portmap.PortMap, ...]) -> None:
        """Let the node answer for ports of a Pod (``hostPort``), until it is unplugged."""
        if not maps:
            return
        pod = PodPorts(identity, stack.address, self.plan.pod_cidr, maps)
        self._host_ports[stack.veth] = pod
        self._with_host_ports()
        self._forget_udp({one.host_port for one in maps})

    def _unmap_ports(self, stack: Stack) -> None:
        gone = self._host_ports.pop(stack.veth, None)
        if gone is not None:
            self._with_host_ports()
            self._forget_udp({one.host_port for one in gone.maps})

    def _forget_udp(self, ports: set[int]) -> None:
        """Flows to these ports find their new end (deletePortmapStaleConnections)."""
        table, now = self.state.conntrack, self.state.now
        for entry in list(table.entries(now)):
            if entry.flow[0] == protocol_number("udp") and entry.flow[4] in ports:
                table.remove(entry)

    def plug(self, own: str) -> Stack:
        """Give an address (``own``) a namespace on a new veth."""
        self._veths += 1
        stack = Stack(self, (own,), f"veth{self._veths:08x}")
        self.pods[stack.veth] = stack
        self._known = None
        return stack

    def unplug(self, stack: Stack) -> None:
        """The namespace is gone, and its veth with it."""
        if self.pods.pop(stack.veth, None) is not None:
            stack.shut()
            self._unmap_ports(stack)
            self._known = None

    def stacks(self) -> list[Stack]:
        """Every namespace of this node."""
        return [*self.pods.values(), self.host]

    def switch_off(self) -> None:
        """The power is gone: nothing is said any more, connections end without a word."""
        self.running = False
        for stack in self.stacks():
            stack.shut()

    def switch_on(self) -> None:
        """The node is back, and remembers no connection, no list and no counter."""
        self._seed += 1
        self.state = memory(self.mode, self.state.clock, self._seed, tracing=False)
        self.running = True

    def forget(self, packet: Packet) -> None:
        """A connection whose first packet was dropped on its way out is not remembered."""
        table, now = self.state.conntrack, self.state.now
        numbers = (address.number(packet.src), address.number(packet.dst))
        flow = (protocol_number(packet.proto), numbers[0], packet.sport, numbers[1], packet.dport)
        found = table.find(flow, now)
        if found is None:
            return
        table.remove(found[0])
        if isinstance(self.state, IpvsNodeState) and found[0].ipvs is not None:
            self.state.ipvs.forget(found[0].ipvs)

    def source_for(self, destination: str) -> str | None:
        """The node's own address for packets to ``destination``; None without a route."""
        routing = self._plane.node.routing
        value = address.number(destination)
        if routing.kind(value, 4) == "LOCAL":
            return destination
        route = routing.route(value, 4)
        if route is None:
            return None
        found = routing.primary(route.iface, address.number(route.via or destination), 4)
        return None if found is None else address.text(found)

    def receive(self, packet: Packet, iface: str) -> Trace:
        """A packet comes in on an interface."""
        return self._plane.receive(_entering(packet, iface), self.state)

    def emit(self, packet: Packet) -> Trace:
        """A process of the node sends a packet."""
        return self._plane.emit(packet, self.state)


def _entering(packet: Packet, iface: str) -> Packet:
    """As it stands at PREROUTING: marks do not cross the wire."""
    return Packet(
        packet.src, packet.dst, packet.proto, packet.sport, packet.dport, packet.flags,
        in_iface=iface, length=packet.length, ttl=packet.ttl, icmp_type=packet.icmp_type,
        icmp_code=packet.icmp_code, inner=packet.inner,
    )  # fmt: skip
