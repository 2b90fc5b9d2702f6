"""Lists as tables: what ``kubectl get`` prints, made by the server.

Source: apiserver/pkg/endpoints/handlers/response.go, printers/internalversion.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Kind
from labkit.embedded.status import bad_request

Json = dict[str, Any]

PLAIN = (NAME, AGE)


def partial(obj: Json) -> Json:
    """The object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }


def columns(kind: Kind) -> list[Json]:
    """The column definitions of a kind."""
    return [
        {
            "name": column.name,
            "type": column.type,
            "format": column.format,
            "description": "",
            "priority": 1 if column.wide else 0,
        }
        for column in kind.columns or PLAIN
    ]


def row(kind: Kind, obj: Json, now: float, include: str = "") -> Json:
    """One row; ``include`` is None, Metadata (the default) or Object."""
    cells = kind.cells(obj, now) if kind.cells else [obj["metadata"]["name"], age(obj, now)]
    match include:
        case "" | "Metadata":
            return {"cells": cells, "object": partial(obj)}
        case "Object":
            return {"cells": cells, "object": obj}
        case "None":
            return {"cells": cells}
        case _:
            raise bad_request(f"unrecognized includeObject value: {include}")


def table(
    kind: Kind, objects: Iterable[Json], now: float, metadata: Json, include: str = ""
) -> Json:
    """A whole table; ``metadata`` is the list's (or the one object's resourceVersion)."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns(kind),
        "rows": [row(kind, obj, now, include) for obj in objects],
    }
