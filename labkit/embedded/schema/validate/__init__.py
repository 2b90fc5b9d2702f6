"""What the API server refuses, and how it says so: one file per kind.

``validate_create`` and ``validate_update`` give a list of ``Cause``, in the server's order;
empty means valid.  The caller makes the 422 of it (``status.invalid``).  Objects must be
decoded and defaulted; for an update, prepared (``strategy.py``).

Source: pkg/apis/*/validation of Kubernetes v1.36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from labkit.embedded.schema.fields import GVK
from labkit.embedded.status import Cause

Json = Mapping[str, Any]
Create = Callable[[Json], list[Cause]]
Update = Callable[[Json, Json], list[Cause]]

_HOMES = {
    ("", "Pod"): "pod",
    ("", "Service"): "service",
    ("", "Namespace"): "namespace",
    ("", "ConfigMap"): "configmap",
    ("", "Secret"): "secret",
    ("", "Node"): "node",
    ("", "Event"): "event",
    ("", "PersistentVolumeClaim"): "persistentvolumeclaim",
    ("", "ReplicationController"): "replicationcontroller",
    ("", "ResourceQuota"): "resourcequota",
    ("apps", "Deployment"): "deployment",
    ("apps", "ReplicaSet"): "replicaset",
    ("apps", "StatefulSet"): "statefulset",
    ("apps", "DaemonSet"): "daemonset",
    ("batch", "Job"): "job",
    ("batch", "CronJob"): "cronjob",
    ("discovery.k8s.io", "EndpointSlice"): "endpointslice",
    ("coordination.k8s.io", "Lease"): "lease",
    ("networking.k8s.io", "Ingress"): "ingress",
    ("networking.k8s.io", "IngressClass"): "ingressclass",
    ("networking.k8s.io", "IPAddress"): "ipaddress",
    ("networking.k8s.io", "NetworkPolicy"): "networkpolicy",
    ("networking.k8s.io", "ServiceCIDR"): "servicecidr",
    ("policy", "PodDisruptionBudget"): "poddisruptionbudget",
    ("autoscaling", "Scale"): "scale",
    ("rbac.authorization.k8s.io", "Role"): "role",
    ("rbac.authorization.k8s.io", "ClusterRole"): "role",
    ("rbac.authorization.k8s.io", "RoleBinding"): "rolebinding",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "rolebinding",
}


@cache
def _checks(group: str, kind: str) -> tuple[Create, Update]:
    home = _HOMES.get((group, kind), "meta")
    module = import_module(f"{__name__}.{home}")
    return module.create, module.update


def validate_create(gvk: GVK, obj: Json) -> list[Cause]:
    """What is wrong with a new object.  Kinds without a file of their own: their metadata."""
    return _checks(gvk.group, gvk.kind)[0](obj)


def validate_update(gvk: GVK, new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed object."""
    return _checks(gvk.group, gvk.kind)[1](new, old)
