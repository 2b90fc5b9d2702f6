"""``metadata.managedFields``: who owns which fields, and how ordinary writes change that.

Source: apimachinery/pkg/util/managedfields/internal (fieldmanager, managedfieldsupdater,
skipnonapplied, stripmeta, managedfields).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labkit.embedded.schema import fieldset
from labkit.embedded.schema.fields import GVK, kinds
from labkit.embedded.schema.fieldset import FieldSet, Path, Shape
from labkit.embedded.schema.strategy import has_status

Json = dict[str, Any]

BEFORE_FIRST_APPLY = "before-first-apply"

_STRIPPED: frozenset[Path] = frozenset(
    {(("f", "apiVersion"),), (("f", "kind"),), (("f", "metadata"),)}
    | {
        (("f", "metadata"), ("f", field))
        for field in (
            "name namespace creationTimestamp selfLink uid clusterName generation managedFields "
            "resourceVersion deletionTimestamp deletionGracePeriodSeconds"
        ).split()
    }
)


@dataclass(frozen=True, slots=True)
class Owner:
    """One entry: a manager, with the fields that it owns."""

    manager: str
    operation: str
    api_version: str
    subresource: str = ""
    time: str = ""
    fields: FieldSet = fieldset.EMPTY

    def same_as(self, other: Owner) -> bool:
        """Whether two entries are of one owner (an applier's version does not count)."""
        version = self.operation == "Apply" or self.api_version == other.api_version
        mine = (self.manager, self.operation, self.subresource)
        return version and mine == (other.manager, other.operation, other.subresource)


def shape_of(gvk: GVK) -> Shape:
    """The whole object; ``KeyError`` for an unknown kind."""
    return Shape("@" + kinds()[gvk])


def read(obj: Mapping[str, Any] | None) -> list[Owner]:
    """The owners that an object names; none when the entries cannot be read."""
    entries = ((obj or {}).get("metadata") or {}).get("managedFields") or ()
    try:
        return [_read_entry(entry) for entry in entries]
    except (ValueError, AttributeError):
        return []


def _read_entry(entry: Mapping[str, Any]) -> Owner:
    return Owner(
        entry.get("manager", ""),
        entry.get("operation", ""),
        entry.get("apiVersion", ""),
        entry.get("subresource", ""),
        entry.get("time", ""),
        frozenset(fieldset.decode(entry.get("fieldsV1") or {})),
    )


def write(owners: list[Owner]) -> list[Json]:
    """The entries as JSON: appliers first, then by time and name."""
    ordered = sorted(
        (owner for owner in owners if owner.fields),
        key=lambda owner: (owner.operation, owner.time, owner.manager, owner.subresource),
    )
    return [_write_entry(owner) for owner in ordered]


def _write_entry(owner: Owner) -> Json:
    entry: Json = {
        "apiVersion": owner.api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": fieldset.encode(owner.fields),
        "manager": owner.manager,
        "operation": owner.operation,
    }
    if owner.subresource:
        entry["subresource"] = owner.subresource
    if owner.time:
        entry["time"] = owner.time
    return entry


def own_fields(gvk: GVK, paths: FieldSet, subresource: str = "") -> FieldSet:
    """Without what is never owned: identity, and the status on an ordinary write."""
    kept = paths - _STRIPPED
    if subresource == "status" or not has_status(gvk):
        return kept
    return frozenset(path for path in kept if path[0] != ("f", "status"))


def managed_fields_after(
    gvk: GVK,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any],
    *,
    manager: str,
    now: str,
    subresource: str = "",
) -> list[Json]:
    """The managedFields after a create, update or patch (not apply) by ``manager``.

    ``old`` is None on create.  ``now`` is RFC 3339.  On create call it with the defaulted
    object *before* admission, as the server does (what admission adds has no owner).  A request
    that carries an empty ``metadata.managedFields`` list resets them.
    """
    given = (new.get("metadata") or {}).get("managedFields")
    if given is not None and not any(given):
        owners: list[Owner] = []
    else:
        owners = ([] if subresource else read(new)) or read(old)
    if not owners and old is not None:
        return []  # an object that is not tracked stays so until the first apply
    changed = fieldset.compare(shape_of(gvk), dict(old or {}), dict(new))
    mine = own_fields(gvk, changed.written, subresource)
    owners = [replace(owner, fields=owner.fields - mine - changed.removed) for owner in owners]
    if mine:
        me = Owner(manager or "unknown", "Update", gvk.api_version, subresource, now, mine)
        owners = joined(owners, me)
    return write(owners)


def joined(owners: list[Owner], me: Owner) -> list[Owner]:
    """With the fields of an owner put together with those that it had."""
    mine = [owner for owner in owners if me.same_as(owner)]
    rest = [owner for owner in owners if not me.same_as(owner)]
    fields = me.fields.union(*(owner.fields for owner in mine))
    return [*rest, replace(me, fields=fields)]
