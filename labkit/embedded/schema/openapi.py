"""What kubectl asks of ``/openapi/v2`` and ``/openapi/v3``.

``apply``, ``create -f``, ``replace`` and ``diff`` want a v2 document in protobuf; an empty one
does.  ``explain`` wants the v3 document of a group and version with real schemas.  Field names
and types come from the table of fields, the descriptions are this project's own and stand for
the fields that the course speaks of (``tables/descriptions.json``); the rest has none.

Source: kube-openapi (OpenAPI v3 discovery), kubectl pkg/explain/v2.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from labkit.embedded.schema.enums import ENUMS
from labkit.embedded.schema.fields import GVK, Model, kinds, model

Json = dict[str, Any]

V2_MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

# swagger "2.0", info (title "labkit", version "v1"), no paths: as protobuf.
V2_PROTOBUF = b"\x0a\x032.0\x12\x0c\x0a\x06labkit\x12\x02v1\x42\x00"

_SCALARS: Mapping[str, Json] = {
    "s": {"type": "string"},
    "i32": {"type": "integer", "format": "int32"},
    "i64": {"type": "integer", "format": "int64"},
    "f": {"type": "number", "format": "double"},
    "b": {"type": "boolean"},
    "y": {"type": "string", "format": "byte"},
    "o": {"type": "object"},
}
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_NAMED = {
    "t": (_META + "Time", {"type": "string", "format": "date-time"}),
    "mt": (_META + "MicroTime", {"type": "string", "format": "date-time"}),
    "q": ("io.k8s.apimachinery.pkg.api.resource.Quantity", {"type": "string"}),
    "is": (
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    ),
}
_META_MODELS = frozenset(
    "ObjectMeta ListMeta OwnerReference ManagedFieldsEntry LabelSelector DeleteOptions Status "
    "LabelSelectorRequirement Preconditions StatusDetails StatusCause Condition".split()
)


# What the fields that every kind has are for.
_USUAL = {
    "apiVersion": "Group and version of the API that the object is written in.",
    "kind": "The kind of object.",
    "metadata": "What every object carries: its names, labels, owners and history.",
    "spec": "What is wished for.",
    "status": "What the cluster last reported.",
}


def v3_index(versions: Iterable[str]) -> Json:
    """``/openapi/v3``: where each version's document is; ``versions`` as ``v1``, ``apps/v1``.

    The hash changes with the table, so that kubectl may keep a document it has seen.
    """
    return {"paths": {_path(each): {"serverRelativeURL": _url(each)} for each in versions}}


def _path(api_version: str) -> str:
    return f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"


def _url(api_version: str) -> str:
    return f"/openapi/v3/{_path(api_version)}?hash={document_hash(api_version)}"


@cache
def document_hash(api_version: str) -> str:
    """The hash that the index gives for a version's document."""
    return hashlib.sha256(v3_document(api_version)).hexdigest()[:32].upper()


@cache
def v3_document(api_version: str) -> bytes:
    """The v3 document of one group and version as JSON text."""
    group, _, version = api_version.rpartition("/")
    found = {gvk: name for gvk, name in kinds().items() if gvk[:2] == (group, version)}
    schemas: Json = {}
    for gvk, name in sorted(found.items()):
        _add(schemas, name, gvk)
    document = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "labkit"},
        "paths": {f"/{_path(api_version)}/": {}, **_paths(api_version, found)},
        "components": {"schemas": schemas},
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _paths(api_version: str, found: Iterable[GVK]) -> Json:
    """One PATCH per kind: how kubectl learns that the server checks fields itself."""
    validation = {"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}
    return {
        f"/{_path(api_version)}/{_plural(gvk.kind)}/{{name}}": {
            "patch": {
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": gvk._asdict(),
                "parameters": [validation],
                "responses": {},
            }
        }
        for gvk in found
        if not gvk.kind.endswith("List")
    }


def _plural(kind: str) -> str:
    """The resource of a kind (``meta.UnsafeGuessKindToResource``): explain looks for it."""
    word = kind.lower()
    if word == "endpoints":
        return word
    if word.endswith("s"):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _add(schemas: Json, name: str, gvk: GVK | None) -> None:
    """Put a model's schema and those that it refers to into ``schemas``."""
    full = schema_name(name)
    if full in schemas and gvk is None:
        return
    known = model(name)
    schema: Json = {"type": "object"}
    words = _words().get(known.go, {})
    usual = _USUAL if gvk is not None else {}
    if "" in words:
        schema["description"] = words[""]
    schemas[full] = schema
    schema["properties"] = {
        field: _property(schemas, known, field, kind, words.get(field) or usual.get(field, ""))
        for field, kind in known.fields.items()
    }
    if known.required:
        schema["required"] = list(known.required)
    if gvk is not None:
        schema["x-kubernetes-group-version-kind"] = [gvk._asdict()]


def _property(schemas: Json, known: Model, field: str, kind: str, words: str) -> Json:
    made = _typed(schemas, kind)
    enum = ENUMS.get((known.go, field))
    if enum:
        made = {**made, "enum": sorted(enum)}
    return {"description": words, **made} if words else made


def _typed(schemas: Json, kind: str) -> Json:
    if kind[0] == "[":
        return {"type": "array", "items": _typed(schemas, kind[1:])}
    if kind[0] == "{":
        return {"type": "object", "additionalProperties": _typed(schemas, kind[1:])}
    if kind[0] == "@":
        _add(schemas, kind[1:], None)
        return _reference(schema_name(kind[1:]))
    if kind in _NAMED:
        name, schema = _NAMED[kind]
        schemas.setdefault(name, schema)
        return _reference(name)
    return dict(_SCALARS[kind])


def _reference(name: str) -> Json:
    """As the server writes it: inside allOf, so that a description can stand beside it."""
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


@cache
def schema_name(name: str) -> str:
    """``io.k8s.api.core.v1.Pod``; models of no known kind count as core."""
    known = model(name)
    if known.go in _META_MODELS:
        return _META + known.go
    homes = {made: gvk for gvk, made in kinds().items()}
    home = homes.get(name)
    group = home.group.removesuffix(".k8s.io").partition(".")[0] if home else ""
    version = home.version if home else "v1"
    unique = known.go if home or name.removeprefix("CoreV1") == known.go else name
    return f"io.k8s.api.{group or 'core'}.{version}.{unique}"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    """Our descriptions: Go struct -> field -> text; the empty field is the struct itself."""
    text = files(__package__).joinpath("tables", "descriptions.json").read_text("utf-8")
    table: Mapping[str, Mapping[str, str]] = json.loads(text)
    return table
