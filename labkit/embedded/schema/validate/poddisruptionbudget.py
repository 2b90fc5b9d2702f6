"""PodDisruptionBudget.  Source: ValidatePodDisruptionBudgetSpec (pkg/apis/policy/validation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import invalid
from labkit.embedded.schema.validate.workload import int_or_percent, not_over_100_percent
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(budget: Json) -> list[Cause]:
    """What is wrong with a new PodDisruptionBudget."""
    return meta.create(budget) + _spec(budget.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed PodDisruptionBudget."""
    return meta.update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        says = "minAvailable and maxUnavailable cannot be both set"
        causes.append(invalid("spec", dict(spec), says))
    for field in ("minAvailable", "maxUnavailable"):
        if spec.get(field) is not None:
            causes += int_or_percent(spec[field], f"spec.{field}")
            causes += not_over_100_percent(spec[field], f"spec.{field}")
    return causes + meta.label_selector(spec.get("selector"), "spec.selector")
