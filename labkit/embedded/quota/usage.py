"""What one object uses, and what a quota's resources are called.

Source: pkg/quota/v1/evaluator/core, pkg/quota/v1/generic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from labkit.embedded.kinds.base import Json, at
from labkit.embedded.quota import pods, services
from labkit.embedded.quota.pods import Used
from labkit.embedded.quota.scopes import concerns
from labkit.embedded.schema import quantity

Listed = Callable[[str], Iterable[Json]]
"""The objects of a resource in the namespace of the quota."""

PLAIN = (
    "configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets",
)  # fmt: skip
"""Kinds whose count has the name of the resource alone."""
COUNT = "count/"


def used_by(resource: str, obj: Json, now: float) -> Used:
    """What one object uses: itself, and what its kind uses besides."""
    found: Used = {f"{COUNT}{resource}": Fraction(1)}
    if resource in PLAIN:
        found[resource] = Fraction(1)
    elif resource == "pods":
        found |= pods.used_by(obj, now)
    elif resource == "services":
        found |= services.used_by(obj)
    return found


def resource_of(name: str) -> str:
    """Of which resource the objects are that a name of ``hard`` counts."""
    if name.startswith(COUNT):
        return name.removeprefix(COUNT)
    if name.startswith("services"):
        return "services"
    return name if name in PLAIN else "pods"


def used_in(quota: Json, listed: Listed, now: float) -> Used:
    """What the objects of the namespace use of each resource that the quota limits."""
    hard = at(quota, "spec", "hard", default={})
    total: Used = dict.fromkeys(hard, Fraction(0))
    for resource in {resource_of(name) for name in hard}:
        for obj in listed(resource):
            if concerns(quota, resource, obj):
                for name, value in used_by(resource, obj, now).items():
                    if name in total and resource_of(name) == resource:
                        total[name] += value
    return total


def texts(amounts: Used, like: Json) -> Json:
    """Amounts as quantities; binary ones where the limit of that name is written so."""
    return {name: _text(amounts[name], str(like.get(name, ""))) for name in sorted(amounts)}


def _text(value: Fraction, like: str) -> str:
    if value.denominator == 1 and like.endswith("i"):
        for suffix in ("Ei", "Pi", "Ti", "Gi", "Mi", "Ki"):
            size = 1024 ** quantity.BINARY[suffix]
            if value and value.numerator % size == 0:
                return f"{value.numerator // size}{suffix}"
    return quantity.canonical(f"{value.numerator}" if value.denominator == 1 else _nano(value))


def _nano(value: Fraction) -> str:
    nano = value * 10**9
    return f"{-(-nano.numerator // nano.denominator)}n"
