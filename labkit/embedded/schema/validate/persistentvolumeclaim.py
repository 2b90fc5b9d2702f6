"""PersistentVolumeClaim.  Source: ValidatePersistentVolumeClaimSpec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.quantity import parse
from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import forbidden, invalid, required, unsupported
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_CHANGEABLE = ("resources", "volumeName", "volumeAttributesClassName")


def create(claim: Json) -> list[Cause]:
    """What is wrong with a new PersistentVolumeClaim."""
    spec = claim.get("spec") or {}
    causes = meta.create(claim)
    modes = spec.get("accessModes") or ()
    if not modes:
        causes.append(required("spec.accessModes", "at least 1 access mode is required"))
    causes += [unsupported("spec.accessModes", mode, MODES) for mode in modes if mode not in MODES]
    path = "spec.resources[storage]"
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if size is None:
        causes.append(required(path))
    elif parse(size) <= 0:
        causes.append(invalid(path, size, "must be greater than zero"))
    return causes


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed PersistentVolumeClaim."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old)
    changed = [field for field in {*spec, *before} if spec.get(field) != before.get(field)]
    if any(field not in _CHANGEABLE for field in changed):
        says = (
            "spec is immutable after creation except resources.requests and "
            "volumeAttributesClassName for bound claims"
        )
        causes.append(forbidden("spec", says))
    return causes
