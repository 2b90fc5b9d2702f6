"""The ClusterRoles that every cluster has, and who holds them.

After plugin/pkg/auth/authorizer/rbac/bootstrappolicy, for the resources that exist here; there
``view``, ``edit`` and ``admin`` are put together from parts by their labels.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.embedded.interfaces import Json
from labkit.embedded.kinds.review import ASK, DISCOVERY, PUBLIC
from labkit.embedded.kinds.rights import (
    AUTHENTICATED,
    CLUSTER_BINDINGS,
    CLUSTER_ROLES,
    GROUP,
)

READ = ["get", "list", "watch"]
WRITE = ["create", "delete", "deletecollection", "patch", "update"]
STREAMS = "pods/attach pods/exec pods/portforward pods/proxy"


def _rule(verbs: list[str], group: str, resources: str) -> Json:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs}


VIEW = [
    _rule(READ, "", "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status "
          "pods replicationcontrollers replicationcontrollers/scale serviceaccounts services "
          "services/status"),
    _rule(READ, "", "bindings events limitranges namespaces/status pods/log pods/status "
          "replicationcontrollers/status resourcequotas resourcequotas/status"),
    _rule(READ, "", "namespaces"),
    _rule(READ, "discovery.k8s.io", "endpointslices"),
    _rule(READ, "apps", "controllerrevisions daemonsets daemonsets/status deployments "
          "deployments/scale deployments/status replicasets replicasets/scale replicasets/status "
          "statefulsets statefulsets/scale statefulsets/status"),
    _rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    _rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    _rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    _rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
]  # fmt: skip
EDIT = [
    _rule(READ, "", f"{STREAMS} secrets services/proxy"),
    _rule(["impersonate"], "", "serviceaccounts"),
    _rule(WRITE, "", f"pods {STREAMS}"),
    _rule(["create"], "", "pods/eviction"),
    _rule(WRITE, "", "configmaps events persistentvolumeclaims replicationcontrollers "
          "replicationcontrollers/scale secrets serviceaccounts services services/proxy"),
    _rule(["create"], "", "serviceaccounts/token"),
    _rule(WRITE, "apps", "daemonsets deployments deployments/rollback deployments/scale "
          "replicasets replicasets/scale statefulsets statefulsets/scale"),
    _rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    _rule(WRITE, "batch", "cronjobs jobs"),
    _rule(WRITE, "policy", "poddisruptionbudgets"),
    _rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
    _rule([*WRITE, *READ], "coordination.k8s.io", "leases"),
    *VIEW,
]  # fmt: skip
ADMIN = [
    _rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"),
    _rule([*WRITE, *READ], GROUP, "rolebindings roles"),
    *EDIT,
]
EVERYTHING: list[Json] = [
    _rule(["*"], "*", "*"),
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
]
ROLES: dict[str, list[Json]] = {
    "cluster-admin": EVERYTHING,
    "admin": ADMIN,
    "edit": EDIT,
    "view": VIEW,
    "system:basic-user": list(ASK),
    "system:discovery": [{"nonResourceURLs": list(DISCOVERY), "verbs": ["get"]}],
    "system:public-info-viewer": [{"nonResourceURLs": list(PUBLIC), "verbs": ["get"]}],
}
HOLDERS = {
    "cluster-admin": ("cluster-admin", ("system:masters",)),
    "kubeadm:cluster-admins": ("cluster-admin", ("kubeadm:cluster-admins",)),
    "system:basic-user": ("system:basic-user", (AUTHENTICATED,)),
    "system:discovery": ("system:discovery", (AUTHENTICATED,)),
    "system:public-info-viewer": (
        "system:public-info-viewer",
        (AUTHENTICATED, "system:unauthenticated"),
    ),
}


def roles() -> Iterator[tuple[str, None, Json]]:
    """Resource and object of each, the roles before their bindings."""
    labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    for name, rules in ROLES.items():
        about = {"name": name, "labels": labels}
        yield CLUSTER_ROLES, None, _object("ClusterRole", about, rules=rules)
    for name, (role, groups) in HOLDERS.items():
        about = {"name": name, **({} if name.startswith("kubeadm:") else {"labels": labels})}
        reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": role}
        subjects = [{"apiGroup": GROUP, "kind": "Group", "name": group} for group in groups]
        made = _object("ClusterRoleBinding", about, roleRef=reference, subjects=subjects)
        yield CLUSTER_BINDINGS, None, made


def _object(kind: str, about: Json, **content: object) -> Json:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": about, **content}
