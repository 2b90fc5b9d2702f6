"""Strategic merge patch: lists merge by key, directives say what else to do.

Source of the rules: apimachinery/pkg/util/strategicpatch (``StrategicMergeMapPatch``) and the
design of ``$setElementOrder`` (preserve-order-in-strategic-merge-patch).

Directives: ``$patch: delete|replace`` in a map or a list element, ``$retainKeys``,
``$deleteFromPrimitiveList/FIELD``, ``$setElementOrder/FIELD``.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema import gotext
from labkit.embedded.schema.fields import GVK, Model, model, model_of
from labkit.embedded.schema.merge_keys import PATCH, REPLACED

Json = dict[str, Any]

DELETE_FROM = "$deleteFromPrimitiveList"
SET_ORDER = "$setElementOrder"
RETAIN_KEYS = "$retainKeys"
DIRECTIVE = "$patch"


class PatchRefused(Exception):
    """The patch is malformed; ``code`` 400 for its form, 500 for what the merge cannot do."""

    def __init__(self, message: str, code: int = 500) -> None:
        super().__init__(message)
        self.code = code


def strategic_merge(gvk: GVK, original: Json, patch: Json) -> Json:
    """The object after the patch.  Raises ``PatchRefused`` with the library's words."""
    return _merge_map(original, patch, model_of(gvk))


def _merge_map(original: Json, patch: Json, known: Model | None) -> Json:
    if DIRECTIVE in patch:
        return _directed(patch)
    result, patch = dict(original), dict(patch)
    _retain_keys(result, patch)
    for key in [key for key in patch if key.startswith(SET_ORDER)]:
        _ordered_list(result, patch, key, known)
    for key, value in patch.items():
        _merge_key(result, key, value, known)
    return result


def _directed(patch: Json) -> Json:
    directive = patch[DIRECTIVE]
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == "delete":
        return {}
    raise PatchRefused(f"unknown patch type: {directive} in map: {gotext.plain(patch)}")


def _merge_key(result: Json, key: str, value: Any, known: Model | None) -> None:
    deletes = key.startswith(DELETE_FROM)
    if deletes:
        key = _field_of(key, DELETE_FROM)
    if value is None:
        result.pop(key, None)
        return
    if key not in result or type(result[key]) is not type(value):
        if not deletes:
            _put(result, key, value)
        return
    if isinstance(value, dict):
        result[key] = _merge_field(result[key], value, key, known)
    elif isinstance(value, list):
        result[key] = _merge_list(result[key], value, key, known, deletes)
    else:
        result[key] = value


def _put(result: Json, key: str, value: Any) -> None:
    if isinstance(value, dict) and DIRECTIVE in value:
        result.pop(key, None)
    else:
        result[key] = _cleaned(value)


def _cleaned(value: Any) -> Any:
    """A new value without nulls and without anything that carries a directive."""
    if isinstance(value, dict):
        return {
            key: _cleaned(item)
            for key, item in value.items()
            if item is not None and not (isinstance(item, dict) and DIRECTIVE in item)
        }
    if isinstance(value, list):
        return [
            _cleaned(item) for item in value if not (isinstance(item, dict) and DIRECTIVE in item)
        ]
    return value


def _field_type(known: Model | None, key: str) -> str:
    """The type of a field; maps and unknown JSON have no struct (``o``)."""
    if known is None:
        return "o"
    kind = known.fields.get(key)
    if kind is None:
        raise PatchRefused(
            f'unable to find api field in struct {known.go} for the json field "{key}"'
        )
    return kind


def _inner(kind: str) -> Model | None:
    name = kind.lstrip("[{")
    return model(name[1:]) if name.startswith("@") else None


def _merge_field(original: Json, patch: Json, key: str, known: Model | None) -> Json:
    kind = _field_type(known, key)
    if known is not None and (known.go, key) in REPLACED:
        return patch
    return _merge_map(original, patch, _inner(kind) if kind[0] == "@" else None)


def _merge_list(
    original: list[Any], patch: list[Any], key: str, known: Model | None, deletes: bool
) -> list[Any]:
    if deletes:
        return [item for item in original if item not in patch]
    kind = _field_type(known, key)
    merge_key = PATCH.get((known.go, key)) if known is not None else None
    if merge_key is None:
        return [_cleaned(item) for item in patch]
    return _merge_elements(original, patch, merge_key, _inner(kind))


def _merge_elements(
    original: list[Any], patch: list[Any], key: str, known: Model | None
) -> list[Any]:
    if not key:
        merged = list(dict.fromkeys([*original, *patch]))
        return _arranged(merged, patch, original, key)
    base, plain = _special_elements(original, patch, key)
    merged = list(base)
    for item in plain:
        at = _find(merged, _key_of(item, key), key)
        if at is None:
            merged.append(item)
        else:
            merged[at] = _merge_map(merged[at], item, known)
    return _arranged(merged, plain, base, key)


def _special_elements(
    original: list[Any], patch: list[Any], key: str
) -> tuple[list[Any], list[Any]]:
    """Apply the list's own directives: what is left of the original, and of the patch."""
    plain, base = [], original
    replaced = False
    for item in patch:
        if not isinstance(item, dict):
            raise PatchRefused(f"invalid value for element of a list of maps: {gotext.plain(item)}")
        directive = item.get(DIRECTIVE)
        if directive is None:
            plain.append(item)
        elif directive == "delete":
            gone = _key_of(item, key)
            base = [one for one in base if _key_of(one, key) != gone]
        elif directive == "replace":
            replaced = True
        else:
            raise PatchRefused(f"unknown patch type: {directive} in map: {gotext.plain(item)}")
    return ([], plain) if replaced else (base, plain)


def _key_of(item: Any, key: str) -> Any:
    if not isinstance(item, dict) or key not in item:
        raise PatchRefused(f"map: {gotext.plain(item)} does not contain declared merge key: {key}")
    return item[key]


def _find(items: list[Any], wanted: Any, key: str) -> int | None:
    for at, item in enumerate(items):
        if (_key_of(item, key) if key else item) == wanted:
            return at
    return None


def _arranged(merged: list[Any], order: list[Any], server: list[Any], key: str) -> list[Any]:
    """Patched items in the patch's order; the server's own keep their place relative to them."""

    def place(items: list[Any], item: Any) -> int | None:
        return _find(items, _key_of(item, key) if key else item, key)

    ours = [item for item in merged if place(order, item) is not None]
    ours.sort(key=lambda item: place(order, item) or 0)
    theirs = [item for item in merged if place(order, item) is None]
    theirs.sort(key=lambda item: place(server, item) or 0)
    result: list[Any] = []
    while ours and theirs:
        left, right = place(server, theirs[0]), place(server, ours[0])
        server_first = left is not None and right is not None and left < right
        result.append((theirs if server_first else ours).pop(0))
    return result + ours + theirs


def _ordered_list(result: Json, patch: Json, directive: str, known: Model | None) -> None:
    """``$setElementOrder/FIELD``: merge that field's list now, in the order it gives."""
    order = patch.pop(directive)
    key = _field_of(directive, SET_ORDER)
    if not isinstance(order, list):
        raise PatchRefused("invalid patch format of setElementOrder list", 400)
    kind = _field_type(known, key)
    merge_key = PATCH.get((known.go, key), "") if known is not None else ""
    in_patch = patch.get(key)
    if in_patch is not None:
        _check_order(in_patch, order, merge_key)
    live = result.get(key)
    if live is None and in_patch is None:
        return
    if in_patch is None:
        merged = live
    elif live is None:
        merged = _cleaned(in_patch)
    else:
        merged = _merge_elements(live, in_patch, merge_key, _inner(kind))
    patch.pop(key, None)
    result[key] = _arranged(merged or [], order, live or [], merge_key)


def _check_order(in_patch: list[Any], order: list[Any], key: str) -> None:
    """The patch's items must appear in the order list, in the same relative order."""
    wanted = [item for item in in_patch if not (isinstance(item, dict) and DIRECTIVE in item)]
    remaining = iter([_key_of(item, key) if key else item for item in order])
    for item in wanted:
        value = _key_of(item, key) if key else item
        if not order or not any(value == other for other in remaining):
            if not order:
                return
            raise PatchRefused(
                f"The order in patch list:\n{gotext.plain(in_patch)}\n doesn't match "
                f"{SET_ORDER} list:\n{gotext.plain(order)}\n"
            )


def _field_of(directive: str, prefix: str) -> str:
    head, slash, field = directive.partition("/")
    if head == prefix and slash:
        return field
    what = "primitive list" if prefix == DELETE_FROM else "setElementOrder list"
    raise PatchRefused(f"invalid patch format of {what}", 400)


def _retain_keys(result: Json, patch: Json) -> None:
    if RETAIN_KEYS not in patch:
        return
    kept = patch.pop(RETAIN_KEYS)
    directives = (DELETE_FROM, SET_ORDER)
    stray = isinstance(kept, list) and any(
        value is not None and not key.startswith(directives) and key not in kept
        for key, value in patch.items()
    )
    if not isinstance(kept, list) or stray:
        raise PatchRefused("invalid patch format of retainKeys", 400)
    for key in [key for key in result if key not in kept]:
        del result[key]
