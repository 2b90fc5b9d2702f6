"""Which objects a quota is about: ``spec.scopes`` and ``spec.scopeSelector``.

Source: pkg/quota/v1/evaluator/core/pods.go (podMatchesScopeFunc).
"""

from __future__ import annotations

from labkit.embedded.kinds.base import Json, at
from labkit.embedded.schema.defaults.pod import qos_class


def concerns(quota: Json, resource: str, obj: Json) -> bool:
    """Without scopes a quota is about everything; with them about some Pods alone."""
    wanted = [
        {"scopeName": scope, "operator": "Exists"}
        for scope in at(quota, "spec", "scopes", default=[])
    ]
    wanted += at(quota, "spec", "scopeSelector", "matchExpressions", default=[])
    if not wanted:
        return True
    return resource == "pods" and all(_matches(expression, obj) for expression in wanted)


def _matches(expression: Json, pod: Json) -> bool:
    spec = pod.get("spec") or {}
    match expression["scopeName"]:
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "BestEffort":
            return qos_class(spec) == "BestEffort"
        case "NotBestEffort":
            return qos_class(spec) != "BestEffort"
        case "CrossNamespacePodAffinity":
            return _crosses(spec)
        case "PriorityClass":
            return _in_class(expression, spec.get("priorityClassName") or "")
    return False


def _in_class(expression: Json, name: str) -> bool:
    values = expression.get("values") or []
    match expression["operator"]:
        case "In":
            return name in values
        case "NotIn":
            return name not in values
        case "DoesNotExist":
            return not name
    return bool(name)


def _crosses(spec: Json) -> bool:
    """Does a term of its affinity look into other namespaces?"""
    terms: list[Json] = []
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = at(spec, "affinity", kind, default={})
        terms += rules.get("requiredDuringSchedulingIgnoredDuringExecution") or []
        weighted = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or []
        terms += [item["podAffinityTerm"] for item in weighted]
    return any(t.get("namespaces") or t.get("namespaceSelector") is not None for t in terms)
