"""DaemonSet.  Source: ValidateDaemonSet, ValidateDaemonSetUpdate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import (
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


def create(daemon_set: Json) -> list[Cause]:
    """What is wrong with a new DaemonSet."""
    return meta.create(daemon_set) + _spec(daemon_set.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed DaemonSet."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old)
    selector = meta.selector_struct(spec.get("selector") or {})
    causes += unchanged("spec.selector", selector, dict(before.get("selector") or {}))
    return causes + _spec(spec)


def _spec(spec: Json) -> list[Cause]:
    causes = meta.workload_selector(spec, "daemonset")
    causes += workload_template(spec) + always_restarts(spec)
    causes += not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    causes += _strategy(spec.get("updateStrategy") or {})
    return causes + not_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))


def _strategy(strategy: Json) -> list[Cause]:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    path = "spec.updateStrategy"
    if kind == "OnDelete":
        return []
    if kind != "RollingUpdate":
        return [unsupported(f"{path}.type", kind, ("RollingUpdate", "OnDelete"))]
    if rolling is None:
        return [required(f"{path}.rollingUpdate")]
    path = f"{path}.rollingUpdate"
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    causes = int_or_percent(unavailable, f"{path}.maxUnavailable")
    causes += int_or_percent(surge, f"{path}.maxSurge")
    causes += not_over_100_percent(unavailable, f"{path}.maxUnavailable")
    if number_of(unavailable) and number_of(surge):
        says = "may not be set when maxUnavailable is non-zero"
        causes.append(invalid(f"{path}.maxSurge", surge, says))
    elif not number_of(unavailable) and not number_of(surge):
        says = "cannot be 0 when maxSurge is 0"
        causes.append(required(f"{path}.maxUnavailable", says))
    return causes
