"""ServiceCIDR.  Source: ValidateServiceCIDR (pkg/apis/networking/validation/validation.go)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import invalid, invalids, required
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

PATH = "spec.cidrs"


def create(cidr: Json) -> list[Cause]:
    """What is wrong with a new ServiceCIDR."""
    return meta.create(cidr) + _cidrs(_of(cidr))


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed ServiceCIDR: a second family may come, all else stays."""
    causes = meta.update(new, old)
    now, before = _of(new), _of(old)
    if now == before:
        return causes
    if len(before) == 1 and len(now) == 2 and now[0] == before[0]:
        return causes + _cidrs(now)
    return [*causes, invalid(PATH, now, "field is immutable")]


def _of(cidr: Json) -> list[str]:
    return list((cidr.get("spec") or {}).get("cidrs") or ())


def _cidrs(cidrs: list[str]) -> list[Cause]:
    if not cidrs:
        return [required(PATH, "at least one CIDR required")]
    if len(cidrs) > 2:
        return [invalid(PATH, cidrs, "may only hold up to 2 values")]
    causes: list[Cause] = []
    for at, each in enumerate(cidrs):
        path = f"{PATH}[{at}]"
        wrong = names.cidr(each)
        if wrong:
            causes += invalids(path, each, wrong)
        elif str(ipaddress.ip_network(each, strict=False)) != each:
            shown = ipaddress.ip_network(each, strict=False)
            causes.append(invalid(path, each, f'must be in canonical form ("{shown}")'))
    if not causes and len({ipaddress.ip_network(each).version for each in cidrs}) < len(cidrs):
        says = (
            "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and "
            "2001:db8::/96"
        )
        causes.append(invalid(PATH, cidrs, says))
    return causes
