"""Event (core/v1): it must lie in the namespace of the object that it tells of.

Source: legacyValidateEvent (pkg/apis/core/validation/events.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import invalid
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(event: Json) -> list[Cause]:
    """What is wrong with a new Event."""
    about = (event.get("involvedObject") or {}).get("namespace", "")
    own = (event.get("metadata") or {}).get("namespace", "")
    causes = meta.create(event)
    if about and own and about != own:
        says = "does not match event.namespace"
        causes.append(invalid("involvedObject.namespace", about, says))
    return causes


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Event."""
    return meta.update(new, old)
