"""ResourceQuota.

Source: ValidateResourceQuota, ValidateResourceQuotaUpdate (pkg/apis/core/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema import quantity
from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import invalid, unsupported
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

COUNTS = (
    "pods", "services", "services.nodeports", "services.loadbalancers", "replicationcontrollers",
    "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
)  # fmt: skip
AMOUNTS = ("cpu", "memory", "ephemeral-storage", "storage")
SCOPES = (
    "BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass",
    "Terminating", "VolumeAttributesClass",
)  # fmt: skip


def create(quota: Json) -> list[Cause]:
    """What is wrong with a new ResourceQuota."""
    return meta.create(quota) + _spec(quota.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed ResourceQuota."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old) + _spec(spec)
    if sorted(spec.get("scopes") or ()) != sorted(before.get("scopes") or ()):
        causes.append(invalid("spec.scopes", spec.get("scopes"), "field is immutable"))
    return causes


def _spec(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    for name, text in (spec.get("hard") or {}).items():
        causes += _hard(f"spec.hard[{name}]", name, str(text))
    for scope in spec.get("scopes") or ():
        if scope not in SCOPES:
            causes.append(unsupported("spec.scopes", scope, SCOPES))
    return causes


def _hard(path: str, name: str, text: str) -> list[Cause]:
    causes: list[Cause] = []
    bare = name.removeprefix("requests.").removeprefix("limits.")
    counted = name in COUNTS or name.startswith("count/")
    if not counted and bare not in AMOUNTS and "/" not in name and "hugepages-" not in name:
        says = "must be a standard resource type or fully qualified"
        causes.append(invalid(path, name, says))
        causes.append(invalid(path, name, "must be a standard resource for quota"))
    value = quantity.parse(text)
    if value < 0:
        causes.append(invalid(path, text, "must be greater than or equal to 0"))
    if counted and value.denominator != 1:
        causes.append(invalid(path, text, "must be an integer"))
    return causes
