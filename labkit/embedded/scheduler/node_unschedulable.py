"""NodeUnschedulable: a cordoned node takes no Pods, except those that tolerate it."""

from __future__ import annotations

from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot
from labkit.embedded.scheduler.taints import tolerated

TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    """``kubectl cordon`` sets ``spec.unschedulable``."""
    if not info.node.get("spec", {}).get("unschedulable") or tolerated(TAINT, pod):
        return None
    return Refusal(("node(s) were unschedulable",))
