"""The points of a load balancer in the status of a Service or an Ingress.

Source: ValidateLoadBalancerStatus (pkg/apis/core/validation/validation.go),
ValidateIngressLoadBalancerStatus (pkg/apis/networking/validation/validation.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.embedded.schema.validate import names
from labkit.embedded.schema.validate.errors import forbidden, invalid, invalids, one_of
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def points(entries: Sequence[Json], path: str) -> list[Cause]:
    """What is wrong with ``status.loadBalancer.ingress``."""
    return [cause for at, each in enumerate(entries) for cause in _point(each, f"{path}[{at}]")]


def _point(point: Json, path: str) -> list[Cause]:
    address, mode, name = point.get("ip"), point.get("ipMode"), point.get("hostname")
    causes: list[Cause] = []
    if address:
        causes += invalids(f"{path}.ip", address, names.ip_address(address))
    if mode is not None and not address:
        causes.append(forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set"))
    elif mode is not None:
        causes += one_of(f"{path}.ipMode", mode, ("Proxy", "VIP"))
    if name:
        causes += invalids(f"{path}.hostname", name, names.dns_subdomain(name))
        if names.parse_ip(name) is not None:
            says = "must be a DNS name, not an IP address"
            causes.append(invalid(f"{path}.hostname", name, says))
    return causes
