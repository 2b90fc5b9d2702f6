"""What all Pods of one node share."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field

from labkit.clock import Clock
from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json, Network, Program
from labkit.embedded.kubelet.addresses import Addresses
from labkit.embedded.kubelet.logs import LogStore
from labkit.embedded.kubelet.pull import Puller
from labkit.plan import NodePlan


@dataclass(frozen=True, slots=True)
class Machine:
    """One node as its kubelet has it."""

    plan: NodePlan
    cluster: Cluster
    network: Network
    puller: Puller
    addresses: Addresses
    logs: LogStore
    events: Recorder
    max_grace_seconds: float
    programs: Mapping[str, Program] = field(default_factory=dict)
    """What is installed on the node itself, for containers that may enter its namespaces."""
    disk: MutableMapping[str, bytes] = field(default_factory=dict)
    """The node's own (emulated) file system, which ``hostPath`` volumes show; gone after a
    restart of the server."""

    @property
    def clock(self) -> Clock:
        return self.cluster.clock

    def node(self) -> Json:
        """The Node object (empty if someone deleted it)."""
        return self.cluster.get("nodes", "", self.plan.name) or {}

    def find(self, resource: str, namespace: str, name: str) -> Json | None:
        """A ConfigMap or a Secret."""
        return self.cluster.get(resource, namespace, name)
