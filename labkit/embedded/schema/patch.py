"""The three patches that change a live object: JSON patch, JSON merge patch, strategic merge.

Server-side apply, the fourth, is in ``apply.py``.  Source of codes and words:
apiserver/pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.schema import gotext
from labkit.embedded.schema.decode import Decoded, Parsed, decode_patched, parse_json
from labkit.embedded.schema.fields import GVK
from labkit.embedded.schema.scalars import json_kind
from labkit.embedded.schema.strategic import PatchRefused, strategic_merge
from labkit.embedded.status import StatusError, bad_request

Json = dict[str, Any]
Patch = bytes | str | Mapping[str, Any] | Sequence[Any]

MEDIA_TYPES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
    "application/apply-patch+yaml": "apply",
}
MAX_JSON_PATCH_OPERATIONS = 10_000


def patched(
    gvk: GVK, live: Mapping[str, Any], patch: Patch, kind: str, *, validation: str = "Strict"
) -> Decoded:
    """The live object after a patch; ``kind`` is ``json``, ``merge`` or ``strategic``.

    The result is decoded (types checked, zero values dropped) but not yet defaulted or
    validated.  Raises ``StatusError``: 400 for a body that is no patch, 422 for one that does
    not apply or makes something that is no such object, 413 for too many operations.
    """
    parsed = _parse(patch, kind)
    problems = [] if validation == "Ignore" else _duplicates(parsed, parsed.value, "")
    if kind == "strategic":
        result = _strategic(gvk, live, parsed.value)
        shown = gotext.plain(parsed.value)
    elif kind == "merge":
        result = merge_patch(live, parsed.value)
        shown = gotext.compact(result)
    elif kind == "json":
        result = json_patch(live, parsed.value)
        shown = gotext.compact(result)
    else:
        raise ValueError(f"no such kind of patch: {kind}")
    return decode_patched(
        gvk, result, patch=shown, validation=validation, found=problems,
        unstructured=kind == "strategic",
    )  # fmt: skip


def _parse(patch: Patch, kind: str) -> Parsed:
    wanted = list if kind == "json" else dict
    if not isinstance(patch, (bytes, str)):
        parsed = Parsed(copy.deepcopy(patch), {})
    else:
        try:
            parsed = parse_json(patch)
        except ValueError as error:
            raise bad_request(f"error decoding patch: {error}") from None
    if isinstance(parsed.value, wanted):
        return parsed
    into = "[]handlers.jsonPatchOp" if kind == "json" else "map[string]interface {}"
    given = json_kind(parsed.value)
    raise bad_request(
        f"error decoding patch: json: cannot unmarshal {given} into Go value of type {into}"
    )


def _duplicates(parsed: Parsed, value: Any, path: str) -> list[str]:
    if not parsed.duplicates:
        return []
    found: list[str] = []
    if isinstance(value, dict):
        dot = f"{path}." if path else ""
        found += [f'duplicate field "{dot}{key}"' for key in parsed.duplicates.get(id(value), ())]
        for key, item in value.items():
            found += _duplicates(parsed, item, dot + key)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            found += _duplicates(parsed, item, f"{path}[{at}]")
    return found


def _strategic(gvk: GVK, live: Mapping[str, Any], patch: Json) -> Json:
    try:
        return strategic_merge(gvk, dict(live), patch)
    except PatchRefused as refused:
        if refused.code == 400:
            raise bad_request(str(refused)) from None
        raise StatusError(500, "", str(refused)) from None


def merge_patch(target: Any, patch: Any) -> Any:
    """JSON merge patch, RFC 7386: null deletes, maps merge, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def json_patch(live: Mapping[str, Any], operations: list[Any]) -> Json:
    """JSON patch, RFC 6902.  One that does not apply is refused without saying why (422)."""
    import jsonpatch  # only kubectl rollout undo and patch --type=json need it

    if len(operations) > MAX_JSON_PATCH_OPERATIONS:
        raise StatusError(
            413, "RequestEntityTooLarge",
            "The allowed maximum operations in a JSON patch is "
            f"{MAX_JSON_PATCH_OPERATIONS}, got {len(operations)}",
        )  # fmt: skip
    try:
        result = jsonpatch.JsonPatch(operations).apply(copy.deepcopy(dict(live)))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError):
        raise _does_not_apply() from None
    if not isinstance(result, dict):
        raise _does_not_apply()
    return result


def _does_not_apply() -> StatusError:
    """The real server keeps the reason to itself too (NewGenericServerResponse)."""
    message = "the server rejected our request due to an error in our request"
    return StatusError(422, "Invalid", message, {})
