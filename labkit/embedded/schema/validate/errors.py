"""Field errors: one ``Cause`` each, worded as field.Error words them.

Source: apimachinery/pkg/util/validation/field/errors.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.embedded.schema import gotext
from labkit.embedded.status import Cause

IMMUTABLE = "field is immutable"


class GoStruct(dict[str, Any]):
    """A struct as JSON: its fields keep their order (those of a map are sorted)."""


def shown(value: Any) -> str:
    """A value as an error shows it: strings quoted, simple ones plain, the rest as JSON."""
    if isinstance(value, str):
        return gotext.quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return gotext.compact(value, sort=not isinstance(value, GoStruct))


def _cause(path: str, reason: str, message: str, detail: str) -> Cause:
    return Cause(path, reason, f"{message}: {detail}" if detail else message)


def required(path: str, detail: str = "") -> Cause:
    return _cause(path, "FieldValueRequired", "Required value", detail)


def invalid(path: str, value: Any, detail: str) -> Cause:
    return _cause(path, "FieldValueInvalid", f"Invalid value: {shown(value)}", detail)


def duplicate(path: str, value: Any, detail: str = "") -> Cause:
    return _cause(path, "FieldValueDuplicate", f"Duplicate value: {shown(value)}", detail)


def forbidden(path: str, detail: str) -> Cause:
    return _cause(path, "FieldValueForbidden", "Forbidden", detail)


def not_found(path: str, value: Any) -> Cause:
    return _cause(path, "FieldValueNotFound", f"Not found: {shown(value)}", "")


def too_long(path: str, limit: int) -> Cause:
    return _cause(path, "FieldValueTooLong", "Too long", f"may not be more than {limit} bytes")


def too_many(path: str, count: int, limit: int) -> Cause:
    items = "item" if limit == 1 else "items"
    detail = f"must have at most {limit} {items}"
    return _cause(path, "FieldValueTooMany", f"Too many: {count}", detail)


def unsupported(path: str, value: Any, supported: Iterable[str]) -> Cause:
    listed = ", ".join(gotext.quoted(each) for each in supported)
    detail = f"supported values: {listed}"
    return _cause(path, "FieldValueNotSupported", f"Unsupported value: {shown(value)}", detail)


def invalids(path: str, value: Any, wrong: Iterable[str]) -> list[Cause]:
    """One cause for each thing that is wrong with a value."""
    return [invalid(path, value, detail) for detail in wrong]


def one_of(path: str, value: Any, supported: Iterable[str], *, wanted: bool = True) -> list[Cause]:
    """The usual enum check: required when empty, else one of the sorted values."""
    if not value:
        return [required(path)] if wanted else []
    ordered = sorted(supported)
    return [] if value in ordered else [unsupported(path, value, ordered)]


def not_negative(path: str, value: int | None) -> list[Cause]:
    if value is None or value >= 0:
        return []
    return [invalid(path, value, "must be greater than or equal to 0")]


def unchanged(path: str, new: Any, old: Any) -> list[Cause]:
    """An immutable field."""
    return [] if new == old else [invalid(path, new, IMMUTABLE)]
