"""RoleBinding and ClusterRoleBinding: the API group of role and subjects."""

from __future__ import annotations

from typing import Any

RBAC = "rbac.authorization.k8s.io"


def fill(binding: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    role = binding.setdefault("roleRef", {})
    if not role.get("apiGroup"):
        role["apiGroup"] = RBAC
    for subject in binding.get("subjects", ()):
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", RBAC)
