"""What this machine can run, and what is missing: one small check after the other.

A check never raises and never takes long; what it finds is a sentence and the next step.
"""

from labkit.cluster.doctor.basics import (
    cluster,
    folder,
    jupyter,
    kubectl,
    loopback,
    proxies,
    python,
)
from labkit.cluster.doctor.findings import Check, Finding, Patient
from labkit.cluster.doctor.machine import cgroups, disk, inotify, memory, user_namespaces
from labkit.cluster.doctor.programs import (
    chromium,
    docker,
    iptables,
    kind,
    nerdctl,
    nft,
    podman,
)
from labkit.cluster.doctor.roads import Road, roads

CHECKS: tuple[Check, ...] = (
    python,
    kubectl,
    folder,
    loopback,
    cluster,
    proxies,
    memory,
    disk,
    jupyter,
    docker,
    podman,
    nerdctl,
    kind,
    cgroups,
    inotify,
    user_namespaces,
    iptables,
    nft,
    chromium,
)

__all__ = [
    "CHECKS",
    "Check",
    "Finding",
    "Patient",
    "Road",
    "chromium",
    "docker",
    "examine",
    "folder",
    "kind",
    "kubectl",
    "podman",
    "proxies",
    "roads",
]


def examine(patient: Patient) -> list[Finding]:
    """All findings, in the order of ``CHECKS``."""
    return [check(patient) for check in CHECKS]
