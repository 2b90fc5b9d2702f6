"""What the kubelet itself checks before it starts a Pod: who is placed by name passes no scheduler.

After pkg/kubelet/lifecycle/predicate.go (generalFilter).
"""

from __future__ import annotations

from collections.abc import Iterable

from labkit.embedded.controllers.objects import pod_finished
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler import node_affinity, node_ports
from labkit.embedded.scheduler.snapshot import Filter, NodeInfo, Snapshot

PREDICATES: tuple[tuple[str, Filter], ...] = (
    ("NodeAffinity", node_affinity.fits),
    ("NodePorts", node_ports.fits),
)


def refusal(pod: Json, node: Json, others: Iterable[Json]) -> tuple[str, str] | None:
    """Reason and message of a Pod that this node does not take; ``others`` are on it already."""
    info = NodeInfo(node, tuple(other for other in others if not pod_finished(other)))
    for name, fits in PREDICATES:
        found = fits(pod, info, Snapshot((info,), (), {}))
        if found is not None:
            why = f"Predicate {name} failed: {', '.join(found.reasons)}"
            return name, f"Pod was rejected: {why}"
    return None
