"""Lease.  Source: ValidateLeaseSpec (pkg/apis/coordination/validation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import invalid
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(lease: Json) -> list[Cause]:
    """What is wrong with a new Lease."""
    return meta.create(lease) + _spec(lease.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Lease."""
    return meta.update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    seconds, changes = spec.get("leaseDurationSeconds"), spec.get("leaseTransitions")
    if seconds is not None and seconds <= 0:
        causes.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
    if changes is not None and changes < 0:
        says = "must be greater than or equal to 0"
        causes.append(invalid("spec.leaseTransitions", changes, says))
    return causes
