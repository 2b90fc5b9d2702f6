"""Node.  Source: ValidateNode, ValidateNodeUpdate, validateNodeTaints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta, names
from labkit.embedded.schema.validate.affinity import EFFECTS
from labkit.embedded.schema.validate.errors import (
    duplicate,
    forbidden,
    invalid,
    invalids,
    one_of,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]


def create(node: Json) -> list[Cause]:
    """What is wrong with a new Node."""
    spec = node.get("spec") or {}
    causes = meta.create(node) + _taints(spec, "metadata.taints")
    for at, each in enumerate(spec.get("podCIDRs") or ()):
        causes += invalids(f"spec.podCIDRs[{at}]", each, names.cidr(each))
    return causes


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Node."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old)
    if before.get("podCIDRs") and _networks(spec) != before["podCIDRs"]:
        says = 'node updates may not change podCIDR except from "" to valid'
        causes.append(forbidden("spec.podCIDRs", says))
    if before.get("providerID") and spec.get("providerID") != before["providerID"]:
        says = 'node updates may not change providerID except from "" to valid'
        causes.append(forbidden("spec.providerID", says))
    return causes + _taints(spec, "spec.taints")


def _networks(spec: Json) -> list[str]:
    """podCIDRs; a podCIDR that is not the first of them counts alone, as conversion has it."""
    one, many = spec.get("podCIDR", ""), list(spec.get("podCIDRs") or ())
    return [one] if one and many[:1] != [one] else many


def _taints(spec: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[tuple[str, str]] = set()
    for at, taint in enumerate(spec.get("taints") or ()):
        here, key = f"{path}[{at}]", taint.get("key", "")
        causes += invalids(f"{here}.key", key, names.qualified_name(key))
        wrong = names.label_value(taint.get("value", ""))
        if wrong:
            causes.append(invalid(f"{here}.value", taint["value"], ";".join(wrong)))
        effect = taint.get("effect", "")
        causes += one_of(f"{here}.effect", effect, EFFECTS)
        if (key, effect) in seen:
            says = "taints must be unique by key and effect pair"
            causes.append(duplicate(here, dict(taint), says))
        seen.add((key, effect))
    return causes
