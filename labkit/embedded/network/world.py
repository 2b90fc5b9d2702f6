"""Everything together: nodes, network, images, and a kube-proxy on each node."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from labkit.clock import Clock
from labkit.embedded.chance import chance
from labkit.embedded.dns import resolver
from labkit.embedded.dns.resolver import Config
from labkit.embedded.images import BuiltInImages
from labkit.embedded.interfaces import Api, Images, Json, Net
from labkit.embedded.network.fabric import Fabric
from labkit.embedded.network.listing import rules_text
from labkit.embedded.network.machine import Machine
from labkit.embedded.network.net import StackNet, Wires
from labkit.embedded.network.outside import Outside
from labkit.embedded.network.portmap import ports_of
from labkit.embedded.network.stack import Stack
from labkit.embedded.network.surroundings import Surroundings
from labkit.embedded.network.tcp import Tcp
from labkit.embedded.network.udp import Udp
from labkit.embedded.proxy import NodeProxy
from labkit.plan import NODES


class EmulatedNetwork:
    """``interfaces.Network``: the nodes of the plan and the Pods that are attached."""

    def __init__(self, machines: dict[str, Machine], wires: Wires) -> None:
        self.machines = machines
        self._wires = wires

    def attach(self, node: str, address: str, pod: Json) -> Net:
        """A Pod's network; with ``hostNetwork`` the node's own.  An address can be had once."""
        machine = self.machines[node]
        if pod.get("spec", {}).get("hostNetwork"):
            return self._net(machine.host, pod)
        if self._stack(machine, address) is not None:
            raise ValueError(f"{address} is taken on {node}")
        stack = machine.plug(address)
        machine.map_ports(stack, pod["metadata"].get("uid", ""), ports_of(pod))
        return self._net(stack, pod)

    def detach(self, node: str, address: str) -> None:
        """The Pod is gone: its connections are reset, its address is free again."""
        machine = self.machines[node]
        stack = self._stack(machine, address)
        if stack is not None:
            machine.unplug(stack)

    def node_net(self, node: str) -> Net:
        """The node's own network."""
        return self._net(self.machines[node].host, {"metadata": {"name": node}, "spec": HOST})

    def outside_net(self) -> Net:
        """The network as the host sees it on which the nodes run: no resolver, no routes."""
        return StackNet(self._wires.fabric.outside.host, self._wires, Config())

    def switch_off(self, node: str) -> None:
        """The node's power is gone."""
        self.machines[node].switch_off()

    def switch_on(self, node: str) -> None:
        """It is back."""
        self.machines[node].switch_on()

    def _stack(self, machine: Machine, address: str) -> Stack | None:
        return next((one for one in machine.pods.values() if one.address == address), None)

    def _net(self, stack: Stack, pod: Json) -> StackNet:
        return StackNet(stack, self._wires, resolver.for_pod(pod, stack.address))


HOST: Json = {"hostNetwork": True}


class EmulatedRules:
    """``interfaces.NodeRules``."""

    def __init__(self, machines: dict[str, Machine], proxies: Sequence[NodeProxy]) -> None:
        self._machines = machines
        self._proxies = {proxy.node: proxy for proxy in proxies}

    def rules_text(self, node: str, *, counters: bool = False) -> str:
        """See ``listing.rules_text``."""
        return rules_text(self._machines[node], counters=counters)

    def conntrack_lines(self, node: str) -> list[str]:
        """What ``conntrack -L`` would print."""
        return self._machines[node].state.conntrack_lines()

    def last_sync(self, node: str) -> Json:
        """See ``NodeProxy.told``."""
        return self._proxies[node].told()


class World:
    """What the cluster's server holds of the network; ``start`` and ``stop`` the proxies."""

    def __init__(
        self,
        machines: dict[str, Machine],
        wires: Wires,
        images: Images,
        proxies: Sequence[NodeProxy],
        surroundings: Surroundings,
    ) -> None:
        self.network = EmulatedNetwork(machines, wires)
        self.node_rules = EmulatedRules(machines, proxies)
        self.images = images
        self.proxies = proxies
        self._surroundings = surroundings

    async def start(self) -> None:
        """First rules on every node, then follow changes."""
        self._surroundings.start()
        for proxy in self.proxies:
            await proxy.start()

    async def stop(self) -> None:
        """Stop the proxies and close every connection."""
        await asyncio.gather(*(proxy.stop() for proxy in self.proxies))
        await self._surroundings.stop()
        for machine in self.network.machines.values():
            for stack in machine.stacks():
                stack.shut()


def build(api: Api, clock: Clock, *, seed: int | None, proxy_mode: str = "iptables") -> World:
    """The emulated network for a cluster; ``seed`` None draws from the operating system."""
    source = chance(seed)
    machines = {
        plan.name: Machine(plan, clock, source.below(1 << 63), proxy_mode) for plan in NODES
    }
    surroundings = Surroundings(api)
    fabric = Fabric(machines, Outside(clock, source.below(1 << 63)), surroundings)
    wires = Wires(fabric, Tcp(fabric, clock, source), Udp(fabric, clock, source))
    proxies = {name: NodeProxy(one, api, clock) for name, one in machines.items()}
    images = BuiltInImages(api, source, proxies)
    return World(machines, wires, images, tuple(proxies.values()), surroundings)
