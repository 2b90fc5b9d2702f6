"""The cluster as a map: nodes, Pods, one Service, each node's rules, and a connection's way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class MapNode:
    """A node; ``rules`` counts the rules of the Service that its kube-proxy has written (None:
    they cannot be seen on this back end)."""

    name: str
    address: str = ""
    pod_cidr: str = ""
    rules: int | None = None


@dataclass(frozen=True, slots=True)
class MapPod:
    """A Pod.  ``state`` is ``ready``, ``not-ready``, ``pending`` or ``terminating``; ``backend``
    tells that the Service selects it."""

    name: str
    node: str
    address: str = ""
    state: str = "ready"
    backend: bool = False


@dataclass(frozen=True, slots=True)
class MapService:
    """The Service in the middle: ``namespace/name``, its ClusterIP and port."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A new connection from ``pod`` to the Service: by the rules of ``node`` it goes to each
    address with its exact chance; ``chosen`` is where one real trace ended ("" if nowhere)."""

    pod: str
    node: str
    chances: Mapping[str, Fraction] = field(default_factory=dict)
    chosen: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ClusterMap:
    """What the map draws.  Without a Service or a client there is no ``flow``."""

    nodes: tuple[MapNode, ...]
    pods: tuple[MapPod, ...] = ()
    service: MapService | None = None
    flow: Flow | None = None

    def pods_of(self, node: str) -> tuple[MapPod, ...]:
        """The Pods of a node: the client first, then the backend, then others, by name."""
        client = self.flow.pod if self.flow else ""
        here = (pod for pod in self.pods if pod.node == node)
        return tuple(sorted(here, key=lambda pod: (pod.name != client, not pod.backend, pod.name)))

    def pod_at(self, address: str) -> MapPod | None:
        """The Pod that has the address."""
        return next((pod for pod in self.pods if address and pod.address == address), None)


@dataclass(frozen=True, slots=True)
class LiveMap:
    """A map that can be drawn again: ``measure(n)`` asks the cluster as it is now, and sends
    the n-th connection through its rules."""

    measure: Callable[[int], ClusterMap]
