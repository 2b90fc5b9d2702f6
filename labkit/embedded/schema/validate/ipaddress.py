"""IPAddress.  Source: ValidateIPAddress (pkg/apis/networking/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import invalids, required, unchanged
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def canonical(text: str) -> list[str]:
    """What is wrong with a name that must be an address in its one canonical form."""
    found = names.parse_ip(text)
    if found is None:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    return [] if str(found) == text else ["must be in canonical form"]


def create(address: Json) -> list[Cause]:
    """What is wrong with a new IPAddress."""
    return meta.create(address, canonical) + _parent((address.get("spec") or {}).get("parentRef"))


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed IPAddress: it cannot get another parent."""
    parents = [(each.get("spec") or {}).get("parentRef") for each in (new, old)]
    causes = meta.update(new, old) + _parent(parents[0])
    return causes + unchanged("spec.parentRef", *parents)


def _parent(parent: Json | None) -> list[Cause]:
    if not parent:
        return [required("spec.parentRef")]
    causes: list[Cause] = []
    if parent.get("group"):
        wrong = names.dns_subdomain(parent["group"])
        causes += invalids("spec.parentRef.group", parent["group"], wrong)
    for field in ("resource", "name"):
        if not parent.get(field):
            causes.append(required(f"spec.parentRef.{field}"))
    return causes
