"""The sub-resources that are not a part of the object itself: scale, binding, eviction.

Source: kubernetes pkg/registry/apps/deployment/storage, pkg/registry/core/pod/storage
(storage.go: assignPod; eviction.go).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.kinds.ages import age, rfc3339
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Kind, at
from labkit.embedded.kinds.podstatus import condition
from labkit.embedded.kinds.words import NONE, labels_text, selector_text
from labkit.embedded.machinery import deleting, updating
from labkit.embedded.machinery.options import DeleteOptions, WriteOptions
from labkit.embedded.machinery.world import World
from labkit.embedded.schema.selectors import from_label_selector
from labkit.embedded.status import Cause, StatusError, conflict, invalid

Json = dict[str, Any]

BUDGETS = "poddisruptionbudgets.policy"
TWO_BUDGETS = (
    "This pod has more than one PodDisruptionBudget, "
    "which the eviction subresource does not support."
)


def _scale_cells(scale: Json, now: float) -> Cells:
    wanted, has = (at(scale, part, "replicas", default=0) for part in ("spec", "status"))
    return [scale["metadata"]["name"], wanted, has, age(scale, now)]


SCALE = Kind(
    "Scale",
    "scales",
    "autoscaling",
    columns=(NAME, Column("Desired", "integer"), Column("Available", "integer"), AGE),
    cells=_scale_cells,
)
"""How a ``Scale`` is shown (``get --subresource=scale``); it is stored with its object."""


def scale_of(obj: Json) -> Json:
    """The ``Scale`` of a Deployment, ReplicaSet, StatefulSet or ReplicationController."""
    data = obj["metadata"]
    keys = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    found = at(obj, "spec", "selector")
    plain = obj["kind"] == "ReplicationController"
    selector = labels_text(found) if plain else selector_text(found)
    status: Json = {"replicas": at(obj, "status", "replicas", default=0)}
    if selector != NONE:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: data[key] for key in keys if key in data},
        "spec": {"replicas": at(obj, "spec", "replicas", default=0)},
        "status": status,
    }


def rescale(world: World, kind: Kind, old: Json, scale: Json, options: WriteOptions) -> Json:
    """Write a changed ``Scale`` back into its object."""
    replicas = at(scale, "spec", "replicas", default=0)
    if replicas < 0:
        message = f"Invalid value: {replicas}: must be greater than or equal to 0"
        cause = Cause("spec.replicas", "FieldValueInvalid", message)
        raise invalid("Scale", "autoscaling", old["metadata"]["name"], [cause])
    version = at(scale, "metadata", "resourceVersion", default="")
    data = {**old["metadata"], "resourceVersion": version}
    new = {**old, "metadata": data, "spec": {**old["spec"], "replicas": replicas}}
    return scale_of(updating.commit(world, kind, old, new, options, "scale"))


def bind(world: World, kind: Kind, old: Json, binding: Json, options: WriteOptions) -> None:
    """Put a Pod on a node, once."""
    name = old["metadata"]["name"]
    node = at(binding, "target", "name", default="")
    taken = at(old, "spec", "nodeName")
    if old["metadata"].get("deletionTimestamp"):
        why = f"pod {name} is being deleted, cannot be assigned to a host"
        raise conflict("pods/binding", "", name, why)
    if taken:
        why = f'pod {name} is already assigned to node "{taken}"'
        raise conflict("pods/binding", "", name, why)
    scheduled = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": rfc3339(world.now()),
    }
    others = [
        c for c in at(old, "status", "conditions", default=[]) if c.get("type") != "PodScheduled"
    ]
    status = {**old.get("status", {}), "conditions": [*others, scheduled]}
    new = {
        **old,
        "metadata": dict(old["metadata"]),
        "spec": {**old["spec"], "nodeName": node},
        "status": status,
    }
    updating.settle(world, kind, old, new, options, "binding")


def evict(world: World, kind: Kind, pod: Json, options: DeleteOptions) -> Json:
    """Delete a Pod unless a disruption budget forbids it (429); the Pod says why it goes."""
    data = pod["metadata"]
    over = at(pod, "status", "phase") in ("Succeeded", "Failed", "Pending")
    budgets = [] if over or data.get("deletionTimestamp") else _budgets(world, pod)
    if len(budgets) > 1:
        raise StatusError(500, "InternalError", TWO_BUDGETS)
    for budget in budgets:
        _spend(world, budget, pod, options.dry_run)
    if not options.dry_run:
        _note_disruption(world, pod)
    deleting.delete(world, kind, data.get("namespace"), data["name"], options)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def _note_disruption(world: World, pod: Json) -> None:
    """``addConditionAndDeletePod``: the condition that failure policies of Jobs look for."""
    made = {
        "type": "DisruptionTarget",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": rfc3339(world.now()),
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
    }
    data, status = pod["metadata"], pod.get("status") or {}
    others = [c for c in status.get("conditions") or [] if c.get("type") != made["type"]]
    changed = {**pod, "status": {**status, "conditions": [*others, made]}}
    world.store.put("pods", data["namespace"], data["name"], changed)


def _budgets(world: World, pod: Json) -> list[Json]:
    data = pod["metadata"]
    return [
        budget
        for budget in world.all(BUDGETS, data.get("namespace"))
        if from_label_selector(at(budget, "spec", "selector")).matches(data.get("labels"))
    ]


def _spend(world: World, budget: Json, pod: Json, dry_run: bool) -> None:
    """Take one disruption from a budget (eviction.go, ``checkAndDecrement``)."""
    status, data = budget.get("status") or {}, budget["metadata"]
    if _needs_no_budget(budget, pod):
        return
    if status.get("observedGeneration", 0) < data.get("generation", 0):
        why = f"The disruption budget {data['name']} is still being processed by the server."
        raise _too_many(why, retry_after=10)
    if status.get("disruptionsAllowed", 0) <= 0:
        needs, has = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        why = f"needs {needs} healthy pods and has {has} currently"
        raise _too_many(f"The disruption budget {data['name']} {why}")
    if dry_run:
        return
    disrupted = {**status.get("disruptedPods", {}), pod["metadata"]["name"]: rfc3339(world.now())}
    left = status["disruptionsAllowed"] - 1
    spent = {**status, "disruptionsAllowed": left, "disruptedPods": disrupted}
    world.store.put(BUDGETS, data["namespace"], data["name"], {**budget, "status": spent})


def _needs_no_budget(budget: Json, pod: Json) -> bool:
    """A Pod that is not ready may go when the rest is healthy, or always if the budget says so."""
    if (condition(pod, "Ready") or {}).get("status") == "True":
        return False
    if at(budget, "spec", "unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    has, needs = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    return bool(has >= needs > 0)


def _too_many(why: str, *, retry_after: int = 0) -> StatusError:
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    details: Json = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return StatusError(429, "TooManyRequests", message, details)
