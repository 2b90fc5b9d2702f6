"""kube-proxy, one per node: watches Services and slices, writes rules, reads them back.

What the node's packets walk through is parsed from the text that ``labkit.kubeproxy`` wrote:
generator and emulator meet in nothing but text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from labkit.clock import Clock
from labkit.embedded.interfaces import Api, Json
from labkit.embedded.network.machine import Machine
from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.kubeproxy.syncer import Syncer
from labkit.model.service import EndpointSlice, NodeInfo, Service
from labkit.plan import POD_CIDR, NodePlan
from labkit.ruleset.tables import Ruleset

SERVICES = "services"
SLICES = "endpointslices.discovery.k8s.io"
GATHER = 0.02
"""Seconds in which changes are gathered before the rules are written again."""


class NodeProxy:
    """The kube-proxy of one node.  ``syncs`` counts how often rules were written."""

    def __init__(self, machine: Machine, api: Api, clock: Clock) -> None:
        self._machine, self._api, self._clock = machine, api, clock
        self._syncer = Syncer(KubeProxy(_node_info(machine.plan), _config(), _host(machine.plan)))
        self._services: dict[tuple[str, str], Json] = {}
        self._slices: dict[tuple[str, str], Json] = {}
        self._changed = asyncio.Event()
        self._watches: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.syncs = 0

    async def start(self) -> None:
        """Write the first rules, then follow every change."""
        since = self._api.version()
        for resource, known in ((SERVICES, self._services), (SLICES, self._slices)):
            known.update((_key(obj), obj) for obj in self._api.list(resource))
        self.sync()
        for resource, known in ((SERVICES, self._services), (SLICES, self._slices)):
            watch = self._api.watch(resource, since=since)
            self._watches.append(watch)
            self._tasks.append(asyncio.ensure_future(self._follow(watch, known)))
        self._tasks.append(asyncio.ensure_future(self._write()))

    async def stop(self) -> None:
        """Stop following; the rules stay, as when a kube-proxy dies."""
        for watch in self._watches:
            watch.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._watches.clear()
        self._tasks.clear()

    async def _follow(self, watch: Any, known: dict[tuple[str, str], Json]) -> None:
        async for event in watch:
            if event.type in ("ADDED", "MODIFIED"):
                known[_key(event.object)] = event.object
            elif event.type == "DELETED":
                known.pop(_key(event.object), None)
            else:
                continue
            self._changed.set()

    async def _write(self) -> None:
        while True:
            await self._changed.wait()
            await self._clock.sleep(GATHER)
            self._changed.clear()
            self.sync()

    def sync(self) -> None:
        """Make the text, read it, and let it stand on the node."""
        services = [Service.from_dict(obj) for obj in _in_order(self._services)]
        slices = [EndpointSlice.from_dict(obj) for obj in _in_order(self._slices)]
        self._syncer.sync(services, slices, self._clock.monotonic())
        text = self._syncer.save_text()
        self._machine.set_rules(Ruleset.parse(text))
        self._forget_stale_udp(services, slices)
        self.syncs += 1

    def _forget_stale_udp(
        self, services: Iterable[Service], slices: Iterable[EndpointSlice]
    ) -> None:
        """Drop tracked UDP flows to endpoints that are gone (CleanStaleEntries).

        TCP flows are left alone: they live until they are closed or reset.
        """
        alive: dict[str, set[str]] = {}
        for one in slices:
            ready = (e.addresses[0] for e in one.endpoints if e.addresses and e.serving)
            alive.setdefault(one.service_key, set()).update(ready)
        addresses = {
            ip: alive.get(service.key, set())
            for service in services
            if any(port.protocol == "UDP" for port in service.ports)
            for ip in service.cluster_ips
        }
        table, now = self._machine.state.conntrack, self._machine.state.now
        for entry in list(table.entries(now)):
            if entry.flow[0] == UDP_NUMBER and entry.original.dst in addresses:
                if entry.reply.src not in addresses[entry.original.dst]:
                    table.remove(entry)


UDP_NUMBER = 17


def _key(obj: Json) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _in_order(known: dict[tuple[str, str], Json]) -> list[Json]:
    """By namespace and name, so that the text does not depend on who came first."""
    return [known[key] for key in sorted(known)]


def _node_info(plan: NodePlan) -> NodeInfo:
    return NodeInfo(plan.name, internal_ips=(plan.address,), pod_cidrs=(plan.pod_cidr,))


def _config() -> KubeProxyConfig:
    """As kubeadm writes it: the Pods' network is known."""
    return KubeProxyConfig(cluster_cidrs=(POD_CIDR,))


def _host(plan: NodePlan) -> HostFacts:
    return HostFacts(local_addresses=("127.0.0.1", plan.address, plan.pod_gateway))
