"""What garbage collection and the deletion of namespaces look through."""

from __future__ import annotations

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.interfaces import Api
from labkit.embedded.status import StatusError

NAMESPACED = (
    "deployments.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "replicasets.apps",
    "controllerrevisions.apps",
    "cronjobs.batch",
    "jobs.batch",
    "pods",
    "services",
    "endpointslices.discovery.k8s.io",
    "endpoints",
    "configmaps",
    "secrets",
    "serviceaccounts",
    "events",
    "leases.coordination.k8s.io",
    "ingresses.networking.k8s.io",
    "networkpolicies.networking.k8s.io",
    "poddisruptionbudgets.policy",
    "horizontalpodautoscalers.autoscaling",
    "persistentvolumeclaims",
    "replicationcontrollers",
    "limitranges",
    "resourcequotas",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
)
CLUSTER_WIDE = (
    "nodes",
    "namespaces",
    "ingressclasses.networking.k8s.io",
    "servicecidrs.networking.k8s.io",
    "ipaddresses.networking.k8s.io",
)
"""What lies in no namespace, and may be deleted in the foreground or with an orphan as well."""
_NEVER_OWNED = ("events",)


def present(api: Api) -> list[str]:
    """Those of ``NAMESPACED`` that this API server has."""
    found = []
    for resource in NAMESPACED:
        try:
            api.list(resource, "default")
        except (StatusError, KeyError):
            continue
        found.append(resource)
    return found


def collected(cluster: Cluster) -> list[str]:
    """Those whose objects may have owners."""
    return [r for r in present(cluster.api) if r not in _NEVER_OWNED]
