"""NodeResourcesFit: room for the Pod's requests, and the emptier node first."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from labkit.embedded.controllers.objects import name
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot, amount, requests

DEFAULT_CPU, DEFAULT_MEMORY = Fraction(1, 10), Fraction(200 * 1024 * 1024)
"""What a container without requests counts as when nodes are scored (``GetNonzeroRequests``)."""


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    allocatable = (info.node.get("status") or {}).get("allocatable") or {}
    reasons = []
    if len(info.pods) + 1 > amount(allocatable.get("pods", "110")):
        reasons.append("Too many pods")
    never = False
    for resource, wanted in requests(pod).items():
        room = amount(allocatable.get(resource))
        used = sum((requests(p).get(resource, Fraction(0)) for p in info.pods), Fraction(0))
        if wanted > room - used and wanted > 0:
            reasons.append(f"Insufficient {resource}")
            never = never or wanted > room
    return Refusal(tuple(reasons), evictable=not never) if reasons else None


def score(pod: Json, feasible: list[NodeInfo], all_: Snapshot) -> Mapping[str, float]:
    """LeastAllocated over cpu and memory."""
    return {name(info.node): _free(pod, info) for info in feasible}


def _free(pod: Json, info: NodeInfo) -> float:
    allocatable = (info.node.get("status") or {}).get("allocatable") or {}
    shares = []
    for resource, default in (("cpu", DEFAULT_CPU), ("memory", DEFAULT_MEMORY)):
        room = amount(allocatable.get(resource))
        if room > 0:
            used = sum((_counted(p, resource, default) for p in (*info.pods, pod)), Fraction(0))
            shares.append(max(0.0, float((room - used) / room)))
    return 100 * sum(shares) / len(shares) if shares else 0.0


def _counted(pod: Json, resource: str, default: Fraction) -> Fraction:
    asked = requests(pod).get(resource)
    containers = len(pod["spec"].get("containers") or [])
    return asked if asked else default * containers
