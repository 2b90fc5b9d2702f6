"""Scalars with rules of their own: times, bytes, quantities, IntOrString.

Each function takes the JSON value and gives back what the server would write, or raises
``ScalarError`` with the words of the Go type's own ``UnmarshalJSON``.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import Any

from labkit.embedded.schema import quantity

_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")
_LAYOUT = "2006-01-02T15:04:05Z07:00"
_MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"


class ScalarError(Exception):
    """A value that the Go type refuses; the message is the server's."""


def json_kind(value: Any) -> str:
    """What encoding/json calls a value: string, number, bool, array, object."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _moment(text: Any, layout: str) -> tuple[datetime, str]:
    if not isinstance(text, str):
        raise ScalarError(f"json: cannot unmarshal {json_kind(text)} into Go value of type string")
    shape = _RFC3339.fullmatch(text)
    try:
        if shape is None:
            raise ValueError
        zone = "+00:00" if shape[3] in "Zz" else shape[3]
        return datetime.fromisoformat(shape[1].upper() + zone).astimezone(UTC), shape[2] or ""
    except ValueError:
        raise ScalarError(
            f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"'
        ) from None


def time(value: Any) -> str:
    """metav1.Time: whole seconds, UTC."""
    moment, _ = _moment(value, _LAYOUT)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_time(value: Any) -> str:
    """metav1.MicroTime: six digits, UTC."""
    moment, fraction = _moment(value, _MICRO_LAYOUT)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + fraction[1:7].ljust(6, "0") + "Z"


def byte_string(value: Any) -> str:
    """``[]byte``: base64 with padding."""
    if not isinstance(value, str):
        raise ScalarError(
            f"json: cannot unmarshal {json_kind(value)} into Go value of type []uint8"
        )
    try:
        return base64.b64encode(base64.b64decode(value, validate=True)).decode()
    except (binascii.Error, ValueError):
        raise ScalarError(f"illegal base64 data at input byte {_bad_byte(value)}") from None


def _bad_byte(text: str) -> int:
    odd = re.search(r"[^A-Za-z0-9+/]", text.rstrip("="))
    return odd.start() if odd else len(text) - len(text) % 4


def amount(value: Any) -> str:
    """resource.Quantity, in canonical form."""
    text = value if isinstance(value, str) else repr(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ScalarError(quantity.FORMAT_WRONG)
    try:
        return quantity.canonical(text)
    except ValueError as error:
        raise ScalarError(str(error)) from None


def int_or_string(value: Any) -> int | str:
    """intstr.IntOrString."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if -(2**31) <= value < 2**31:
            return value
        raise ScalarError(f"json: cannot unmarshal number {value} into Go value of type int32")
    shown = f"number {value!r}" if isinstance(value, float) else json_kind(value)
    raise ScalarError(f"json: cannot unmarshal {shown} into Go value of type int32")
