"""Conditions that are put into a status beside those that others put there.

After pkg/controller/deployment/util (``SetDeploymentCondition``) and ``UpdatePodCondition`` of
pkg/api/v1/pod.
"""

from __future__ import annotations

from labkit.embedded.interfaces import Json


def other_conditions(status: Json, kind: str) -> list[Json]:
    """The conditions of all types but this one, which stay as they are."""
    return [each for each in status.get("conditions") or [] if each["type"] != kind]


def with_condition(status: Json, fresh: Json) -> Json:
    """Put in a condition, unless it says the same; the status' change time is kept if it holds."""
    said = status.get("conditions") or []
    old = next((each for each in said if each["type"] == fresh["type"]), None)
    if old is not None:
        if (old["status"], old.get("reason")) == (fresh["status"], fresh["reason"]):
            return status
        if old["status"] == fresh["status"]:
            fresh = {**fresh, "lastTransitionTime": old["lastTransitionTime"]}
    return {**status, "conditions": [*other_conditions(status, fresh["type"]), fresh]}
