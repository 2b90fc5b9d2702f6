"""Who may do what: users, and the rules of Roles that their bindings give them.

Source: plugin/pkg/auth/authorizer/rbac (RBACAuthorizer), pkg/apis/rbac/v1/evaluation_helpers.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labkit.embedded.kinds.base import Json, World

GROUP = "rbac.authorization.k8s.io"
ROLES, BINDINGS = f"roles.{GROUP}", f"rolebindings.{GROUP}"
CLUSTER_ROLES, CLUSTER_BINDINGS = f"clusterroles.{GROUP}", f"clusterrolebindings.{GROUP}"
MASTERS = frozenset({"system:masters", "kubeadm:cluster-admins"})
AUTHENTICATED = "system:authenticated"
ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user and the groups it is in."""

    name: str = "kubernetes-admin"
    groups: tuple[str, ...] = ("kubeadm:cluster-admins", AUTHENTICATED)

    @property
    def may_do_anything(self) -> bool:
        return not MASTERS.isdisjoint(self.groups)


@dataclass(frozen=True, slots=True)
class Request:
    """A request for an object; ``resource`` with its sub-resource: ``pods/log``."""

    verb: str
    resource: str
    group: str
    namespace: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """The rules that one binding gives to a user, and how the API server speaks of it."""

    rules: tuple[Json, ...]
    told: str


def grants(world: World, who: Visitor, namespace: str | None) -> Iterator[Grant]:
    """Everything that the bindings of the cluster, and of one namespace, give to a user."""
    for binding in world.all(CLUSTER_BINDINGS):
        yield from _grant(world, who, binding)
    for binding in world.all(BINDINGS, namespace) if namespace else ():
        yield from _grant(world, who, binding)


def allowed(world: World, who: Visitor, asked: Request) -> str | None:
    """Why a request is allowed, in the words of the API server; None when it is not."""
    for grant in grants(world, who, asked.namespace):
        if any(_covers(rule, asked) for rule in grant.rules):
            return grant.told
    return None


def path_allowed(world: World, who: Visitor, verb: str, path: str) -> str | None:
    """The same for a path that is no object (``/healthz``)."""
    for grant in grants(world, who, None):
        for rule in grant.rules:
            paths = rule.get("nonResourceURLs") or ()
            if _among(verb, rule["verbs"]) and any(_is_path(each, path) for each in paths):
                return grant.told
    return None


def _grant(world: World, who: Visitor, binding: Json) -> Iterator[Grant]:
    where = binding["metadata"].get("namespace", "")
    subject = next((s for s in binding.get("subjects") or () if _is(s, who, where)), None)
    if subject is None:
        return
    role = binding["roleRef"]
    clusterwide = role["kind"] == "ClusterRole"
    found = world.find(CLUSTER_ROLES if clusterwide else ROLES, "" if clusterwide else where,
                       role["name"])  # fmt: skip
    if found is not None:
        title = binding["metadata"]["name"] + (f"/{where}" if where else "")
        about = f'{"RoleBinding" if where else "ClusterRoleBinding"} "{title}"'
        about += f' of {role["kind"]} "{role["name"]}" to {_named(subject, where)}'
        yield Grant(tuple(found.get("rules") or ()), f"RBAC: allowed by {about}")


def _is(subject: Json, who: Visitor, where: str) -> bool:
    kind, name = subject.get("kind"), subject.get("name")
    if kind == "Group":
        return name in who.groups
    if kind == "ServiceAccount":
        return who.name == f"{ACCOUNT}{subject.get('namespace') or where}:{name}"
    return kind == "User" and name == who.name


def _named(subject: Json, where: str) -> str:
    name = subject["name"]
    if subject["kind"] == "ServiceAccount":
        name = f"{name}/{subject.get('namespace') or where}"
    return f'{subject["kind"]} "{name}"'


def _covers(rule: Json, asked: Request) -> bool:
    listed, names = rule.get("resources") or (), rule.get("resourceNames") or ()
    part = asked.resource.partition("/")[2]
    resource = _among(asked.resource, listed) or (bool(part) and f"*/{part}" in listed)
    return (
        resource
        and _among(asked.verb, rule["verbs"])
        and _among(asked.group, rule.get("apiGroups") or ())
        and (not names or asked.name in names)
    )


def _among(value: str, listed: list[str] | tuple[str, ...]) -> bool:
    return "*" in listed or value in listed


def _is_path(pattern: str, path: str) -> bool:
    if pattern.endswith("*"):
        return path.startswith(pattern.rstrip("*"))
    return pattern == path
