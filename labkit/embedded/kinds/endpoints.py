"""Endpoints, the older form of EndpointSlices; every answer warns that they are deprecated."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at
from labkit.embedded.kinds.words import NONE, shortened


def _cells(endpoints: Json, now: float) -> Cells:
    shown: list[str] = []
    for subset in endpoints.get("subsets") or []:
        addresses = [address["ip"] for address in at(subset, "addresses", default=[])]
        ports = at(subset, "ports", default=[])
        if not ports:
            shown += addresses
        shown += [f"{address}:{port['port']}" for port in ports for address in addresses]
    return [endpoints["metadata"]["name"], shortened(shown, NONE), age(endpoints, now)]


KIND = Kind(
    "Endpoints",
    "endpoints",
    short_names=("ep",),
    columns=(NAME, Column("Endpoints"), AGE),
    cells=_cells,
    create_on_update=True,
    warning="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
)
