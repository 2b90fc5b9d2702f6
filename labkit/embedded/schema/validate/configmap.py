"""ConfigMap.  Source: ValidateConfigMap, ValidateConfigMapUpdate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import forbidden, invalid, invalids, too_long
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

MAX_SIZE = 1024 * 1024


def create(config: Json) -> list[Cause]:
    """What is wrong with a new ConfigMap."""
    return meta.create(config) + keys_and_size(config, ("data", "binaryData"))


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed ConfigMap."""
    causes = meta.update(new, old)
    causes += immutable(new, old, ("data", "binaryData"))
    return causes + keys_and_size(new, ("data", "binaryData"))


def keys_and_size(obj: Json, fields: tuple[str, ...]) -> list[Cause]:
    """Every key well-formed and in one field only; a mebibyte in all."""
    causes: list[Cause] = []
    size = 0
    for field in fields:
        for key, value in (obj.get(field) or {}).items():
            causes += invalids(f"{field}[{key}]", key, names.config_key(key))
            if field == "data" and key in (obj.get("binaryData") or {}):
                says = "duplicate of key present in binaryData"
                causes.append(invalid(f"{field}[{key}]", key, says))
            size += len(value.encode())
    return causes + ([too_long("", MAX_SIZE)] if size > MAX_SIZE else [])


def immutable(new: Json, old: Json, fields: tuple[str, ...]) -> list[Cause]:
    """Once ``immutable`` is set, neither it nor the data may change."""
    if not old.get("immutable"):
        return []
    says = "field is immutable when `immutable` is set"
    causes = [] if new.get("immutable") else [forbidden("immutable", says)]
    changed = [field for field in fields if new.get(field) != old.get(field)]
    return causes + [forbidden(field, says) for field in changed]
