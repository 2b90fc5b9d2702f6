"""Which Pods go first when a ReplicaSet shrinks.

After ``ActivePodsWithRanks.Less`` of pkg/controller/controller_utils.go, in short.
"""

from __future__ import annotations

import math
from collections import Counter

from labkit.embedded.controllers.objects import (
    condition,
    meta,
    name,
    notes,
    phase,
    pod_ready,
    seconds_of,
)
from labkit.embedded.interfaces import Json

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def victims(pods: list[Json], related: list[Json], count: int, now: float) -> list[Json]:
    """The ``count`` Pods to delete.  ``related`` are all Pods of the same owner's owner: a node
    that holds more of them gives one up first."""
    crowd = Counter(_node(pod) for pod in related)
    ranked = sorted(pods, key=lambda pod: _rank(pod, crowd, now))
    return ranked[: max(0, count)]


def _rank(pod: Json, crowd: Counter[str], now: float) -> tuple[object, ...]:
    """Smaller goes first: unassigned, pending, unready, cheap, crowded, short ready, restarted,
    young."""
    ready = condition(pod, "Ready")
    since = seconds_of(ready.get("lastTransitionTime")) if ready and pod_ready(pod) else 0.0
    return (
        bool(_node(pod)),
        _PHASES.get(phase(pod), 0),
        pod_ready(pod),
        _cost(pod),
        -crowd[_node(pod)],
        _age_class(now - since) if pod_ready(pod) else 0,
        -_restarts(pod),
        _age_class(now - seconds_of(meta(pod).get("creationTimestamp"))),
        name(pod),
    )


def _node(pod: Json) -> str:
    return str(pod["spec"].get("nodeName") or "")


def _cost(pod: Json) -> int:
    text = notes(pod).get(DELETION_COST, "0")
    return int(text) if text.lstrip("-").isdigit() else 0


def _age_class(seconds: float) -> int:
    """Ages are compared by powers of two (LogarithmicScaleDown)."""
    return math.floor(math.log2(seconds)) if seconds >= 1 else -1


def _restarts(pod: Json) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return max((int(s.get("restartCount") or 0) for s in statuses), default=0)
