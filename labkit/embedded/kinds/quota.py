"""ResourceQuotas: how they are shown (printResourceQuota of pkg/printers/internalversion)."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at


def _cells(quota: Json, now: float) -> Cells:
    hard = at(quota, "status", "hard", default={})
    used = at(quota, "status", "used", default={})
    texts = {name: f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard)}
    requests = [text for name, text in texts.items() if not name.startswith("limits")]
    limits = [text for name, text in texts.items() if name.startswith("limits")]
    return [quota["metadata"]["name"], ", ".join(requests), ", ".join(limits), age(quota, now)]


KIND = Kind(
    "ResourceQuota",
    "resourcequotas",
    short_names=("quota",),
    columns=(NAME, Column("Request"), Column("Limit"), AGE),
    cells=_cells,
    subresources=("status",),
)
