"""What the API server fills in before it validates: one file per kind.

``defaulted`` does what the decoder's defaulting functions do (pkg/apis/*/v1/defaults.go);
``pod.admitted`` what the admission plugins of a default cluster add to a Pod;
``strategy.py`` what the registries do on create and update (status, generation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from labkit.embedded.schema.fields import GVK

Json = dict[str, Any]
Fill = Callable[[Json], None]

_HOMES = {
    ("", "Pod"): "pod",
    ("", "Service"): "service",
    ("", "Namespace"): "namespace",
    ("", "ConfigMap"): "configmap",
    ("", "Secret"): "secret",
    ("", "Node"): "node",
    ("", "Event"): "event",
    ("", "Endpoints"): "endpoints",
    ("", "PersistentVolume"): "persistentvolume",
    ("", "PersistentVolumeClaim"): "persistentvolumeclaim",
    ("", "ReplicationController"): "replicationcontroller",
    ("", "PodTemplate"): "podtemplate",
    ("apps", "Deployment"): "deployment",
    ("apps", "ReplicaSet"): "replicaset",
    ("apps", "StatefulSet"): "statefulset",
    ("apps", "DaemonSet"): "daemonset",
    ("batch", "Job"): "job",
    ("batch", "CronJob"): "cronjob",
    ("discovery.k8s.io", "EndpointSlice"): "endpointslice",
    ("networking.k8s.io", "IngressClass"): "ingressclass",
    ("networking.k8s.io", "NetworkPolicy"): "networkpolicy",
    ("rbac.authorization.k8s.io", "RoleBinding"): "rolebinding",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "rolebinding",
    ("scheduling.k8s.io", "PriorityClass"): "priorityclass",
    ("storage.k8s.io", "StorageClass"): "storageclass",
}


@cache
def _filler(group: str, kind: str) -> Fill | None:
    home = _HOMES.get((group, kind))
    if home is None:
        return None
    fill: Fill = import_module(f"{__name__}.{home}").fill
    return fill


def copied(value: Any) -> Any:
    """A deep copy of JSON."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def defaulted(gvk: GVK, obj: Mapping[str, Any]) -> Json:
    """The object with every default of its kind; the argument is left alone.

    Kinds without defaults come back as they are.
    """
    result: Json = copied(obj)
    fill = _filler(gvk.group, gvk.kind)
    if fill is not None:
        fill(result)
    return result
