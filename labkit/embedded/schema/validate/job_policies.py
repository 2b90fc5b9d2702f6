"""The policies of a Job: pod failures, success, limits per index.

Source: validateJobSpec, validatePodFailurePolicy, validateSuccessPolicy
(pkg/apis/batch/validation/validation.go).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import names
from labkit.embedded.schema.validate.errors import (
    duplicate,
    invalid,
    invalids,
    not_negative,
    required,
    too_many,
    unsupported,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
MOST_RULES, MOST_PATTERNS, MOST_CODES = 20, 20, 255
MOST_PARALLEL, MOST_FAILED_INDEXES = 100_000, 100_000
REPLACEMENTS = ("Failed", "TerminatingOrFailed")


def policies(spec: Json, path: str) -> list[Cause]:
    """What is wrong with the policies of a Job's spec, and with how they fit together."""
    causes = _limits(spec, path)
    if spec.get("podFailurePolicy") is not None:
        causes += _pod_failure_policy(spec, f"{path}.podFailurePolicy.rules")
    if spec.get("successPolicy") is not None:
        causes += _success_policy(spec, f"{path}.successPolicy")
    replacement = spec.get("podReplacementPolicy")
    allowed = ("Failed",) if spec.get("podFailurePolicy") is not None else REPLACEMENTS
    if replacement is not None and replacement not in allowed:
        causes.append(unsupported(f"{path}.podReplacementPolicy", replacement, allowed))
    return causes


def _limits(spec: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    if spec.get("completionMode") != "Indexed":
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if spec.get(field) is not None:
                says = "requires indexed completion mode"
                causes.append(invalid(f"{path}.{field}", spec[field], says))
        return causes
    if (spec.get("parallelism") or 0) > MOST_PARALLEL:
        says = f"must be less than or equal to {MOST_PARALLEL} when completion mode is Indexed"
        causes.append(invalid(f"{path}.parallelism", spec["parallelism"], says))
    most, completions = spec.get("maxFailedIndexes"), spec.get("completions")
    if most is not None and completions is not None and most > completions:
        says = "must be less than or equal to completions"
        causes.append(invalid(f"{path}.maxFailedIndexes", most, says))
    if most is not None and most > MOST_FAILED_INDEXES:
        says = f"must be less than or equal to {MOST_FAILED_INDEXES}"
        causes.append(invalid(f"{path}.maxFailedIndexes", most, says))
    return causes


def _pod_failure_policy(spec: Json, path: str) -> list[Cause]:
    rules = spec["podFailurePolicy"].get("rules") or []
    causes = [too_many(path, len(rules), MOST_RULES)] if len(rules) > MOST_RULES else []
    for at, rule in enumerate(rules):
        causes += _failure_rule(spec, rule, f"{path}[{at}]")
    template = (spec.get("template") or {}).get("spec") or {}
    policy = template.get("restartPolicy")
    if policy == "OnFailure":
        says = 'only "Never" is supported when podFailurePolicy is specified'
        where = path.removesuffix(".podFailurePolicy.rules")
        causes.append(invalid(f"{where}.template.spec.restartPolicy", policy, says))
    return causes


def _failure_rule(spec: Json, rule: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    action, here = rule.get("action") or "", f"{path}.action"
    if not action:
        listed = " ".join(f'"{each}"' for each in ACTIONS)
        causes.append(required(here, f"valid values: [{listed}]"))
    elif action == "FailIndex" and spec.get("backoffLimitPerIndex") is None:
        causes.append(invalid(here, action, "requires the backoffLimitPerIndex to be set"))
    elif action not in ACTIONS:
        causes.append(unsupported(here, action, ACTIONS))
    codes, patterns = rule.get("onExitCodes"), rule.get("onPodConditions") or []
    if codes is not None:
        causes += _exit_codes(spec, codes, f"{path}.onExitCodes")
    causes += _patterns(patterns, f"{path}.onPodConditions")
    if (codes is None) == (not patterns):
        says = "is required" if codes is None else "is not supported"
        which = "one of" if codes is None else "both"
        reason = f"specifying {which} OnExitCodes and OnPodConditions {says}"
        causes.append(Cause(path, "FieldValueInvalid", f"Invalid value: {reason}"))
    return causes


def _exit_codes(spec: Json, wanted: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    operator = wanted.get("operator") or ""
    if operator not in ("In", "NotIn"):
        here = f"{path}.operator"
        missing = required(here, 'valid values: ["In" "NotIn"]')
        causes.append(unsupported(here, operator, ("In", "NotIn")) if operator else missing)
    title = wanted.get("containerName")
    if title is not None and title not in _containers(spec):
        says = "must be one of the container or initContainer names in the pod template"
        causes.append(invalid(f"{path}.containerName", title, says))
    values, here = list(wanted.get("values") or []), f"{path}.values"
    if not values:
        causes.append(invalid(here, values, "at least one value is required"))
    elif len(values) > MOST_CODES:
        causes.append(too_many(here, len(values), MOST_CODES))
    for at, value in enumerate(values):
        if operator == "In" and value == 0:
            causes.append(invalid(f"{here}[{at}]", value, "must not be 0 for the In operator"))
        if value in values[:at]:
            causes.append(duplicate(f"{here}[{at}]", value))
    if values != sorted(values):
        causes.append(invalid(here, values, "must be ordered"))
    return causes


def _containers(spec: Json) -> set[str]:
    pod = (spec.get("template") or {}).get("spec") or {}
    listed = [*(pod.get("containers") or ()), *(pod.get("initContainers") or ())]
    return {str(container.get("name")) for container in listed}


def _patterns(patterns: list[Json], path: str) -> list[Cause]:
    causes: list[Cause] = []
    if len(patterns) > MOST_PATTERNS:
        causes.append(too_many(path, len(patterns), MOST_PATTERNS))
    states = ("False", "True", "Unknown")
    for at, pattern in enumerate(patterns):
        kind, status = pattern.get("type", ""), pattern.get("status", "")
        causes += invalids(f"{path}[{at}].type", kind, names.qualified_name(kind))
        if status not in states:
            causes.append(unsupported(f"{path}[{at}].status", status, states))
    return causes


def _success_policy(spec: Json, path: str) -> list[Cause]:
    policy = spec["successPolicy"]
    if spec.get("completionMode") != "Indexed":
        return [invalid(path, dict(policy), "requires indexed completion mode")]
    rules, here = policy.get("rules") or [], f"{path}.rules"
    if not rules:
        says = "at least one rules must be specified when the successPolicy is specified"
        return [required(here, says)]
    causes = [too_many(here, len(rules), MOST_RULES)] if len(rules) > MOST_RULES else []
    for at, rule in enumerate(rules):
        causes += _success_rule(rule, int(spec.get("completions") or 0), f"{here}[{at}]")
    return causes


def _success_rule(rule: Json, completions: int, path: str) -> list[Cause]:
    count, listed = rule.get("succeededCount"), rule.get("succeededIndexes")
    if count is None and listed is None:
        says = "at least one of succeededCount or succeededIndexes must be specified"
        return [required(path, says)]
    causes: list[Cause] = []
    total = 0
    if listed is not None:
        total, wrong = _indexes(listed, completions)
        says = f"error parsing succeededIndexes: {wrong}"
        causes += [invalid(f"{path}.succeededIndexes", listed, says)] if wrong else []
    if count is not None:
        here = f"{path}.succeededCount"
        causes += not_negative(here, count)
        most = "must be less than or equal to {} (the number of {})"
        if count > completions:
            says = most.format(completions, "specified completions")
            causes.append(invalid(here, count, says))
        if listed is not None and count > total:
            says = most.format(total, "indexes in the specified succeededIndexes field")
            causes.append(invalid(here, count, says))
    return causes


_PART = re.compile(r"([0-9]+)(?:-([0-9]+))?\Z")


def _no_interval(part: str) -> str:
    if part.count("-") <= 1:
        return f'cannot convert string to integer for index: "{part}"'
    return (
        f'the fragment "{part}" violates the requirement that an index interval can have at most '
        "two parts separated by '-'"
    )


def _indexes(text: str, completions: int) -> tuple[int, str]:
    """How many indexes ``1,3-5`` names, and what is wrong with it (``validateIndexesFormat``)."""
    total, last = 0, -1
    if not text:
        return 0, ""
    for part in text.split(","):
        found = _PART.match(part)
        if found is None:
            return 0, _no_interval(part)
        first, end = int(found[1]), int(found[2] or found[1])
        if max(first, end) >= completions:
            return 0, f'too large index: "{max(first, end)}"'
        if first <= last:
            return 0, f"non-increasing order, previous: {last}, current: {first}"
        if found[2] is not None and end <= first:
            return 0, f"non-increasing order, previous: {first}, current: {end}"
        total, last = total + end - first + 1, end
    return total, ""
