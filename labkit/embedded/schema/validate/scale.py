"""Scale, the subresource of the workloads (ValidateScale)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import not_negative
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(scale: Json) -> list[Cause]:
    """What is wrong with a new Scale."""
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    return meta.create(scale) + not_negative("spec.replicas", replicas)


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Scale."""
    replicas = (new.get("spec") or {}).get("replicas", 0)
    return not_negative("spec.replicas", replicas)
