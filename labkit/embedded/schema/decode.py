"""From the body of a request to an object, as the API server decodes it.

``decode`` drops what Go drops (nulls, zero values with omitempty), brings quantities and times
into their canonical form, and refuses with the server's own words: wrong types always, unknown
and duplicate fields by ``validation`` (the query parameter ``fieldValidation``).

Source: apimachinery/pkg/runtime/serializer/json, sigs.k8s.io/json (strict mode),
apiserver/pkg/endpoints/handlers/rest.go (``transformDecodeError``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from labkit.embedded.schema import facts, scalars
from labkit.embedded.schema.fields import GVK, Model, kinds, model, model_of
from labkit.embedded.schema.texts import read_json
from labkit.embedded.status import Cause, StatusError, bad_request, invalid

Json = dict[str, Any]
Validation = Literal["Strict", "Warn", "Ignore"]
MAX_STRICT_ERRORS = 100


@dataclass(frozen=True, slots=True)
class Decoded:
    """The object, and the warnings for the ``Warning`` headers (text only, without code 299)."""

    obj: Json
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JSON value, and for every dict with duplicate keys (by identity) those keys."""

    value: Any
    duplicates: Mapping[int, tuple[str, ...]]


class DecodeError(Exception):
    """A value that does not fit its type; the message is the decoder's."""


def decode(
    gvk: GVK, body: bytes | str | Mapping[str, Any], *, validation: str = "Strict"
) -> Decoded:
    """Decode the body of a create or update of that kind.

    Raises ``StatusError`` 400 BadRequest: not JSON, another kind, a wrong type, and with
    ``Strict`` unknown or duplicate fields.
    """
    parsed = parse_body(gvk, body)
    _check_kind(gvk, parsed.value)
    try:
        obj, problems = convert(gvk, parsed)
    except DecodeError as error:
        raise bad_request(f"{_cannot(gvk)}: {error}") from None
    if problems and validation == "Strict":
        raise bad_request(f"{_cannot(gvk)}: strict decoding error: {', '.join(problems)}")
    return Decoded(obj, tuple(problems) if validation == "Warn" else ())


def decode_patched(
    gvk: GVK,
    obj: Mapping[str, Any],
    *,
    patch: str,
    validation: str = "Strict",
    found: Sequence[str] = (),
    unstructured: bool = False,
) -> Decoded:
    """Decode what a patch made.  ``patch`` is the text that the refusal shows, ``found`` the
    strict errors of the patch itself; ``unstructured`` takes the words of a strategic merge.

    Raises ``StatusError`` 422 Invalid, as the patch handlers do (with an empty name and kind:
    kubectl prints "The request is invalid: patch: ...").
    """
    try:
        decoded, problems = convert(gvk, Parsed(obj, {}), unstructured=unstructured)
    except DecodeError as error:
        raise _patch_refused(patch, str(error)) from None
    problems = [*found, *problems]
    if problems and validation == "Strict":
        raise _patch_refused(patch, f"strict decoding error: {', '.join(problems)}")
    return Decoded(decoded, tuple(problems) if validation == "Warn" else ())


def _patch_refused(patch: str, why: str) -> StatusError:
    message = f"Invalid value: {json.dumps(patch, ensure_ascii=False)}: {why}"
    return invalid("", "", "", [Cause("patch", "FieldValueInvalid", message)])


def _cannot(gvk: GVK) -> str:
    return f'{gvk.kind} in version "{gvk.version}" cannot be handled as a {gvk.kind}'


def parse_body(gvk: GVK, body: bytes | str | Mapping[str, Any]) -> Parsed:
    """Parse JSON text and note duplicate keys; a dict is taken as it is."""
    if isinstance(body, Mapping):
        return Parsed(dict(body), {})
    try:
        return parse_json(body)
    except ValueError as error:
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        raise bad_request(
            f"the object provided is unrecognized (must be of type {gvk.kind}): couldn't get "
            f"version/kind; json parse error: {error} ({_summary(text)})"
        ) from None


def parse_json(text: bytes | str) -> Parsed:
    """Parse JSON; ``ValueError`` when it is none."""
    duplicates: dict[int, tuple[str, ...]] = {}
    kept: list[Json] = []

    def pairs(items: list[tuple[str, Any]]) -> Json:
        result = dict(items)
        if len(result) != len(items):
            seen: set[str] = set()
            again = [key for key, _ in items if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
            duplicates[id(result)] = tuple(dict.fromkeys(again))
            kept.append(result)
        return result

    return Parsed(read_json(text, pairs), duplicates)


def _summary(text: str) -> str:
    if not text:
        return "<empty>"
    if text[0] == "{":
        return text if len(text) <= 30 else text[:30] + " ..."
    raw = text.encode()
    return raw.hex() if len(raw) <= 30 else raw[:30].hex() + " ..."


def _check_kind(gvk: GVK, value: Any) -> None:
    if not isinstance(value, dict):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {gvk.kind}): couldn't get "
            f"version/kind; json parse error: json: cannot unmarshal {scalars.json_kind(value)} "
            f"into Go value of type struct {{ APIVersion string; Kind string }}"
        )
    group, _, version = str(value.get("apiVersion") or gvk.api_version).rpartition("/")
    given = GVK(group, version, str(value.get("kind") or gvk.kind))
    if given == gvk:
        return
    if given.kind == gvk.kind:
        raise bad_request(
            f"the API version in the data ({given.api_version}) does not match the expected "
            f"API version ({gvk.api_version})"
        )
    where = f'{given.kind} in version "{given.version}" cannot be handled as a {gvk.kind}'
    if given not in kinds():
        raise bad_request(
            f'{where}: no kind "{given.kind}" is registered for version "{given.api_version}" '
            'in scheme "pkg/api/legacyscheme/scheme.go:30"'
        )
    raise bad_request(
        f"{where}: converting (v1.{given.kind}) to (core.{gvk.kind}): unknown conversion"
    )


def convert(gvk: GVK, parsed: Parsed, *, unstructured: bool = False) -> tuple[Json, list[str]]:
    """The object as the server would write it, and the strict decoding errors.

    Raises ``DecodeError`` at the first wrong type, ``KeyError`` for a kind not in the table.
    """
    known = model_of(gvk)
    if known is None:
        raise KeyError(gvk)
    walker = _Walker(parsed.duplicates)
    try:
        obj = walker.struct(known, parsed.value, "", ())
    except _WrongType as wrong:
        raise DecodeError(wrong.unstructured() if unstructured else wrong.unmarshal()) from None
    return {"apiVersion": gvk.api_version, "kind": gvk.kind} | obj, walker.problems


class _Walker:
    """One walk over a value along its types; collects strict errors in document order."""

    def __init__(self, duplicates: Mapping[int, tuple[str, ...]]) -> None:
        self.duplicates = duplicates
        self.problems: list[str] = []

    def _note(self, problem: str) -> None:
        if len(self.problems) < MAX_STRICT_ERRORS and problem not in self.problems:
            self.problems.append(problem)

    def struct(self, known: Model, value: Any, path: str, stack: tuple[str, ...]) -> Json:
        result: Json = {}
        again = self.duplicates.get(id(value), ()) if self.duplicates else ()
        prefix = f"{path}." if path else ""
        for key, item in value.items():
            kind = known.fields.get(key)
            if kind is None:
                self._note(f'unknown field "{prefix}{key}"')
                continue
            if key in again:
                self._note(f'duplicate field "{prefix}{key}"')
            if item is None:
                continue
            made = self.value(kind, item, prefix + key, (*stack, key), known.go)
            if not _is_absent(known.go, key, made):
                result[key] = made
        for key in facts.NULL_KEPT.get(known.name, ()):
            result.setdefault(key, None)
        return result

    def value(self, kind: str, value: Any, path: str, stack: tuple[str, ...], struct: str) -> Any:
        lead = kind[0]
        if lead == "@":
            inner = model(kind[1:])
            if not isinstance(value, dict):
                raise _wrong(value, f"v1.{inner.go}", struct, stack)
            return self.struct(inner, value, path, stack)
        if lead == "[":
            return self._list(kind, value, path, stack, struct)
        if lead == "{":
            return self._map(kind, value, path, stack, struct)
        return _scalar(kind, value, struct, stack)

    def _list(self, kind: str, value: Any, path: str, stack: tuple[str, ...], struct: str) -> Any:
        if not isinstance(value, list):
            raise _wrong(value, _go_type(kind, struct, stack), struct, stack)
        inner = kind[1:]
        return [
            self.value(
                inner, _zero(inner) if item is None else item, f"{path}[{at}]", stack, struct
            )
            for at, item in enumerate(value)
        ]

    def _map(self, kind: str, value: Any, path: str, stack: tuple[str, ...], struct: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(value, _go_type(kind, struct, stack), struct, stack)
        if self.duplicates:
            for key in self.duplicates.get(id(value), ()):
                self._note(f'duplicate field "{path}.{key}"')
        inner = kind[1:]
        return {
            key: self.value(inner, _zero(inner) if item is None else item, path, stack, struct)
            for key, item in value.items()
        }


def _zero(kind: str) -> Any:
    """What Go makes of a null inside a list or a map."""
    zeros: dict[str, Any] = {"@": {}, "[": [], "{": {}, "s": "", "b": False, "q": "0", "y": ""}
    return zeros.get(kind[0], 0)


def _is_absent(struct: str, field: str, value: Any) -> bool:
    """Whether Go would leave this value out when it writes the object."""
    if value == "" and isinstance(value, str):
        return (struct, field) not in facts.EMPTY_STRING_KEPT
    if isinstance(value, list):
        return not value and (struct, field) not in facts.EMPTY_LIST_KEPT
    if isinstance(value, dict):
        return not value and model_is_map(struct, field)
    return not value and facts.zero_is_absent(struct, field)


_MAPS = frozenset(
    "labels annotations matchLabels data binaryData stringData nodeSelector limits requests "
    "capacity allocatable hard used overhead parameters extra volumeAttributes".split()
)


def model_is_map(struct: str, field: str) -> bool:
    """Whether an empty ``{}`` here is a map (left out) and not a struct (kept)."""
    return field in _MAPS or (
        field == "selector" and struct in ("ServiceSpec", "ReplicationControllerSpec")
    )


_RANGES = {"i32": (31, "int32"), "i64": (63, "int64")}
_SPECIAL = {
    "t": scalars.time,
    "mt": scalars.micro_time,
    "y": scalars.byte_string,
    "q": scalars.amount,
    "is": scalars.int_or_string,
}


def _scalar(kind: str, value: Any, struct: str, stack: tuple[str, ...]) -> Any:
    if kind == "s":
        if isinstance(value, str):
            return value
        raise _wrong(value, facts.go_string(struct, stack[-1]), struct, stack)
    if kind == "b":
        if isinstance(value, bool):
            return value
        raise _wrong(value, "bool", struct, stack)
    if kind in _RANGES:
        return _integer(kind, value, struct, stack)
    if kind == "f":
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        raise _wrong(value, "float64", struct, stack)
    special = _SPECIAL.get(kind)
    if special is None:
        return value
    try:
        return special(value)
    except scalars.ScalarError as error:
        raise DecodeError(str(error)) from None


def _integer(kind: str, value: Any, struct: str, stack: tuple[str, ...]) -> int:
    bits, name = _RANGES[kind]
    if isinstance(value, int) and not isinstance(value, bool):
        if -(1 << bits) <= value < 1 << bits:
            return value
        raise _wrong(value, name, struct, stack, shown=f"number {value}")
    shown = f"number {value!r}" if isinstance(value, float) else None
    raise _wrong(value, name, struct, stack, shown=shown)


class _WrongType(Exception):
    """A value of another JSON type than its field has."""

    def __init__(
        self, value: Any, wanted: str, struct: str, stack: tuple[str, ...], shown: str | None
    ) -> None:
        super().__init__(wanted)
        self.value, self.wanted, self.struct, self.stack = value, wanted, struct, stack
        self.shown = shown or scalars.json_kind(value)

    def unmarshal(self) -> str:
        """In the words of encoding/json."""
        return (
            f"json: cannot unmarshal {self.shown} into Go struct field "
            f"{self.struct}.{'.'.join(self.stack)} of type {self.wanted}"
        )

    def unstructured(self) -> str:
        """In the words of ``DefaultUnstructuredConverter`` (strategic merge patch)."""
        given = _reflect_kind(self.value)
        if self.wanted.startswith("[]"):
            return f"cannot restore slice from {given}"
        if self.wanted.startswith("map[") or self.wanted == "v1.ResourceList":
            return f"cannot restore map from {given}"
        scalar = self.wanted in ("string", "bool", "int32", "int64", "float64")
        named = not scalar and self.wanted in facts.STRING_TYPES
        if not (scalar or named):
            return f"cannot restore struct from: {given}"
        number = given in ("int64", "float64")
        if number and self.wanted != "bool":
            return f"cannot convert {given} to {self.wanted}"
        return f"unrecognized type: {'string' if named else self.wanted}"


def _reflect_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    kinds_of = {int: "int64", float: "float64", str: "string", list: "slice", dict: "map"}
    return kinds_of.get(type(value), "interface")


def _wrong(
    value: Any, wanted: str, struct: str, stack: tuple[str, ...], *, shown: str | None = None
) -> _WrongType:
    return _WrongType(value, wanted, struct, stack, shown)


_GO = {"s": "string", "b": "bool", "i32": "int32", "i64": "int64", "f": "float64",
       "q": "resource.Quantity", "is": "intstr.IntOrString", "y": "[]uint8", "t": "v1.Time",
       "mt": "v1.MicroTime", "o": "interface {}"}  # fmt: skip


def _go_type(kind: str, struct: str, stack: tuple[str, ...]) -> str:
    """The Go name of a list or map type, as its reflection prints it."""
    if kind[0] == "[":
        return "[]" + _go_type(kind[1:], struct, stack)
    if kind[0] == "{":
        named = {"limits", "requests", "capacity", "allocatable", "hard", "used", "overhead"}
        if stack[-1] in named:
            return "v1.ResourceList"
        return "map[string]" + _go_type(kind[1:], struct, stack)
    if kind[0] == "@":
        return f"v1.{model(kind[1:]).go}"
    return facts.go_string(struct, stack[-1]) if kind == "s" else _GO[kind]
