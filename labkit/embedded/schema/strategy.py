"""What the registries do with an object before validation: status, spec, generation.

Source: pkg/registry/*/*/strategy.go (PrepareForCreate, PrepareForUpdate) and
apiserver/pkg/registry/rest/meta.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.defaults import copied, daemonset, job, namespace, service
from labkit.embedded.schema.defaults.pod import qos_class
from labkit.embedded.schema.fields import GVK

Json = dict[str, Any]

# Kinds with a status subresource, and the status that a new object has.
_NEW_STATUS: Mapping[tuple[str, str], Json] = {
    ("", "Service"): {"loadBalancer": {}},
    ("", "ReplicationController"): {"replicas": 0},
    ("", "PersistentVolumeClaim"): {"phase": "Pending"},
    ("", "PersistentVolume"): {"phase": "Pending"},
    ("", "Namespace"): {"phase": "Active"},
    ("", "ResourceQuota"): {},
    ("apps", "Deployment"): {},
    ("apps", "ReplicaSet"): {"replicas": 0},
    ("apps", "StatefulSet"): {"availableReplicas": 0, "replicas": 0},
    ("apps", "DaemonSet"): {
        "currentNumberScheduled": 0,
        "desiredNumberScheduled": 0,
        "numberMisscheduled": 0,
        "numberReady": 0,
    },
    ("batch", "Job"): {},
    ("batch", "CronJob"): {},
    ("networking.k8s.io", "Ingress"): {"loadBalancer": {}},
    ("networking.k8s.io", "ServiceCIDR"): {},
    ("policy", "PodDisruptionBudget"): {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "disruptionsAllowed": 0,
        "expectedPods": 0,
    },
}
_STATUS_TOO = frozenset({("", "Pod"), ("", "Node")})

_KEPT_BY_STATUS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): ("labels",),
    ("", "Pod"): ("ownerReferences",),
}
"""Metadata that an update of the status may not change, beyond what no update may."""

_WITH_GENERATION = frozenset(
    {("", "Pod"), ("", "ReplicationController"), ("apps", "Deployment"), ("apps", "ReplicaSet"),
     ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job"), ("batch", "CronJob"),
     ("networking.k8s.io", "Ingress"), ("networking.k8s.io", "NetworkPolicy"),
     ("policy", "PodDisruptionBudget"), ("discovery.k8s.io", "EndpointSlice")}
)  # fmt: skip


def has_status(gvk: GVK) -> bool:
    """Whether the kind has a ``/status`` subresource."""
    return (gvk.group, gvk.kind) in _NEW_STATUS or (gvk.group, gvk.kind) in _STATUS_TOO


def prepared_for_create(gvk: GVK, obj: Mapping[str, Any]) -> Json:
    """A new object, after defaults and admission and before validation.

    ``metadata.uid`` and ``metadata.name`` must be there already (a Job's selector needs them).
    """
    result: Json = copied(obj)
    about = (gvk.group, gvk.kind)
    if about in _NEW_STATUS:
        result["status"] = copied(_NEW_STATUS[about])
    if about in _WITH_GENERATION:
        result["metadata"]["generation"] = 1
    if about == ("", "Pod"):
        quality = qos_class(result.get("spec", {}))
        result["status"] = {"phase": "Pending", "qosClass": quality}
    elif about == ("", "Service"):
        service.prepare(result, None)
    elif about == ("", "Namespace"):
        namespace.prepare(result)
    elif about == ("batch", "Job"):
        job.prepare(result)
    elif about == ("apps", "DaemonSet"):
        daemonset.prepare(result, None)
    return result


def prepared_for_update(
    gvk: GVK, obj: Mapping[str, Any], old: Mapping[str, Any], *, subresource: str = ""
) -> Json:
    """A changed object, after defaults and before validation.

    An ordinary update keeps the old status, one of ``status`` everything but the status and the
    metadata; the generation grows when what is asked for changed.
    """
    if subresource == "status":
        return _status_update((gvk.group, gvk.kind), obj, old)
    result: Json = copied(obj)
    about = (gvk.group, gvk.kind)
    if has_status(gvk):
        result.pop("status", None)
        if "status" in old:
            result["status"] = copied(old["status"])
    if about == ("", "Service"):
        service.prepare(result, old)
    if about == ("apps", "DaemonSet"):
        daemonset.prepare(result, old)
    if about == ("", "Namespace"):
        result["spec"] = copied(old.get("spec", {}))
    if about in _WITH_GENERATION:
        generation = old["metadata"].get("generation", 1)
        grown = generation + 1 if _asks_for_more(about, result, old) else generation
        result["metadata"]["generation"] = grown
    return result


def _status_update(about: tuple[str, str], obj: Mapping[str, Any], old: Mapping[str, Any]) -> Json:
    """The strategies of ``/status`` put the old spec back; labels and annotations may change."""
    result: Json = copied(old)
    result.pop("status", None)
    if "status" in obj:
        result["status"] = copied(obj["status"])
    result["metadata"] = copied(obj.get("metadata", {}))
    for field in _KEPT_BY_STATUS.get(about, ()):
        result["metadata"].pop(field, None)
        if field in old["metadata"]:
            result["metadata"][field] = copied(old["metadata"][field])
    return result


def _asks_for_more(about: tuple[str, str], new: Json, old: Mapping[str, Any]) -> bool:
    if about == ("discovery.k8s.io", "EndpointSlice"):
        same = all(
            new.get(field) == old.get(field) for field in ("endpoints", "ports", "addressType")
        )
        return not same or new["metadata"].get("labels") != old["metadata"].get("labels")
    if new.get("spec") != old.get("spec"):
        return True
    annotations = new["metadata"].get("annotations"), old["metadata"].get("annotations")
    return about == ("apps", "Deployment") and annotations[0] != annotations[1]
