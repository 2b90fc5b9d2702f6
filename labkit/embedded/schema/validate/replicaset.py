"""ReplicaSet.

Source: ValidateReplicaSet, ValidateReplicaSetUpdate (pkg/apis/apps/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import not_negative, unchanged
from labkit.embedded.schema.validate.workload import always_restarts, workload_template
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(replica_set: Json) -> list[Cause]:
    """What is wrong with a new ReplicaSet."""
    return meta.create(replica_set) + _spec(replica_set.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed ReplicaSet."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old) + _spec(spec)
    selector = meta.selector_struct(spec.get("selector") or {})
    return causes + unchanged("spec.selector", selector, dict(before.get("selector") or {}))


def _spec(spec: Json) -> list[Cause]:
    causes = not_negative("spec.replicas", spec.get("replicas"))
    causes += not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    causes += meta.workload_selector(spec, "deployment")
    return causes + workload_template(spec) + always_restarts(spec)
