"""Server-side apply: merge a configuration into the live object, by who owns what.

Source: structured-merge-diff/merge/update.go (Updater.Apply, prune),
apimachinery/pkg/util/managedfields/internal (conflict.go, lastappliedmanager.go), and KEP-555.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labkit.embedded.schema import fieldset, gotext, managed
from labkit.embedded.schema.defaults import copied
from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.fieldset import Element, FieldSet, Path, Shape
from labkit.embedded.schema.managed import Owner, managed_fields_after
from labkit.embedded.status import StatusError, bad_request

__all__ = ["Applied", "apply", "managed_fields_after"]

Json = dict[str, Any]

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True)
class Applied:
    """The merged object with its new managedFields; not decoded or defaulted yet.

    ``changed`` is False when the configuration says nothing new.
    """

    obj: Json
    changed: bool


def apply(
    gvk: GVK,
    live: Mapping[str, Any] | None,
    config: Mapping[str, Any],
    *,
    manager: str,
    now: str,
    force: bool = False,
    subresource: str = "",
) -> Applied:
    """Apply a configuration as ``manager``; ``live`` is None when there is no such object.

    Raises ``StatusError``: 400 for a configuration that is none (wrong version, managedFields
    set, a list item without its key), 409 for fields that others own with another value.
    """
    _check(gvk, config)
    shape = managed.shape_of(gvk)
    before: Json = copied(live or {})
    owners = managed.read(live)
    if live is not None and not owners:
        owners = _before_first_apply(gvk, shape, before)
    before.get("metadata", {}).pop("managedFields", None)
    me = Owner(manager or "unknown", "Apply", gvk.api_version, subresource, now)
    mine = frozenset(fieldset.fields_of(shape, config))
    last = _last(owners, me)
    others = [owner for owner in owners if not me.same_as(owner)]
    merged = copied(_merge(shape, before, config))
    _prune(shape, merged, last.fields if last else fieldset.EMPTY, mine, others)
    others = _settle(gvk, shape, before, merged, others, me, force)
    changed = merged != before
    fields = managed.own_fields(gvk, mine, subresource)
    time = now if changed or last is None else last.time
    entries = managed.write([*others, replace(me, fields=fields, time=time)])
    merged.setdefault("metadata", {})["managedFields"] = entries
    merged.setdefault("apiVersion", gvk.api_version)
    merged.setdefault("kind", gvk.kind)
    return Applied(merged, changed)


def _check(gvk: GVK, config: Mapping[str, Any]) -> None:
    version = config.get("apiVersion", "")
    if version != gvk.api_version:
        raise bad_request(
            f"Incorrect version specified in apply patch. Specified patch version: {version}, "
            f"expected: {gvk.api_version}"
        )
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    _check_fields(managed.shape_of(gvk), config, "", f"{gvk.api_version}, Kind={gvk.kind}", config)


def _check_fields(shape: Shape, value: Any, path: str, what: str, config: Any) -> None:
    """Every field known, every item of a keyed list with its keys, no item twice."""
    known = shape.struct
    if known is not None and isinstance(value, Mapping):
        for key in value:
            if key not in known.fields:
                raise _untyped(config, what, f"{path}.{key}: field not declared in schema")
    keys = shape.list_keys
    if keys and isinstance(value, list):
        _check_items(value, keys, path, what, config)
    for element, item, inner in fieldset.children(shape, value) or ():
        here = path + fieldset.path_text((element,))
        _check_fields(inner, item, here, what, config)


def _check_items(
    items: list[Any], keys: tuple[str, ...], path: str, what: str, config: Any
) -> None:
    seen: set[Element] = set()
    for at, item in enumerate(items):
        element = fieldset.item_element(item, keys)
        if element is None:
            missing = ", ".join(f'"{key}"' for key in keys)
            why = f"element {at}: associative list with keys has an element that omits key field "
            raise _untyped(config, what, f"{path}: {why}{missing}")
        if element in seen:
            shown = fieldset.path_text((element,))
            raise _untyped(config, what, f"{path}: duplicate entries for key {shown}")
        seen.add(element)


def _untyped(config: Mapping[str, Any], what: str, why: str) -> StatusError:
    metadata = config.get("metadata") or {}
    where = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
    version, _, kind = what.partition(", ")
    return StatusError(
        500, "", f"failed to create typed patch object ({where}; {version}, {kind}): {why}"
    )


def _before_first_apply(gvk: GVK, shape: Shape, live: Json) -> list[Owner]:
    """An object without owners: all that it has belongs to "before-first-apply"."""
    fields = managed.own_fields(gvk, fieldset.compare(shape, {}, live).written)
    return [Owner(managed.BEFORE_FIRST_APPLY, "Update", gvk.api_version, fields=fields)]


def _last(owners: list[Owner], me: Owner) -> Owner | None:
    return next((owner for owner in owners if me.same_as(owner)), None)


# ---- merging ---------------------------------------------------------------------------------


def _merge(shape: Shape, live: Any, config: Any) -> Any:
    """The configuration over the live value; lists with keys merge item by item."""
    if isinstance(live, dict) and isinstance(config, Mapping):
        parts = fieldset.children(shape, dict(config))
        if parts is None:
            return copied(dict(config))
        result = dict(live)
        for (_, key), item, inner in parts:
            result[key] = _merge(inner, result[key], item) if key in result else copied(item)
        return result
    if isinstance(live, list) and isinstance(config, list):
        return _merge_list(shape, live, config)
    return copied(config)


def _merge_list(shape: Shape, live: list[Any], config: list[Any]) -> list[Any]:
    ours, theirs = fieldset.children(shape, config), fieldset.children(shape, live)
    if ours is None or theirs is None:
        return copied(config)  # type: ignore[no-any-return]
    before = {element: item for element, item, _ in theirs}
    wanted = {element: item for element, item, _ in ours}
    merged = {
        element: _merge(shape.item, before[element], item) if element in before else copied(item)
        for element, item in wanted.items()
    }
    return [merged.get(each, before.get(each)) for each in _order(list(before), list(wanted))]


def _order(live: list[Element], config: list[Element]) -> list[Element]:
    """The configuration's order; what only the live list has keeps its place before the next."""
    result: list[Element] = []
    rest = list(live)
    for element in config:
        if element in rest:
            at = rest.index(element)
            result += [each for each in rest[:at] if each not in config]
            rest = [each for each in rest[:at] if each in config] + rest[at + 1 :]
        result.append(element)
    return result + [each for each in rest if each not in config]


# ---- what the applier gave up ----------------------------------------------------------------


def _prune(shape: Shape, merged: Json, last: FieldSet, mine: FieldSet, others: list[Owner]) -> None:
    """Remove, in place, what the manager applied last time, not now, and nobody else owns."""
    kept = mine.union(*(owner.fields for owner in others))
    # Who owns a field needs the fields around it, but not the list item: an item belongs to
    # those that own the item itself.
    needed = kept.union(
        path[:length]
        for path in kept
        for length in range(1, len(path))
        if path[length - 1][0] == "f"
    )
    gone = {path for path in last if path not in needed}
    for path in sorted(gone, key=len):
        # An item goes as a whole: without its keys it could not be found any more.
        if not any(path[:length] in gone for length in range(1, len(path))):
            _remove(shape, merged, path)


def _remove(shape: Shape, value: Any, path: Path) -> bool:
    """Remove one path in place; True when the value holding it is empty afterwards."""
    element, rest = path[0], path[1:]
    for found, item, inner in fieldset.children(shape, value) or ():
        if found != element:
            continue
        fixed = bool(inner.field) and fieldset.always_there(inner.owner, inner.field)
        emptied = not rest or (_remove(inner, item, rest) and not fixed and element[0] == "f")
        if emptied and isinstance(value, dict):
            del value[element[1]]
        elif emptied:
            value.remove(item)
        break
    return not value


# ---- conflicts -------------------------------------------------------------------------------


def _settle(
    gvk: GVK,
    shape: Shape,
    before: Json,
    merged: Json,
    others: list[Owner],
    me: Owner,
    force: bool,
) -> list[Owner]:
    """The other owners afterwards; refuses when they own what would change and no force."""
    changed = fieldset.compare(shape, before, merged)
    taken = [(owner, owner.fields & changed.written) for owner in others]
    conflicts = [(owner, fields) for owner, fields in taken if fields]
    if conflicts and not force and me.manager == "kubectl":
        conflicts = _beyond_last_applied(gvk, shape, before, conflicts)
    if conflicts and not force:
        raise _conflict(conflicts)
    return [
        replace(owner, fields=owner.fields - fields - changed.removed) for owner, fields in taken
    ]


def _beyond_last_applied(
    gvk: GVK, shape: Shape, before: Json, conflicts: list[tuple[Owner, FieldSet]]
) -> list[tuple[Owner, FieldSet]]:
    """kubectl may take over what it owned by client-side apply and nobody changed since."""
    text = ((before.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    try:
        last = json.loads(text or "null")
    except ValueError:
        return conflicts
    if not isinstance(last, dict) or last.get("apiVersion") != gvk.api_version:
        return conflicts
    difference = fieldset.compare(shape, last, before)
    fields = frozenset(fieldset.fields_of(shape, last))
    allowed = fields - difference.written - difference.removed
    left = [(owner, fields - allowed) for owner, fields in conflicts]
    return [(owner, fields) for owner, fields in left if fields]


def _shown(owner: Owner) -> str:
    text = gotext.quoted(owner.manager)
    if owner.subresource:
        text += f' with subresource "{owner.subresource}"'
    return f"{text} using {owner.api_version}" if owner.operation == "Update" else text


def _conflict(conflicts: list[tuple[Owner, FieldSet]]) -> StatusError:
    pairs = [
        (_shown(owner), fieldset.path_text(path))
        for owner, fields in sorted(conflicts, key=lambda pair: pair[0].manager)
        for path in sorted(fields, key=fieldset.path_text)
    ]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {owner}", "field": path}
        for owner, path in pairs
    ]
    if len(pairs) == 1:
        says = f"Apply failed with 1 conflict: conflict with {pairs[0][0]}: {pairs[0][1]}"
        return StatusError(409, "Conflict", says, {"causes": causes})
    lines: list[str] = []
    for owner in dict.fromkeys(owner for owner, _ in pairs):
        lines.append(f"conflicts with {owner}:")
        lines += [f"- {path}" for who, path in pairs if who == owner]
    listed = "\n".join(lines)
    says = f"Apply failed with {len(pairs)} conflicts: {listed}"
    return StatusError(409, "Conflict", says, {"causes": causes})
