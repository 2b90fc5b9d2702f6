"""kube-proxy, one per node: watches Services and slices, writes rules, reads them back.

What the node's packets walk through is parsed from the text that ``labkit.kubeproxy`` wrote:
generator and emulator meet in nothing but text.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from labkit.clock import Clock
from labkit.dataplane.nodes import rules_of
from labkit.embedded.interfaces import Api, Json
from labkit.embedded.network.machine import Machine
from labkit.errors import LabkitError
from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.kubeproxy.syncer import Syncer, SyncResult
from labkit.model.service import EndpointSlice, NodeInfo, Service
from labkit.plan import POD_CIDR, SERVICE_CIDR, NodePlan
from labkit.ruleset.tables import KnownLines, Ruleset

Known = dict[tuple[str, str], Json]
"""Objects by namespace and name."""
Noun = TypeVar("Noun")
_log = logging.getLogger(__name__)

SERVICES = "services"
SLICES = "endpointslices.discovery.k8s.io"
NODES = "nodes"
CHANGES = ("ADDED", "MODIFIED", "DELETED")
GATHER = 0.02
"""Seconds in which changes are gathered before the rules are written again."""
SHARE, LONGEST_PAUSE = 3.0, 0.5
"""After a sync so many times the work of it are left to others, at most half a second.  kube-proxy
waits a whole one (``minSyncPeriod``)."""


class NodeProxy:
    """The kube-proxy of one node, in the mode of its machine.

    ``syncs`` counts how often rules were written; ``last`` is what the last one wrote (iptables
    mode, where kube-proxy writes again only what has changed).
    """

    def __init__(self, machine: Machine, api: Api, clock: Clock) -> None:
        self._machine, self._api, self._clock = machine, api, clock
        self._syncer = Syncer(_kube_proxy(machine.plan, machine.mode, {}))
        self._services: Known = {}
        self._slices: Known = {}
        self._nodes: Known = {}
        self._changed = asyncio.Event()
        self._watches: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._read_services = Reader(Service.from_dict)
        self._read_slices = Reader(EndpointSlice.from_dict)
        self._lines = KnownLines()
        self.syncs = 0
        self.last: SyncResult | None = None

    @property
    def node(self) -> str:
        """The name of its node."""
        return self._machine.plan.name

    def told(self) -> Json:
        """What the last sync wrote, for ``labkit/v1/nodes/NAME/sync``.

        ``text`` went to ``iptables-restore``; in the other modes it is empty, and only the
        number of syncs is told.  ``pending`` says that changes have come since.
        """
        last = self.last
        return {
            "node": self.node,
            "mode": self.mode,
            "number": self.syncs,
            "pending": bool(self._tasks) and self._changed.is_set(),
            "full": last.full if last else True,
            "large": last.large if last else False,
            "changedServices": list(last.changed_services) if last else [],
            "staleChains": list(last.stale_chains) if last else [],
            "text": last.text if last else "",
        }

    @property
    def mode(self) -> str:
        """iptables, nftables or ipvs."""
        return self._machine.mode

    async def start(self) -> None:
        """Write the first rules, then follow every change; nothing if it does so already."""
        if self._tasks:
            return
        since = self._api.version()
        kinds = ((SERVICES, self._services), (SLICES, self._slices), (NODES, self._nodes))
        for resource, known in kinds:
            known.clear()
            known.update((_key(obj), obj) for obj in self._api.list(resource))
        self.sync()
        for resource, known in kinds:
            watch = self._api.watch(resource, since=since)
            self._watches.append(watch)
            self._tasks.append(asyncio.ensure_future(self._follow(watch, known)))
        self._tasks.append(asyncio.ensure_future(self._write()))

    def halt(self) -> None:
        """Stop following; the rules stay, as when a kube-proxy dies."""
        for watch in self._watches:
            watch.close()
        for task in self._tasks:
            task.cancel()
        self._watches.clear()
        self._tasks.clear()

    async def stop(self) -> None:
        """The same, and wait for the end."""
        tasks = list(self._tasks)
        self.halt()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, watch: Any, known: Known) -> None:
        async for event in watch:
            key = _key(event.object) if event.type in CHANGES else ("", "")
            before = known.get(key)
            if event.type in ("ADDED", "MODIFIED"):
                known[key] = event.object
            elif event.type == "DELETED":
                known.pop(key, None)
            else:
                continue
            if known is not self._nodes or _relabelled(before, known.get(key)):
                self._changed.set()

    async def _write(self) -> None:
        rested = self._clock.monotonic()
        while True:
            await self._changed.wait()
            await self._clock.sleep(max(GATHER, rested - self._clock.monotonic()))
            self._changed.clear()
            began = self._clock.worked()
            try:
                self.sync()
            except Exception:  # a bug of ours must not end the following of changes
                _log.exception("kube-proxy on %s cannot write its rules", self._machine.plan.name)
                self._syncer.failed()
            rest = min(LONGEST_PAUSE, SHARE * (self._clock.worked() - began))
            rested = self._clock.monotonic() + rest

    def sync(self) -> None:
        """Make the text, read it, and let it stand on the node."""
        self._look_at_node()
        services = self._read_services.all(self._services)
        slices = self._read_slices.all(self._slices)
        if self._machine.mode == "iptables":
            self.last = self._syncer.sync(services, slices, self._clock.monotonic())
            text = self._syncer.save_text()
            self._machine.set_rules(text, Ruleset.parse(text, known=self._lines))
        else:
            self._machine.set_rules(*rules_of(self._syncer.proxy, services, slices))
        self._forget_stale_udp(services, slices)
        self.syncs += 1

    def _look_at_node(self) -> None:
        """The node's labels (its zone) count for topology hints."""
        plan = self._machine.plan
        node = self._nodes.get(("", plan.name), {})
        proxy = _kube_proxy(plan, self._machine.mode, node.get("metadata", {}).get("labels") or {})
        if proxy != self._syncer.proxy:
            self._syncer.reconfigure(proxy)

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


def _relabelled(before: Json | None, after: Json | None) -> bool:
    """Whether a Node's labels changed (its heartbeats do not matter)."""
    labels = [(one or {}).get("metadata", {}).get("labels") for one in (before, after)]
    return bool(labels[0] != labels[1])


class Reader(Generic[Noun]):
    """Reads objects into nouns, each only once: what has not changed is the same noun again."""

    def __init__(self, parse: Callable[[Json], Noun]) -> None:
        self._parse = parse
        self._seen: dict[tuple[str, str], tuple[Json, Noun | None]] = {}

    def all(self, known: Known) -> list[Noun]:
        """By namespace and name, so that the text does not depend on who came first."""
        before, self._seen = self._seen, {}
        for key in sorted(known):
            obj = known[key]
            old = before.get(key)
            self._seen[key] = old if old and old[0] is obj else (obj, self._read(key, obj))
        return [noun for _, noun in self._seen.values() if noun is not None]

    def _read(self, key: tuple[str, str], obj: Json) -> Noun | None:
        """One that cannot be read is left out and told to the log, as kube-proxy does."""
        try:
            return self._parse(obj)
        except LabkitError as error:
            _log.warning("kube-proxy passes over %s/%s: %s", *key, error)
            return None


def _key(obj: Json) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _kube_proxy(plan: NodePlan, mode: str, labels: Json) -> KubeProxy:
    """kube-proxy as kubeadm configures it: the Pods' network is known."""
    info = NodeInfo(
        plan.name,
        internal_ips=(plan.address,),
        pod_cidrs=(plan.pod_cidr,),
        labels=tuple(sorted(labels.items())),
    )
    config = KubeProxyConfig(mode=mode, cluster_cidrs=(POD_CIDR,))
    host = HostFacts(local_addresses=("127.0.0.1", plan.address, plan.pod_gateway))
    return KubeProxy(info, config, host, service_cidrs=(SERVICE_CIDR,))
