"""RoleBinding and ClusterRoleBinding.  Source: pkg/apis/rbac/validation (ValidateRoleBinding)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.defaults.rolebinding import RBAC
from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import invalid, required, unsupported
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(binding: Json) -> list[Cause]:
    """What is wrong with a new binding."""
    return meta.create(binding, names.path_segment) + _content(binding)


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed binding; whom it binds may change, to what may not."""
    causes = meta.update(new, old) + _content(new)
    if new.get("roleRef") != old.get("roleRef"):
        causes.append(invalid("roleRef", new.get("roleRef"), "cannot change roleRef"))
    return causes


def _content(binding: Json) -> list[Cause]:
    reference = binding.get("roleRef") or {}
    causes: list[Cause] = []
    if reference.get("apiGroup") != RBAC:
        causes.append(unsupported("roleRef.apiGroup", reference.get("apiGroup", ""), (RBAC,)))
    clusterwide = binding.get("kind") == "ClusterRoleBinding"
    kinds = ("ClusterRole",) if clusterwide else ("Role", "ClusterRole")
    if reference.get("kind") not in kinds:
        causes.append(unsupported("roleRef.kind", reference.get("kind", ""), kinds))
    if not reference.get("name"):
        causes.append(required("roleRef.name"))
    for at, subject in enumerate(binding.get("subjects") or ()):
        causes += _subject(subject, f"subjects[{at}]", clusterwide)
    return causes


def _subject(subject: Json, path: str, clusterwide: bool) -> list[Cause]:
    causes: list[Cause] = []
    kind, group = subject.get("kind", ""), subject.get("apiGroup", "")
    kinds = ("ServiceAccount", "User", "Group")
    wanted = "" if kind == "ServiceAccount" else RBAC
    if not subject.get("name"):
        causes.append(required(f"{path}.name"))
    if kind not in kinds:
        causes.append(unsupported(f"{path}.kind", kind, kinds))
    elif group != wanted:
        causes.append(unsupported(f"{path}.apiGroup", group, (wanted,)))
    if kind == "ServiceAccount" and clusterwide and not subject.get("namespace"):
        causes.append(required(f"{path}.namespace"))
    return causes
