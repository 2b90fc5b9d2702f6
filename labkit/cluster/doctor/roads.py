"""Which back ends can run here, in the order of ``auto``, each with its reason and its cure."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.cluster.base import Cluster
from labkit.cluster.doctor.findings import Patient
from labkit.cluster.paths import find_home
from labkit.cluster.registry import AUTO, BACKENDS, ONLY_BY_NAME, Choosing, asked_name, build
from labkit.errors import LabkitError


@dataclass(frozen=True, slots=True)
class Road:
    """One back end.  ``up`` tells that its cluster was started and not taken down; ``taken`` that
    ``auto`` takes it now."""

    name: str
    ok: bool
    up: bool
    taken: bool
    reason: str
    fix: str


def roads(patient: Patient) -> list[Road]:
    """All back ends in the order of ``auto``."""
    try:
        home = find_home(patient.environment, patient.words)
    except LabkitError as error:
        return [Road(name, False, False, False, error.what, error.fix) for name in BACKENDS]
    need = Choosing(home, patient.environment, patient.clock, patient.words)
    clusters = {name: build(name, need) for name in BACKENDS}
    can = {name: cluster.available() for name, cluster in clusters.items()}
    taken = taken_now(clusters, {name for name, one in can.items() if one.ok}, need)
    return [
        Road(
            name,
            can[name].ok,
            cluster.recorded() > 0,
            name == taken,
            can[name].reason or cluster.describe(),
            can[name].fix,
        )
        for name, cluster in clusters.items()
    ]


def taken_now(clusters: dict[str, Cluster], able: set[str], need: Choosing) -> str:
    """What ``auto`` takes: what the environment says, else the newest that is up, else the first
    that can; "" if none."""
    asked = asked_name(AUTO, need)
    if asked != AUTO:
        return asked
    there = [name for name, cluster in clusters.items() if cluster.recorded()]
    if there:
        return max(there, key=lambda name: clusters[name].recorded())
    return next((name for name in clusters if name in able and name not in ONLY_BY_NAME), "")
