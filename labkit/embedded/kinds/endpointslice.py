"""EndpointSlices."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind
from labkit.embedded.kinds.words import shortened

UNSET = "<unset>"


def _port(port: Json) -> str:
    return str(port.get("port") or port.get("name") or "*")


def _cells(piece: Json, now: float) -> Cells:
    addresses = [a for e in piece.get("endpoints") or [] for a in e.get("addresses") or []]
    ports = [_port(port) for port in piece.get("ports") or []]
    return [
        piece["metadata"]["name"],
        piece.get("addressType", ""),
        shortened(ports, UNSET),
        shortened(addresses, UNSET),
        age(piece, now),
    ]


KIND = Kind(
    "EndpointSlice",
    "endpointslices",
    "discovery.k8s.io",
    columns=(NAME, Column("AddressType"), Column("Ports"), Column("Endpoints"), AGE),
    cells=_cells,
)
