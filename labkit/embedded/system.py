"""Everything that moves, started and stopped in the right order.

::

    bootstrap objects -> network, images, kube-proxies -> mirrors -> controllers, scheduler
                      -> kubelets
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labkit import plan
from labkit.clock import Clock
from labkit.embedded.bootstrap import bootstrap
from labkit.embedded.chance import chance
from labkit.embedded.control import Control
from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.manager import ControllerManager
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Api, Images, Network, NodeRules, Power, Runtime
from labkit.embedded.kubelet.addresses import Addresses
from labkit.embedded.kubelet.logs import LogStore
from labkit.embedded.kubelet.machine import Machine
from labkit.embedded.kubelet.node import Kubelet
from labkit.embedded.kubelet.pull import Puller
from labkit.embedded.kubelet.runtime import KubeletRuntime
from labkit.embedded.programs.nsenter import node_programs
from labkit.embedded.proxyconfig import write_proxy_config
from labkit.embedded.scheduler import Scheduler

MAX_GRACE_SECONDS = 1.0


class PoweredNetwork(Network, Power, Protocol):
    """A network whose nodes can be switched off."""


class World(Protocol):
    """What ``labkit.embedded.network.build`` gives."""

    @property
    def network(self) -> PoweredNetwork: ...

    @property
    def images(self) -> Images: ...

    @property
    def node_rules(self) -> NodeRules: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


@dataclass(slots=True)
class System:
    """The running cluster behind an API."""

    runtime: Runtime
    node_rules: NodeRules
    cluster: Cluster
    control: Control
    _stops: list[Callable[[], Awaitable[None]]]

    async def stop(self) -> None:
        """Stop every task and process; the objects stay as they are."""
        for stop in self._stops:
            await stop()


async def start(
    api: Api,
    clock: Clock,
    *,
    runtime_dir: Path,
    seed: int | None = None,
    proxy_mode: str = "iptables",
    max_grace_seconds: float = MAX_GRACE_SECONDS,
) -> System:
    """Start the cluster; both nodes are Ready when this returns.

    ``runtime_dir`` takes the logs of the containers, ``proxy_mode`` is kube-proxy's.
    ``max_grace_seconds`` cuts the time that a container has to end after SIGTERM: a real node
    waits for the Pod's whole ``terminationGracePeriodSeconds`` (30 s unless it says less), and a
    ``sh -c`` as process 1 uses all of it, since it ignores SIGTERM.  Raises ``StatusError`` if
    the API refuses an object of the bootstrap.
    """
    from labkit.embedded.network import build

    world: World = build(api, clock, seed=seed, proxy_mode=proxy_mode)
    return await start_with(
        world,
        api,
        clock,
        runtime_dir=runtime_dir,
        seed=seed,
        proxy_mode=proxy_mode,
        max_grace_seconds=max_grace_seconds,
    )


async def start_with(
    world: World,
    api: Api,
    clock: Clock,
    *,
    runtime_dir: Path,
    seed: int | None = None,
    proxy_mode: str = "iptables",
    max_grace_seconds: float = MAX_GRACE_SECONDS,
) -> System:
    """As ``start``, over a network and images that the caller brings."""
    bootstrap(api, clock)
    write_proxy_config(api, proxy_mode)
    await world.start()
    cluster = Cluster(api, clock)
    manager = ControllerManager(cluster)
    scheduler = Scheduler(cluster, chance(seed))
    logs = LogStore(runtime_dir / "logs", clock)
    kubelets = {
        node.name: _kubelet(node, cluster, world, logs, max_grace_seconds) for node in plan.NODES
    }
    cluster.start()
    for kubelet in kubelets.values():
        kubelet.start()
    manager.start()
    scheduler.start()
    control = Control(api, clock, world.network, kubelets, manager)
    stops = [scheduler.stop, manager.stop, *(k.stop for k in kubelets.values())]
    return System(
        KubeletRuntime(kubelets),
        world.node_rules,
        cluster,
        control,
        [*stops, cluster.stop, world.stop],
    )


def _kubelet(
    node: plan.NodePlan, cluster: Cluster, world: World, logs: LogStore, max_grace: float
) -> Kubelet:
    events = Recorder(cluster, "kubelet", node.name)
    machine = Machine(
        plan=node,
        cluster=cluster,
        network=world.network,
        puller=Puller(world.images, events),
        addresses=Addresses(node.pod_cidr, node.pod_gateway),
        logs=logs,
        events=events,
        max_grace_seconds=max_grace,
        programs=node_programs(world.node_rules, node.name),
    )
    for resource in ("configmaps", "secrets", "services", "nodes", "leases.coordination.k8s.io"):
        cluster.informer(resource)
    return Kubelet(machine)
