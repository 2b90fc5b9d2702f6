"""What a Deployment's status says: counts and the conditions Available and Progressing.

After pkg/controller/deployment/{progress,sync}.go and util/deployment_util.go; pure functions.
"""

from __future__ import annotations

import copy

from labkit.embedded.controllers import rolling
from labkit.embedded.controllers.conditions import other_conditions, with_condition
from labkit.embedded.controllers.objects import (
    condition,
    meta,
    name,
    seconds_of,
    timestamp,
    without_none,
)
from labkit.embedded.interfaces import Json

FAILURE = "ReplicaFailure"
_NO_DEADLINE = 2**31 - 1


def status_of(
    deployment: Json, sets: list[Json], new: Json | None, now: float
) -> tuple[Json, float | None]:
    """The status now, and in how many seconds a deadline wants another look."""
    status = _counts(deployment, sets, new)
    status = with_condition(status, _available(deployment, status, timestamp(now)))
    if deployment["spec"].get("paused"):
        return status, None
    status, wait = _with_progress(deployment, status, new, now)
    return _with_failure(status, sets, new), wait


def is_complete(deployment: Json, status: Json) -> bool:
    """Every replica is updated and available, and no old one is left (``DeploymentComplete``)."""
    wanted = rolling.desired(deployment)
    return bool(
        status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("observedGeneration", 0) >= int(meta(deployment).get("generation") or 0)
    )


def paused_condition(deployment: Json, now: str) -> Json | None:
    """The Progressing condition to write when pausing or resuming is new."""
    if not _has_deadline(deployment):
        return None
    found = condition(deployment, "Progressing")
    if found is not None and found.get("reason") == "ProgressDeadlineExceeded":
        return None
    was = found is not None and found.get("reason") == "DeploymentPaused"
    paused = bool(deployment["spec"].get("paused"))
    if paused and not was:
        return _condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", now)
    if was and not paused:
        return _condition(
            "Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed", now
        )
    return None


def _counts(deployment: Json, sets: list[Json], new: Json | None) -> Json:
    def added(field: str, of: list[Json]) -> int:
        return sum(int((s.get("status") or {}).get(field) or 0) for s in of)

    old = deployment.get("status") or {}
    available = added("availableReplicas", sets)
    status = without_none(
        {
            "observedGeneration": meta(deployment).get("generation"),
            "replicas": added("replicas", sets),
            "updatedReplicas": added("replicas", [new] if new else []),
            "readyReplicas": added("readyReplicas", sets),
            "availableReplicas": available,
            "unavailableReplicas": max(0, rolling.total(sets) - available),
            "collisionCount": old.get("collisionCount"),
        }
    )
    status["terminatingReplicas"] = added("terminatingReplicas", sets)
    return {**status, "conditions": copy.deepcopy(old.get("conditions") or [])}


def _available(deployment: Json, status: Json, now: str) -> Json:
    least = rolling.desired(deployment) - rolling.fenceposts(deployment)[1]
    if status.get("availableReplicas", 0) >= least:
        message = "Deployment has minimum availability."
        return _condition("Available", "True", "MinimumReplicasAvailable", message, now)
    message = "Deployment does not have minimum availability."
    return _condition("Available", "False", "MinimumReplicasUnavailable", message, now)


def _with_progress(
    deployment: Json, status: Json, new: Json | None, now: float
) -> tuple[Json, float | None]:
    if not _has_deadline(deployment):
        return {**status, "conditions": other_conditions(status, "Progressing")}, None
    text, about = timestamp(now), _about(deployment, new)
    found = condition(deployment, "Progressing")
    finished = found is not None and found.get("reason") == "NewReplicaSetAvailable"
    if finished and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return status, None
    if is_complete(deployment, status):
        message = f"{about} has successfully progressed."
        fresh = _condition("Progressing", "True", "NewReplicaSetAvailable", message, text)
        return with_condition(status, fresh), None
    if found is None and new is not None:
        message = f'Created new replica set "{name(new)}"'
        fresh = _condition("Progressing", "True", "NewReplicaSetCreated", message, text)
        return with_condition(status, fresh), float(_deadline(deployment))
    if _moved(deployment.get("status") or {}, status):
        return _moving(status, found, f"{about} is progressing.", text), float(
            _deadline(deployment)
        )
    return _timed(deployment, status, found, about, now)


def _moving(status: Json, found: Json | None, message: str, now: str) -> Json:
    """Progress was made: the update time moves, so that the deadline starts anew."""
    fresh = _condition("Progressing", "True", "ReplicaSetUpdated", message, now)
    if found is not None and found.get("status") == "True":
        fresh["lastTransitionTime"] = found["lastTransitionTime"]
    return {**status, "conditions": [*other_conditions(status, "Progressing"), fresh]}


def _timed(
    deployment: Json, status: Json, found: Json | None, about: str, now: float
) -> tuple[Json, float | None]:
    if found is None or found.get("reason") == "ProgressDeadlineExceeded":
        return status, None
    left = seconds_of(found.get("lastUpdateTime")) + _deadline(deployment) - now
    if left > 0:
        return status, left + 1
    if found.get("reason") == "NewReplicaSetAvailable":
        return status, None
    message = f"{about} has timed out progressing."
    fresh = _condition("Progressing", "False", "ProgressDeadlineExceeded", message, timestamp(now))
    return with_condition(status, fresh), None


def _moved(old: Json, new: Json) -> bool:
    """``DeploymentProgressing``: more updated, ready or available Pods, or fewer old ones."""

    def value(status: Json, field: str) -> int:
        return int(status.get(field) or 0)

    def outdated(status: Json) -> int:
        return value(status, "replicas") - value(status, "updatedReplicas")

    grown = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return outdated(new) < outdated(old) or any(value(new, f) > value(old, f) for f in grown)


def _with_failure(status: Json, sets: list[Json], new: Json | None) -> Json:
    """The failure of a ReplicaSet to make Pods is one of its Deployment (getReplicaFailures)."""
    order = [*([new] if new else []), *sets]
    found = next((c for owned in order if (c := condition(owned, FAILURE))), None)
    if found is not None:
        fresh = {**found, "lastUpdateTime": found["lastTransitionTime"]}
        return with_condition(status, fresh)
    return {**status, "conditions": other_conditions(status, FAILURE)}


def _about(deployment: Json, new: Json | None) -> str:
    if new is None:
        return f'Deployment "{name(deployment)}"'
    return f'ReplicaSet "{name(new)}"'


def _deadline(deployment: Json) -> int:
    value = deployment["spec"].get("progressDeadlineSeconds")
    return 600 if value is None else int(value)


def _has_deadline(deployment: Json) -> bool:
    return _deadline(deployment) != _NO_DEADLINE


def _condition(kind: str, value: str, reason: str, message: str, now: str) -> Json:
    return {
        "type": kind,
        "status": value,
        "lastUpdateTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
