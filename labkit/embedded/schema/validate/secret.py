"""Secret.  Source: ValidateSecret, ValidateSecretUpdate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.configmap import immutable, keys_and_size
from labkit.embedded.schema.validate.errors import required, unchanged
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

_NEEDS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def create(secret: Json) -> list[Cause]:
    """What is wrong with a new Secret."""
    causes = meta.create(secret) + keys_and_size(secret, ("data",))
    data = secret.get("data") or {}
    needed = _NEEDS.get(secret.get("type", ""), ())
    return causes + [required(f"data[{key}]") for key in needed if key not in data]


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Secret."""
    causes = meta.update(new, old)
    causes += unchanged("type", new.get("type"), old.get("type"))
    return causes + immutable(new, old, ("data",)) + create(new)
