"""Role and ClusterRole.  Source: pkg/apis/rbac/validation (ValidatePolicyRule)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import invalid, required
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(role: Json) -> list[Cause]:
    """What is wrong with a new role."""
    return meta.create(role, names.path_segment) + _rules(role)


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed role."""
    return meta.update(new, old) + _rules(new)


def _rules(role: Json) -> list[Cause]:
    namespaced = role.get("kind") == "Role"
    return [
        cause
        for at, rule in enumerate(role.get("rules") or ())
        for cause in _rule(rule, f"rules[{at}]", namespaced)
    ]


def _rule(rule: Json, path: str, namespaced: bool) -> list[Cause]:
    causes: list[Cause] = []
    if not rule.get("verbs"):
        causes.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls, kinds = rule.get("nonResourceURLs"), rule.get("resources")
    if urls:
        if namespaced:
            says = "namespaced rules cannot apply to non-resource URLs"
            causes.append(invalid(f"{path}.nonResourceURLs", list(urls), says))
        if kinds or rule.get("apiGroups") or rule.get("resourceNames"):
            says = "rules cannot apply to both regular resources and non-resource URLs"
            causes.append(invalid(f"{path}.nonResourceURLs", list(urls), says))
        return causes
    if not rule.get("apiGroups"):
        says = "resource rules must supply at least one api group"
        causes.append(required(f"{path}.apiGroups", says))
    if not kinds:
        says = "resource rules must supply at least one resource"
        causes.append(required(f"{path}.resources", says))
    return causes
