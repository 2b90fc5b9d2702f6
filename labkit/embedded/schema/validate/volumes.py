"""Volumes of a PodSpec.

Source: ValidateVolumes, validateVolumeSource (pkg/apis/core/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.quantity import parse
from labkit.embedded.schema.validate import names
from labkit.embedded.schema.validate.errors import (
    duplicate,
    forbidden,
    invalid,
    invalids,
    required,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

HOST_PATH_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File",
                   "FileOrCreate", "Socket")  # fmt: skip


def volumes(spec: Json, path: str) -> tuple[dict[str, Json], list[Cause]]:
    """The volumes by name (for the mounts), and what is wrong with them."""
    known: dict[str, Json] = {}
    causes: list[Cause] = []
    for at, volume in enumerate(spec.get("volumes") or ()):
        here, name = f"{path}.volumes[{at}]", volume.get("name", "")
        wrong = _source(volume, here)
        if not name:
            wrong.append(required(f"{here}.name"))
        else:
            wrong += invalids(f"{here}.name", name, names.dns_label(name))
        if name and name in known:
            wrong.append(duplicate(f"{here}.name", name))
        if not wrong:
            known[name] = volume
        causes += wrong
    return known, causes


def _source(volume: Json, path: str) -> list[Cause]:
    given = [field for field in volume if field != "name"]
    if not given:
        return [required(path, "must specify a volume type")]
    says = "may not specify more than 1 volume type"
    extra = [forbidden(f"{path}.{kind}", says) for kind in given[1:]]
    return _of_kind(given[0], volume[given[0]], f"{path}.{given[0]}") + extra


_NEEDS = {
    "hostPath": "path",
    "secret": "secretName",
    "configMap": "name",
    "persistentVolumeClaim": "claimName",
    "nfs": "server",
    "csi": "driver",
}


def _of_kind(kind: str, source: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    needed = _NEEDS.get(kind)
    if needed and not source.get(needed):
        causes.append(required(f"{path}.{needed}"))
    if kind == "hostPath":
        where = source.get("path", "")
        if ".." in where.split("/"):
            causes.append(invalid(f"{path}.path", where, "must not contain '..'"))
    if kind == "emptyDir" and parse(source.get("sizeLimit", "0")) < 0:
        says = "SizeLimit field must be a valid resource quantity"
        causes.append(forbidden(f"{path}.sizeLimit", says))
    mode = source.get("defaultMode")
    if mode is not None and not 0 <= mode <= 0o777:
        says = "must be a number between 0 and 0777 (octal), both inclusive"
        causes.append(invalid(f"{path}.defaultMode", mode, says))
    for at, item in enumerate(source.get("items") or ()):
        here = f"{path}.items[{at}]"
        for field in ("path",) if kind == "downwardAPI" else ("key", "path"):
            if not item.get(field):
                causes.append(required(f"{here}.{field}"))
    return causes
