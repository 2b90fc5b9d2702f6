"""Small questions that every controller asks of an object: owner, labels, readiness, times."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from labkit.embedded.interfaces import Json

Key = tuple[str, str]
"""Namespace ("" for cluster-wide objects) and name."""


def meta(obj: Json) -> Json:
    """The metadata of an object (empty if it has none)."""
    found: Json = obj.get("metadata") or {}
    return found


def namespace(obj: Json) -> str:
    return str(meta(obj).get("namespace") or "")


def name(obj: Json) -> str:
    return str(meta(obj).get("name") or "")


def uid(obj: Json) -> str:
    return str(meta(obj).get("uid") or "")


def key(obj: Json) -> Key:
    return namespace(obj), name(obj)


def labels(obj: Json) -> Mapping[str, str]:
    return meta(obj).get("labels") or {}


def notes(obj: Json) -> Mapping[str, str]:
    """The annotations."""
    return meta(obj).get("annotations") or {}


def deleting(obj: Json) -> bool:
    """Has someone asked for its deletion?"""
    return bool(meta(obj).get("deletionTimestamp"))


def copied(obj: Json) -> Json:
    """A copy that may be changed."""
    return copy.deepcopy(obj)


def version(obj: Json) -> int:
    """resourceVersion as a number; 0 if there is none."""
    text = str(meta(obj).get("resourceVersion") or "0")
    return int(text) if text.isdigit() else 0


def timestamp(seconds: float) -> str:
    """``2026-11-22T21:35:38Z``, as metav1.Time is written."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str | None) -> float:
    """The inverse of ``timestamp``; 0.0 for nothing."""
    if not text:
        return 0.0
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def owner_reference(api_version: str, kind: str, owner: Json) -> Json:
    """The reference that marks ``owner`` as the controller of a new object."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name(owner),
        "uid": uid(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Json) -> Json | None:
    """The ownerReference with ``controller: true``."""
    for reference in meta(obj).get("ownerReferences") or []:
        if reference.get("controller"):
            found: Json = reference
            return found
    return None


def controlled_by(obj: Json, owner: Json) -> bool:
    reference = controller_of(obj)
    return reference is not None and reference.get("uid") == uid(owner)


def selects(selector: Json | None, found: Mapping[str, str]) -> bool:
    """Does a metav1.LabelSelector match?  ``None`` matches nothing, ``{}`` everything."""
    if selector is None:
        return False
    for wanted_key, value in (selector.get("matchLabels") or {}).items():
        if found.get(wanted_key) != value:
            return False
    return all(expression_holds(e, found) for e in selector.get("matchExpressions") or [])


def expression_holds(expression: Json, found: Mapping[str, str]) -> bool:
    """One requirement: In, NotIn, Exists, DoesNotExist, Gt, Lt (the last two for nodes)."""
    operator, values = expression.get("operator"), expression.get("values") or []
    value = found.get(str(expression.get("key")))
    if operator == "In":
        return value is not None and value in values
    if operator == "NotIn":
        return value is None or value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    return _compared(str(operator), value, values)


def _compared(operator: str, value: str | None, values: list[str]) -> bool:
    try:
        have, want = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return have > want if operator == "Gt" else operator == "Lt" and have < want


def condition(obj: Json, kind: str) -> Json | None:
    """The condition of that type in ``status.conditions``."""
    for found in (obj.get("status") or {}).get("conditions") or []:
        if found.get("type") == kind:
            result: Json = found
            return result
    return None


def is_true(obj: Json, kind: str) -> bool:
    found = condition(obj, kind)
    return found is not None and found.get("status") == "True"


def pod_ready(pod: Json) -> bool:
    return is_true(pod, "Ready")


def pod_active(pod: Json) -> bool:
    """Neither finished nor being deleted (``controller.IsPodActive``)."""
    return not pod_finished(pod) and not deleting(pod)


def pod_finished(pod: Json) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def phase(pod: Json) -> str:
    return str((pod.get("status") or {}).get("phase") or "")


def available_in(pod: Json, min_ready: int, now: float) -> float | None:
    """Seconds until a Pod counts as available: 0.0 is now, ``None`` while it is not ready."""
    ready = condition(pod, "Ready")
    if ready is None or ready.get("status") != "True":
        return None
    since = seconds_of(ready.get("lastTransitionTime"))
    return max(0.0, since + min_ready - now) if min_ready else 0.0


def without_none(values: Mapping[str, Any]) -> Json:
    """Leave out what is ``None`` or 0 (Go's omitempty)."""
    return {k: v for k, v in values.items() if v is not None and v != 0}


def by_name(objects: Iterable[Json]) -> list[Json]:
    return sorted(objects, key=name)
