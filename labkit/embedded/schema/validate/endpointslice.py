"""EndpointSlice.

Source: ValidateEndpointSlice, ValidateEndpointSliceUpdate
(pkg/apis/discovery/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import (
    duplicate,
    invalid,
    invalids,
    one_of,
    required,
    too_many,
    unchanged,
)
from labkit.embedded.schema.validate.service import PROTOCOLS
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
MAX_ADDRESSES, MAX_PORTS, MAX_ENDPOINTS = 100, 20000, 1000


def create(endpoint_slice: Json) -> list[Cause]:
    """What is wrong with a new EndpointSlice."""
    causes = meta.create(endpoint_slice)
    kind = endpoint_slice.get("addressType", "")
    causes += one_of("addressType", kind, ADDRESS_TYPES)
    endpoints = endpoint_slice.get("endpoints") or ()
    if len(endpoints) > MAX_ENDPOINTS:
        causes.append(too_many("endpoints", len(endpoints), MAX_ENDPOINTS))
    for at, endpoint in enumerate(endpoints):
        causes += _endpoint(endpoint, kind, f"endpoints[{at}]")
    return causes + _ports(endpoint_slice.get("ports") or ())


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed EndpointSlice."""
    causes = meta.update(new, old) + create(new)
    return causes + unchanged("addressType", new.get("addressType"), old.get("addressType"))


def _endpoint(endpoint: Json, kind: str, path: str) -> list[Cause]:
    causes: list[Cause] = []
    addresses = endpoint.get("addresses") or ()
    if not addresses:
        causes.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(addresses) > MAX_ADDRESSES:
        causes.append(too_many(f"{path}.addresses", len(addresses), MAX_ADDRESSES))
    for at, address in enumerate(addresses):
        causes += _address(address, kind, f"{path}.addresses[{at}]")
    hostname = endpoint.get("hostname")
    if hostname is not None:
        causes += invalids(f"{path}.hostname", hostname, names.dns_label(hostname))
    return causes


def _address(address: str, kind: str, path: str) -> list[Cause]:
    if kind == "FQDN":
        return invalids(path, address, names.dns_subdomain(address))
    ip = names.parse_ip(address)
    if ip is None:
        return invalids(path, address, names.ip_address(address))
    if kind in ("IPv4", "IPv6") and f"IPv{ip.version}" != kind:
        return [invalid(path, address, f"must be an {kind} address")]
    special = {
        f"may not be unspecified ({address})": ip.is_unspecified,
        "may not be in the loopback range (127.0.0.0/8, ::1/128)": ip.is_loopback,
        "may not be in the link-local range (169.254.0.0/16, fe80::/10)": ip.is_link_local,
    }
    return [invalid(path, address, says) for says, bad in special.items() if bad]


def _ports(ports: Sequence[Json]) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for at, port in enumerate(ports):
        path, name = f"ports[{at}]", port.get("name") or ""
        if name:
            causes += invalids(f"{path}.name", name, names.dns_label(name))
        if name in seen:
            causes.append(duplicate(f"{path}.name", name))
        seen.add(name)
        causes += one_of(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    return causes
