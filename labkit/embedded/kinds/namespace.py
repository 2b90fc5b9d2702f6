"""Namespaces: born Active with the finalizer that keeps them until they are empty."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at


def _cells(namespace: Json, now: float) -> Cells:
    phase = at(namespace, "status", "phase", default="")
    return [namespace["metadata"]["name"], phase, age(namespace, now)]


KIND = Kind(
    "Namespace",
    "namespaces",
    short_names=("ns",),
    namespaced=False,
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    columns=(NAME, Column("Status"), AGE),
    cells=_cells,
    subresources=("finalize", "status"),
)
