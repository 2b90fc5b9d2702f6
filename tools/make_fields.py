"""Make ``labkit/embedded/schema/tables/fields.json.gz`` from the official client's models.

Usage: ``python tools/make_fields.py`` (needs ``kubernetes`` 37; the package itself never
imports it).  The table holds facts alone, names and types:

``models``   model name -> [Go struct name, {JSON field: type}, [required fields]]
``kinds``    "group/version/Kind" -> model name

A type is one of ``s`` string, ``i32``/``i64`` integer, ``f`` float, ``b`` bool, ``y`` bytes,
``t`` Time, ``mt`` MicroTime, ``q`` Quantity, ``is`` IntOrString, ``o`` any JSON; or ``@Model``;
a list is ``[`` + type and a map with string keys ``{`` + type.

The client does not tell a Quantity from a string nor int64 from int32.  Where a message's
protobuf type is known (``tables/protobuf.json.gz``) it decides; the rest is listed below.
"""

from __future__ import annotations

import datetime
import gzip
import importlib
import json
import pkgutil
import re
import types
import typing
from pathlib import Path
from typing import Any

import kubernetes.client.api
import kubernetes.client.models

TABLES = Path(__file__).parent.parent / "labkit" / "embedded" / "schema" / "tables"

QUANTITIES = {
    "capacity", "allocatable", "hard", "used", "limits", "requests", "default", "defaultRequest",
    "max", "min", "maxLimitRequestRatio", "allocatedResources", "overhead", "podFixed",
}  # fmt: skip
QUANTITY_FIELDS = {("ResourceFieldSelector", "divisor"), ("EmptyDirVolumeSource", "sizeLimit"),
                   ("ResourceStatus", "resources")}  # fmt: skip
MICRO_TIMES = {"acquireTime", "renewTime", "eventTime", "lastObservedTime"}
INT64_FIELDS = {
    "observedGeneration", "generation", "activeDeadlineSeconds", "startingDeadlineSeconds",
    "revision", "expirationSeconds", "runAsUser", "runAsGroup", "fsGroup", "tolerationSeconds",
    "terminationGracePeriodSeconds", "gracePeriodSeconds", "deletionGracePeriodSeconds",
    "remainingItemCount", "sizeBytes", "seconds", "supplementalGroups",
}  # fmt: skip
ANY_FIELDS = {("ManagedFieldsEntry", "fieldsV1"), ("ControllerRevision", "data"),
              ("WatchEvent", "object")}  # fmt: skip

# Models that paths of one group answer with but that belong to another, or to every one.
ELSEWHERE = {
    "Scale": "autoscaling/v1/Scale", "Eviction": "policy/v1/Eviction", "Status": "/v1/Status",
    "AuthenticationV1TokenRequest": "authentication.k8s.io/v1/TokenRequest",
    "APIResourceList": "", "DeleteOptions": "/v1/DeleteOptions",
}  # fmt: skip


def go_name(model: str) -> str:
    """``V1ServicePort`` and ``CoreV1Event`` as Go calls them: ServicePort, Event."""
    return re.sub(r"^[A-Z][a-z]*?V\d+(?=[A-Z])|^V\d+(?=[A-Z])", "", model)


def protobuf_types() -> dict[str, dict[str, str]]:
    """Go struct name -> JSON field -> last part of the protobuf type, where it is known."""
    with gzip.open(TABLES / "protobuf.json.gz", "rt", encoding="utf-8") as file:
        messages = json.load(file)
    return {
        name.rsplit(".", 1)[1]: {
            field: kind.rsplit(".", 1)[-1] for field, kind, _ in fields.values()
        }
        for name, fields in messages.items()
    }


class Namer:
    """Turns annotations of the client's models into the short types of the table."""

    WIDTHS: typing.ClassVar = {
        "int32": "i32", "int64": "i64", "Quantity": "q", "Time": "t", "MicroTime": "mt",
        "IntOrString": "is", "bytes": "y", "string": "s", "bool": "b",
    }  # fmt: skip

    def __init__(self) -> None:
        self.wire = protobuf_types()

    def field_type(self, owner: str, field: str, annotation: Any) -> str:
        if (owner, field) in ANY_FIELDS:
            return "o"
        annotation = strip(annotation)
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in (list, typing.List):  # noqa: UP006
            inner = self.field_type(owner, field, args[0])
            return "[s" if inner == "q" else "[" + inner
        if origin in (dict, typing.Dict):  # noqa: UP006
            return "{" + self.field_type(owner, field, args[1])
        if isinstance(annotation, type) and annotation.__module__.startswith("kubernetes."):
            unserved = re.match(r"V\d+(alpha|beta)", annotation.__name__)
            return "o" if unserved else "@" + short(annotation.__name__)
        return self.scalar(owner, field, annotation)

    def scalar(self, owner: str, field: str, annotation: Any) -> str:
        known = self.wire.get(owner, {}).get(field)
        if known in self.WIDTHS:
            return self.WIDTHS[known]
        if typing.get_origin(annotation) in (typing.Union, types.UnionType):
            names = {strip(arg) for arg in typing.get_args(annotation)}
            return "is" if names == {int, str} else "o"
        if annotation is datetime.datetime:
            return "mt" if field in MICRO_TIMES else "t"
        if annotation is str:
            quantity = field in QUANTITIES or (owner, field) in QUANTITY_FIELDS
            return "q" if quantity else "s"
        if annotation is int:
            return "i64" if field in INT64_FIELDS else "i32"
        return {bool: "b", float: "f", bytes: "y"}.get(annotation, "o")


def strip(annotation: Any) -> Any:
    """Without ``Annotated`` and ``Optional``."""
    while True:
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            annotation = args[0]
        elif origin in (typing.Union, types.UnionType) and type(None) in args:
            rest = [arg for arg in args if arg is not type(None)]
            if len(rest) > 1:
                return typing.Union[tuple(rest)]  # noqa: UP007
            annotation = rest[0]
        else:
            return annotation


def short(model: str) -> str:
    """The model's name in the table: without the leading V1."""
    return re.sub(r"^V1(?=[A-Z])", "", model)


def models() -> dict[str, Any]:
    """Every model of a v1 (or v2) version, as the table writes it."""
    namer, found = Namer(), {}
    for module in pkgutil.iter_modules(kubernetes.client.models.__path__):
        if re.match(r"(.*_)?v\d+(alpha|beta)\d+_", module.name):
            continue
        loaded = importlib.import_module(f"kubernetes.client.models.{module.name}")
        for name, model in vars(loaded).items():
            own = getattr(model, "__module__", "") == loaded.__name__
            if own and hasattr(model, "openapi_types"):
                found[short(name)] = describe(namer, name, model)
    return dict(sorted(found.items()))


def describe(namer: Namer, name: str, model: Any) -> list[Any]:
    owner = go_name(name)
    fields, required = {}, []
    for attribute, info in model.model_fields.items():
        json_name = info.serialization_alias or attribute
        annotation = info.annotation
        fields[json_name] = namer.field_type(owner, json_name, annotation)
        if info.is_required():
            required.append(json_name)
    return [owner, fields, required]


def kinds(known: dict[str, Any]) -> dict[str, str]:
    """Which model each path of the API answers with gives group, version and kind."""
    found = {}
    for module in pkgutil.iter_modules(kubernetes.client.api.__path__):
        match = re.fullmatch(r"(.+)_(v\d+)_api", module.name)
        if not match:
            continue
        path = Path(kubernetes.client.api.__path__[0]) / f"{module.name}.py"
        text = path.read_text(encoding="utf-8")
        paths = re.search(r"resource_path='/(?:api|apis/([^/]+))/(v\d+)/", text)
        for model in re.findall(r"body: (\w+)[,\]]|\) -> (\w+):", text):
            name = short(model[0] or model[1])
            kind, fields, _ = known.get(name, ["", {}, []])
            if paths and {"kind", "apiVersion"} <= fields.keys() and name not in ELSEWHERE:
                found[f"{paths[1] or ''}/{paths[2]}/{kind}"] = name
    found |= {gvk: model for model, gvk in ELSEWHERE.items() if gvk}
    return dict(sorted(found.items()))


def write(path: Path, table: Any) -> None:
    """Always the same bytes for the same table."""
    text = json.dumps(table, separators=(",", ":"), sort_keys=False)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main() -> None:
    known = models()
    table = {"models": known, "kinds": kinds(known)}
    write(TABLES / "fields.json.gz", table)
    print(len(table["models"]), "models,", len(table["kinds"]), "kinds")


if __name__ == "__main__":
    main()
