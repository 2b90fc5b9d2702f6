"""What a Pod uses of a quota.  Source: pkg/quota/v1/evaluator/core/pods.go."""

from __future__ import annotations

from fractions import Fraction

from labkit.embedded.kinds.ages import parse_time
from labkit.embedded.kinds.base import Json, at
from labkit.embedded.schema import quantity

Used = dict[str, Fraction]
"""Amounts by the names that a quota's ``hard`` uses."""

COMPUTE = ("cpu", "memory", "ephemeral-storage")


def used_by(pod: Json, now: float) -> Used:
    """``pods`` and what its containers request and are limited to; nothing once it is over."""
    if _over(pod, now):
        return {}
    found: Used = {"pods": Fraction(1)}
    for name, value in _summed(pod, "requests").items():
        if name in COMPUTE:
            found[name] = value
        found[f"requests.{name}"] = value
    for name, value in _summed(pod, "limits").items():
        found[f"limits.{name}"] = value
    return found


def left_open(pod: Json, hard: Json) -> str:
    """Which resources a quota counts and some container does not give: ``limits.cpu for: a``."""
    asked: dict[str, set[str]] = {}
    spec = pod.get("spec") or {}
    for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]:
        given = {f"requests.{name}" for name in at(container, "resources", "requests", default={})}
        given |= {f"limits.{name}" for name in at(container, "resources", "limits", default={})}
        given |= {name for name in COMPUTE if f"requests.{name}" in given}
        for name in hard:
            if name.removeprefix("requests.").removeprefix("limits.") in COMPUTE:
                if name not in given:
                    asked.setdefault(name, set()).add(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(asked[name]))}" for name in sorted(asked))


def _over(pod: Json, now: float) -> bool:
    """Finished, or still there after the time that it was given to end."""
    if at(pod, "status", "phase") in ("Succeeded", "Failed"):
        return True
    leaves = at(pod, "metadata", "deletionTimestamp")
    if leaves is None or at(pod, "metadata", "deletionGracePeriodSeconds") is None:
        return False
    return now > parse_time(leaves)


def _summed(pod: Json, side: str) -> Used:
    """The containers together, or the largest init container; side-cars count with the former."""
    spec = pod.get("spec") or {}
    total: Used = {}
    starting: Used = {}
    for container in spec.get("initContainers") or []:
        asked = _given(container, side)
        if container.get("restartPolicy") == "Always":
            _add(total, asked)
            asked = {}
        for name, value in asked.items():
            starting[name] = max(starting.get(name, Fraction(0)), value + total.get(name, 0))
    for container in spec.get("containers") or []:
        _add(total, _given(container, side))
    for name, value in starting.items():
        total[name] = max(total.get(name, Fraction(0)), value)
    _add(total, {n: quantity.parse(v) for n, v in (spec.get("overhead") or {}).items()})
    return total


def _given(container: Json, side: str) -> Used:
    found = at(container, "resources", side, default={})
    return {name: quantity.parse(text) for name, text in found.items()}


def _add(total: Used, more: Used) -> None:
    for name, value in more.items():
        total[name] = total.get(name, Fraction(0)) + value
