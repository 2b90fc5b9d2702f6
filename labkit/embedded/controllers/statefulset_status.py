"""What a StatefulSet's status says; pure functions.

After updateStatus and completeRollingUpdate of pkg/controller/statefulset/stateful_set_control.go.
"""

from __future__ import annotations

from labkit.embedded.controllers.objects import (
    available_in,
    deleting,
    labels,
    meta,
    phase,
    pod_ready,
    without_none,
)
from labkit.embedded.controllers.revisions import POD_LABEL
from labkit.embedded.interfaces import Json


def first_number(owner: Json) -> int:
    """The ordinal that a StatefulSet begins with."""
    return int((owner["spec"].get("ordinals") or {}).get("start") or 0)


def wanted_numbers(owner: Json) -> list[int]:
    """The ordinals that a StatefulSet is to have."""
    value, start = owner["spec"].get("replicas"), first_number(owner)
    return list(range(start, start + (1 if value is None else int(value))))


def status_of(owner: Json, pods: list[Json], newest: str, now: float) -> tuple[Json, float | None]:
    """The status now, and in how many seconds a Pod will have been ready for long enough."""
    old = owner.get("status") or {}
    ready = [p for p in pods if phase(p) == "Running" and pod_ready(p)]
    staying = [p for p in pods if not deleting(p)]
    updated = [p for p in staying if labels(p).get(POD_LABEL) == newest]
    over = len(updated) == len(ready) == len(pods) == len(wanted_numbers(owner))
    over = over and (owner["spec"].get("updateStrategy") or {}).get("type") != "OnDelete"
    present = newest if over or not old.get("currentRevision") else str(old["currentRevision"])
    least = int(owner["spec"].get("minReadySeconds") or 0)
    waits = [available_in(p, least, now) for p in ready]
    counts = without_none(
        {
            "readyReplicas": len(ready),
            "currentReplicas": sum(1 for p in staying if labels(p).get(POD_LABEL) == present),
            "updatedReplicas": len(updated),
        }
    )
    status = {
        "observedGeneration": meta(owner).get("generation"),
        "replicas": len(pods),
        "availableReplicas": sum(1 for wait in waits if wait == 0),
        "currentRevision": present,
        "updateRevision": newest,
        "collisionCount": 0,
        **counts,
    }
    if old.get("conditions"):
        status["conditions"] = old["conditions"]
    return status, min((wait for wait in waits if wait), default=None)
