"""Bodies of type ``application/vnd.kubernetes.protobuf``, decoded into JSON dicts.

kubectl sends them with ``create namespace|deployment|configmap|secret|service|job ...``,
``drain``, ``debug`` and ``auth``; a refusal (415) would be final, there is no fallback.

The envelope is ``k8s\\0`` and a runtime.Unknown message (typeMeta = 1, raw = 2); ``raw`` is the
object's own message.  Field numbers are a table of facts (``tables/protobuf.json.gz``).

Source: apimachinery/pkg/runtime/serializer/protobuf, runtime/generated.proto.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from labkit.embedded.schema.fields import GVK, kinds, model, read_table
from labkit.embedded.schema.texts import read_json
from labkit.embedded.status import bad_request, unsupported_media_type

Json = dict[str, Any]

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_META = "k8s.io.apimachinery.pkg.apis.meta.v1."
_PACKAGES = {
    "": "k8s.io.api.core.v1.",
    "authorization.k8s.io": "k8s.io.api.authorization.v1.",
    "policy": "k8s.io.api.policy.v1.",
    "apps": "k8s.io.api.apps.v1.",
    "batch": "k8s.io.api.batch.v1.",
    "networking.k8s.io": "k8s.io.api.networking.v1.",
    "authentication.k8s.io": "k8s.io.api.authentication.v1.",
    "rbac.authorization.k8s.io": "k8s.io.api.rbac.v1.",
}


class ProtobufError(ValueError):
    """The bytes are no message of the expected type."""


@cache
def _messages() -> Mapping[str, Mapping[str, tuple[str, str, str]]]:
    table: Mapping[str, Mapping[str, tuple[str, str, str]]] = read_table("protobuf.json.gz")
    return table


def decode_protobuf(body: bytes) -> Json:
    """The object of a request body, with apiVersion and kind.

    Raises ``StatusError``: 400 for bytes that are no such message, 415 for a kind whose field
    numbers are not known here.
    """
    try:
        gvk, raw = envelope(body)
        name = message_name(gvk)
        if name is None:
            raise unsupported_media_type(
                f"no protobuf field numbers are known here for {gvk.kind} in "
                f"{gvk.api_version}: send application/json"
            )
        obj = message(name, raw)
    except (ProtobufError, ValueError, IndexError, OverflowError, RecursionError) as error:
        raise bad_request(f"error decoding protobuf body: {error}") from None
    return {"apiVersion": gvk.api_version, "kind": gvk.kind, **obj}


def message_name(gvk: GVK) -> str | None:
    """The message of a kind; meta/v1 kinds (DeleteOptions) come under any group."""
    package = _PACKAGES.get(gvk.group)
    for prefix in (package, _META):
        if prefix is not None and prefix + gvk.kind in _messages():
            return prefix + gvk.kind
    return None


def envelope(body: bytes) -> tuple[GVK, bytes]:
    """Kind and message bytes of a ``runtime.Unknown``; ``ProtobufError`` when it is none."""
    if not body.startswith(MAGIC):
        raise ProtobufError(
            "provided data does not appear to be a protobuf message, expected prefix"
        )
    api_version = kind = ""
    raw = b""
    for number, _, value in _fields(body[len(MAGIC) :]):
        if number == 1:
            for inner, _, text in _fields(_as_bytes(value)):
                if inner == 1:
                    api_version = _as_bytes(text).decode()
                elif inner == 2:
                    kind = _as_bytes(text).decode()
        elif number == 2:
            raw = _as_bytes(value)
    group, _, version = api_version.rpartition("/")
    return GVK(group, version, kind), raw


def _fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Number, wire type and value of each field of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        value: int | bytes
        if wire == VARINT:
            value, at = _varint(data, at)
        elif wire in (FIXED64, FIXED32):
            size = 8 if wire == FIXED64 else 4
            value, at = data[at : at + size], at + size
        elif wire == BYTES:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise ProtobufError(f"illegal wireType {wire}")
        if at > len(data):
            raise ProtobufError("unexpected EOF")
        yield number, wire, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ProtobufError("unexpected EOF")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def _as_bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ProtobufError("wrong wireType for a field that holds bytes")
    return value


def message(name: str, data: bytes) -> Json:
    """One message as JSON.  Embedded structs (``volumeSource``, ``handler``) are put inline."""
    table = _messages()[name]
    json_fields = _json_fields(name)
    result: Json = {}
    for number, _, value in _fields(data):
        entry = table.get(str(number))
        if entry is None:
            continue  # a field of a newer version: unknown here, as for an older server
        field, kind, label = entry
        if label == "map":
            key, item = _map_entry(kind, _as_bytes(value))
            result.setdefault(field, {})[key] = item
        elif label == "rep":
            result.setdefault(field, []).append(_value(kind, value))
        elif json_fields and field not in json_fields and kind in _messages():
            result.update(message(kind, _as_bytes(value)))
        else:
            result[field] = _value(kind, value)
    return result


@cache
def _json_fields(name: str) -> frozenset[str]:
    """The JSON fields of a message's struct; what is not among them is embedded."""
    short = name.rsplit(".", 1)[1]
    group = next((group for group, package in _PACKAGES.items() if name.startswith(package)), "")
    found = kinds().get(GVK(group, "v1", short), short)
    try:
        return frozenset(model(found).fields)
    except KeyError:
        return frozenset()


def _map_entry(kind: str, data: bytes) -> tuple[str, Any]:
    key, value = "", _value(kind, b"") if kind != "bytes" else ""
    for number, _, item in _fields(data):
        if number == 1:
            key = _as_bytes(item).decode()
        elif number == 2:
            value = _value(kind, item)
    return key, value


def _value(kind: str, value: int | bytes) -> Any:
    if kind == "bool":
        return bool(value)
    if kind in ("int32", "int64"):
        return _signed(value)
    raw = _as_bytes(value)
    if kind == "string":
        return raw.decode()
    if kind == "bytes":
        return base64.b64encode(raw).decode()
    special = _SPECIAL.get(kind)
    return special(raw) if special else message(kind, raw)


def _signed(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ProtobufError("wrong wireType for an integer")
    return value - (1 << 64) if value >= 1 << 63 else value


def _seconds_and_nanos(raw: bytes) -> tuple[datetime, int]:
    parts = {number: _signed(value) for number, _, value in _fields(raw)}
    return datetime.fromtimestamp(parts.get(1, 0), UTC), parts.get(2, 0)


def _time(raw: bytes) -> str | None:
    """metav1.Time; the zero time is no time (null)."""
    if not raw:
        return None
    return _seconds_and_nanos(raw)[0].strftime("%Y-%m-%dT%H:%M:%SZ")


def _micro_time(raw: bytes) -> str | None:
    if not raw:
        return None
    moment, nanos = _seconds_and_nanos(raw)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{nanos // 1000:06d}Z"


def _quantity(raw: bytes) -> str:
    for number, _, value in _fields(raw):
        if number == 1:
            return _as_bytes(value).decode()
    return "0"


def _int_or_string(raw: bytes) -> int | str:
    parts = {number: value for number, _, value in _fields(raw)}
    if parts.get(1, 0) == 1:
        return _as_bytes(parts.get(3, b"")).decode()
    return _signed(parts.get(2, 0))


def _fields_v1(raw: bytes) -> Any:
    for number, _, value in _fields(raw):
        if number == 1:
            return read_json(_as_bytes(value))
    return {}


_SPECIAL: Mapping[str, Callable[[bytes], Any]] = {
    _META + "Time": _time,
    _META + "MicroTime": _micro_time,
    _META + "FieldsV1": _fields_v1,
    "k8s.io.apimachinery.pkg.api.resource.Quantity": _quantity,
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
}
