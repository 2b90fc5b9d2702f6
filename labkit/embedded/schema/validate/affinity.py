"""Affinity, topology spread and tolerations of a PodSpec.

Source: validateAffinity, validateTopologySpreadConstraints, ValidateTolerations
(pkg/apis/core/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import (
    duplicate,
    forbidden,
    invalid,
    invalids,
    required,
    unsupported,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def affinity(given: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    node = given.get("nodeAffinity") or {}
    if node.get(REQUIRED) is not None:
        causes += _node_selector(node[REQUIRED], f"{path}.nodeAffinity.{REQUIRED}")
    for at, term in enumerate(node.get(PREFERRED) or ()):
        here = f"{path}.nodeAffinity.{PREFERRED}[{at}]"
        causes += _weight(term, here)
        causes += _node_term(term.get("preference") or {}, f"{here}.preference")
    for kind in ("podAffinity", "podAntiAffinity"):
        pods = given.get(kind) or {}
        for at, term in enumerate(pods.get(REQUIRED) or ()):
            causes += _pod_term(term, f"{path}.{kind}.{REQUIRED}[{at}]")
        for at, term in enumerate(pods.get(PREFERRED) or ()):
            here = f"{path}.{kind}.{PREFERRED}[{at}]"
            causes += _weight(term, here)
            causes += _pod_term(term.get("podAffinityTerm") or {}, f"{here}.podAffinityTerm")
    return causes


def _weight(term: Json, path: str) -> list[Cause]:
    weight = term.get("weight", 0)
    if 0 < weight <= 100:
        return []
    return [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _node_selector(selector: Json, path: str) -> list[Cause]:
    terms = selector.get("nodeSelectorTerms") or ()
    if not terms:
        return [required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")]
    causes: list[Cause] = []
    for at, term in enumerate(terms):
        causes += _node_term(term, f"{path}.nodeSelectorTerms[{at}]")
    return causes


def _node_term(term: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for at, each in enumerate(term.get("matchExpressions") or ()):
        causes += _node_requirement(each, f"{path}.matchExpressions[{at}]")
    return causes


def _node_requirement(each: Json, path: str) -> list[Cause]:
    operator, values = each.get("operator", ""), each.get("values") or ()
    causes: list[Cause] = []
    if operator in ("In", "NotIn"):
        if not values:
            says = "must be specified when `operator` is 'In' or 'NotIn'"
            causes.append(required(f"{path}.values", says))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            says = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            causes.append(forbidden(f"{path}.values", says))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            says = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            causes.append(required(f"{path}.values", says))
    else:
        causes.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    key = each.get("key", "")
    return causes + invalids(f"{path}.key", key, names.qualified_name(key))


def _pod_term(term: Json, path: str) -> list[Cause]:
    causes = meta.label_selector(term.get("labelSelector"), f"{path}.labelSelector")
    key = term.get("topologyKey", "")
    if not key:
        causes.append(required(f"{path}.topologyKey", "can not be empty"))
    return causes + invalids(f"{path}.topologyKey", key, names.qualified_name(key))


def spread(constraints: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    actions = ("DoNotSchedule", "ScheduleAnyway")
    for at, constraint in enumerate(constraints):
        here = f"{path}[{at}]"
        skew = constraint.get("maxSkew", 0)
        if skew <= 0:
            causes.append(invalid(f"{here}.maxSkew", skew, "must be greater than zero"))
        key, action = constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", "")
        if not key:
            causes.append(required(f"{here}.topologyKey", "can not be empty"))
        if action not in actions:
            causes.append(unsupported(f"{here}.whenUnsatisfiable", action, actions))
        for other in constraints[at + 1 :]:
            if (other.get("topologyKey"), other.get("whenUnsatisfiable")) == (key, action):
                pair = f"{{{key}, {action}}}"
                causes.append(duplicate(f"{here}.{{topologyKey, whenUnsatisfiable}}", pair))
                break
        causes += meta.label_selector(constraint.get("labelSelector"), f"{here}.labelSelector")
    return causes


def tolerations(given: Sequence[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for at, toleration in enumerate(given):
        here, key = f"{path}[{at}]", toleration.get("key", "")
        operator, value = toleration.get("operator", ""), toleration.get("value", "")
        if key:
            causes += invalids(f"{here}.key", key, names.qualified_name(key))
        elif operator != "Exists":
            says = 'operator must be Exists when `key` is empty, which means "match all values '
            causes.append(invalid(f"{here}.operator", operator, says + 'and all keys"'))
        if (
            toleration.get("tolerationSeconds") is not None
            and toleration.get("effect") != "NoExecute"
        ):
            says = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            causes.append(invalid(f"{here}.effect", toleration.get("effect", ""), says))
        causes += _toleration_value(operator, value, here)
        effect = toleration.get("effect")
        if effect and effect not in EFFECTS:
            causes.append(unsupported(f"{here}.effect", effect, EFFECTS))
    return causes


def _toleration_value(operator: str, value: str, path: str) -> list[Cause]:
    if operator in ("", "Equal"):
        return invalids(f"{path}.operator", value, names.label_value(value)[:1])
    if operator == "Exists":
        says = "value must be empty when `operator` is 'Exists'"
        return [invalid(f"{path}.operator", value, says)] if value else []
    return [unsupported(f"{path}.operator", operator, ("Equal", "Exists"))]
