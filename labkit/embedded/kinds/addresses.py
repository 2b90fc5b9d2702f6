"""ServiceCIDRs, the networks that ClusterIPs come from, and IPAddresses, one for each ClusterIP.

The objects of the ClusterIPs are kept by ``controllers/serviceaddresses.py`` (KEP-1880).
"""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at
from labkit.embedded.status import qualified

MANAGED_BY = "ipaddress.kubernetes.io/managed-by"
FAMILY = "ipaddress.kubernetes.io/ip-family"
ALLOCATOR = "ipallocator.k8s.io"
"""Who manages the IPAddresses of ClusterIPs."""


def _cidr_cells(cidr: Json, now: float) -> Cells:
    found = at(cidr, "spec", "cidrs", default=[])
    return [cidr["metadata"]["name"], ",".join(found), age(cidr, now)]


def _address_cells(address: Json, now: float) -> Cells:
    return [address["metadata"]["name"], parent_text(address), age(address, now)]


def parent_text(address: Json) -> str:
    """``services/default/web``: what an address belongs to."""
    parent = at(address, "spec", "parentRef", default={})
    resource = qualified(parent.get("resource", ""), parent.get("group", ""))
    return "/".join(
        part for part in (resource, parent.get("namespace"), parent.get("name")) if part
    )


SERVICE_CIDR = Kind(
    "ServiceCIDR",
    "servicecidrs",
    "networking.k8s.io",
    namespaced=False,
    columns=(NAME, Column("CIDRs"), AGE),
    cells=_cidr_cells,
    subresources=("status",),
)
IP_ADDRESS = Kind(
    "IPAddress",
    "ipaddresses",
    "networking.k8s.io",
    short_names=("ip",),
    namespaced=False,
    columns=(NAME, Column("ParentRef"), AGE),
    cells=_address_cells,
)
