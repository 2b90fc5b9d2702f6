"""Namespaces: born Active with the finalizer that keeps them until they are empty."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, World, at

NAME_LABEL = "kubernetes.io/metadata.name"


def _cells(namespace: Json, now: float) -> Cells:
    phase = at(namespace, "status", "phase", default="")
    return [namespace["metadata"]["name"], phase, age(namespace, now)]


def _prepare(namespace: Json, old: Json | None, world: World) -> None:
    metadata = namespace["metadata"]
    if metadata.get("name"):
        metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: metadata["name"]}
    if old is None:
        namespace["spec"] = {"finalizers": ["kubernetes"]}


KIND = Kind(
    "Namespace",
    "namespaces",
    short_names=("ns",),
    namespaced=False,
    verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
    columns=(NAME, Column("Status"), AGE),
    cells=_cells,
    subresources=("finalize", "status"),
    empty_status={"phase": "Active"},
    prepare=_prepare,
)
