"""NetworkPolicy.  Source: ValidateNetworkPolicySpec (pkg/apis/networking/validation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.errors import (
    forbidden,
    invalids,
    one_of,
    required,
    unsupported,
)
from labkit.embedded.schema.validate.service import PROTOCOLS, port_number_or_name
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(policy: Json) -> list[Cause]:
    """What is wrong with a new NetworkPolicy."""
    return meta.create(policy) + _spec(policy.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed NetworkPolicy."""
    return meta.update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Json) -> list[Cause]:
    causes = meta.label_selector(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for at, rule in enumerate(spec.get(direction) or ()):
            here = f"spec.{direction}[{at}]"
            for index, port in enumerate(rule.get("ports") or ()):
                causes += _port(port, f"{here}.ports[{index}]")
            for index, peer in enumerate(rule.get(peers) or ()):
                causes += _peer(peer, f"{here}.{peers}[{index}]")
    for at, kind in enumerate(spec.get("policyTypes") or ()):
        if kind not in ("Ingress", "Egress"):
            causes.append(unsupported(f"spec.policyTypes[{at}]", kind, ("Egress", "Ingress")))
    return causes


def _port(port: Json, path: str) -> list[Cause]:
    causes = one_of(f"{path}.protocol", port.get("protocol"), PROTOCOLS, wanted=False)
    if port.get("port") is not None:
        causes += port_number_or_name(port["port"], f"{path}.port")
    return causes


def _peer(peer: Json, path: str) -> list[Cause]:
    if not peer:
        return [required(path, "must specify a peer")]
    causes: list[Cause] = []
    for field in ("podSelector", "namespaceSelector"):
        causes += meta.label_selector(peer.get(field), f"{path}.{field}")
    block = peer.get("ipBlock")
    if block is not None:
        if len(peer) > 1:
            causes.append(forbidden(path, "may not specify both ipBlock and another peer"))
        address = block.get("cidr", "")
        causes += (
            invalids(f"{path}.ipBlock.cidr", address, names.cidr(address))
            if address
            else [required(f"{path}.ipBlock.cidr")]
        )
    return causes
