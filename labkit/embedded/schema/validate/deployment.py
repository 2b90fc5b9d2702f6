"""Deployment.

Source: ValidateDeployment, ValidateDeploymentUpdate (pkg/apis/apps/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import (
    forbidden,
    invalid,
    not_negative,
    required,
    unchanged,
    unsupported,
)
from labkit.embedded.schema.validate.workload import (
    always_restarts,
    int_or_percent,
    not_over_100_percent,
    number_of,
    workload_template,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(deployment: Json) -> list[Cause]:
    """What is wrong with a new Deployment."""
    return meta.create(deployment) + _spec(deployment.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Deployment."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old) + _spec(spec)
    selector = meta.selector_struct(spec.get("selector") or {})
    return causes + unchanged("spec.selector", selector, dict(before.get("selector") or {}))


def _spec(spec: Json) -> list[Cause]:
    causes = not_negative("spec.replicas", spec.get("replicas"))
    causes += meta.workload_selector(spec, "deployment")
    causes += workload_template(spec)
    causes += always_restarts(spec)
    causes += _strategy(spec.get("strategy") or {})
    causes += not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    causes += not_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline = spec.get("progressDeadlineSeconds")
    causes += not_negative("spec.progressDeadlineSeconds", deadline)
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        says = "must be greater than minReadySeconds"
        causes.append(invalid("spec.progressDeadlineSeconds", deadline, says))
    return causes


def _strategy(strategy: Json) -> list[Cause]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    path = "spec.strategy.rollingUpdate"
    if kind == "Recreate":
        says = "may not be specified when strategy `type` is 'Recreate'"
        return [] if rolling is None else [forbidden(path, says)]
    if kind != "RollingUpdate":
        return [unsupported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))]
    if rolling is None:
        return [required(path, "this should be defaulted and never be nil")]
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    causes = int_or_percent(unavailable, f"{path}.maxUnavailable")
    causes += int_or_percent(surge, f"{path}.maxSurge")
    if number_of(unavailable) == 0 and number_of(surge) == 0:
        says = "may not be 0 when `maxSurge` is 0"
        causes.append(invalid(f"{path}.maxUnavailable", unavailable, says))
    return causes + not_over_100_percent(unavailable, f"{path}.maxUnavailable")
