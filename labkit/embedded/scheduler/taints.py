"""TaintToleration: taints keep Pods away that do not tolerate them."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.embedded.controllers.objects import name
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot

HARD = ("NoSchedule", "NoExecute")


def tolerated(taint: Mapping[str, object], pod: Json) -> bool:
    """Does one of the Pod's tolerations answer this taint?  (``Toleration.ToleratesTaint``)"""
    return any(answers(t, taint) for t in pod["spec"].get("tolerations") or [])


def answers(toleration: Json, taint: Mapping[str, object]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (
        taint.get("value") or ""
    )


def taints_of(info: NodeInfo) -> list[Json]:
    return list(info.node.get("spec", {}).get("taints") or [])


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    for taint in taints_of(info):
        if taint.get("effect") in HARD and not tolerated(taint, pod):
            return Refusal(("node(s) had untolerated taint(s)",))
    return None


def score(pod: Json, feasible: list[NodeInfo], all_: Snapshot) -> Mapping[str, float]:
    """Fewer untolerated PreferNoSchedule taints are better."""
    counts = {
        name(info.node): sum(
            1
            for taint in taints_of(info)
            if taint.get("effect") == "PreferNoSchedule" and not tolerated(taint, pod)
        )
        for info in feasible
    }
    worst = max(counts.values(), default=0)
    return {node: 100 - 100 * count / worst if worst else 100 for node, count in counts.items()}
