"""What the workloads share: templates, restart policy, integers or percentages.

Source: pkg/apis/apps/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import (
    forbidden,
    invalid,
    invalids,
    not_negative,
    unsupported,
)
from labkit.embedded.schema.validate.podspec import pod_template
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def workload_template(spec: Json) -> list[Cause]:
    """The template, and that the selector matches its labels (said first)."""
    return meta.matches_template(spec) + pod_template(spec.get("template") or {}, "spec.template")


def always_restarts(spec: Json) -> list[Cause]:
    """Pods of these workloads always restart and have no deadline."""
    pod = (spec.get("template") or {}).get("spec") or {}
    causes: list[Cause] = []
    if pod.get("restartPolicy") != "Always":
        path = "spec.template.spec.restartPolicy"
        causes.append(unsupported(path, pod.get("restartPolicy", ""), ("Always",)))
    if pod.get("activeDeadlineSeconds") is not None:
        says = "activeDeadlineSeconds in ReplicaSet is not Supported"
        causes.append(forbidden("spec.template.spec.activeDeadlineSeconds", says))
    return causes


def int_or_percent(value: Any, path: str) -> list[Cause]:
    """A number that is not negative, or a percentage."""
    if isinstance(value, str):
        return invalids(path, value, names.percent(value))
    return not_negative(path, value)


def number_of(value: Any) -> int:
    """The figure itself, without the percent sign; -1 for what is neither."""
    if isinstance(value, str):
        digits = value.removesuffix("%")
        return int(digits) if digits.isdigit() else -1
    return value or 0


def not_over_100_percent(value: Any, path: str) -> list[Cause]:
    if isinstance(value, str) and value.endswith("%") and number_of(value) > 100:
        return [invalid(path, value, "must not be greater than 100%")]
    return []
