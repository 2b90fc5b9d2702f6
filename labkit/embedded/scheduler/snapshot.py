"""What the scheduler knows when it looks for a node: nodes, and which Pods sit on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from labkit.embedded.controllers.objects import labels, name, pod_finished
from labkit.embedded.interfaces import Json
from labkit.embedded.schema import quantity


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """A node and the unfinished Pods that are assigned to it."""

    node: Json
    pods: tuple[Json, ...]

    @property
    def labels(self) -> Mapping[str, str]:
        return labels(self.node)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All nodes, and what else placement depends on."""

    nodes: tuple[NodeInfo, ...]
    services: tuple[Json, ...]
    owners: Mapping[str, Json]
    """ReplicaSets and StatefulSets by uid."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a Pod does not fit on a node, in kube-scheduler's words.

    ``evictable`` says whether removing other Pods could help (Unschedulable as opposed to
    UnschedulableAndUnresolvable).
    """

    reasons: tuple[str, ...]
    evictable: bool = False


class Filter(Protocol):
    """May this Pod run on this node?  ``None`` means yes."""

    def __call__(self, pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None: ...


class Score(Protocol):
    """How good each of the feasible nodes is, 0 to 100."""

    def __call__(
        self, pod: Json, feasible: list[NodeInfo], all_: Snapshot
    ) -> Mapping[str, float]: ...


def snapshot(
    nodes: Iterable[Json], pods: Iterable[Json], services: Iterable[Json], owners: Iterable[Json]
) -> Snapshot:
    """Put together from the mirrors."""
    seated: dict[str, list[Json]] = {}
    for pod in pods:
        where = pod["spec"].get("nodeName")
        if where and not pod_finished(pod):
            seated.setdefault(str(where), []).append(pod)
    infos = tuple(
        NodeInfo(node, tuple(seated.get(name(node), ()))) for node in sorted(nodes, key=name)
    )
    return Snapshot(infos, tuple(services), {str(o["metadata"]["uid"]): o for o in owners})


def amount(text: object) -> Fraction:
    """A quantity as a number; 0 for none."""
    return quantity.parse(str(text)) if text not in (None, "") else Fraction(0)


def requests(pod: Json) -> dict[str, Fraction]:
    """What a Pod asks for: the sum of its containers, or its largest init container, and its
    overhead (``resource.PodRequests``)."""
    spec = pod["spec"]
    total: dict[str, Fraction] = {}
    for container in spec.get("containers") or []:
        for resource, value in _asked(container).items():
            total[resource] = total.get(resource, Fraction(0)) + value
    for container in spec.get("initContainers") or []:
        for resource, value in _asked(container).items():
            total[resource] = max(total.get(resource, Fraction(0)), value)
    for resource, text in (spec.get("overhead") or {}).items():
        total[resource] = total.get(resource, Fraction(0)) + amount(text)
    return total


def _asked(container: Json) -> dict[str, Fraction]:
    found = (container.get("resources") or {}).get("requests") or {}
    return {resource: amount(text) for resource, text in found.items()}
