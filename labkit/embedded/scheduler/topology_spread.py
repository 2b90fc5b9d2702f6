"""PodTopologySpread: ``topologySpreadConstraints``, and the cluster's default ones.

After pkg/scheduler/framework/plugins/podtopologyspread.  A Pod without constraints of its own is
spread over hosts and zones together with the Pods of its Service and its owner, as a wish.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from labkit.embedded.controllers.objects import (
    controller_of,
    deleting,
    labels,
    name,
    namespace,
    selects,
)
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler import node_affinity, taints
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot

REASON = "node(s) didn't match pod topology spread constraints"
MISSING = f"{REASON} (missing required label)"
DEFAULTS = (("kubernetes.io/hostname", 3), ("topology.kubernetes.io/zone", 5))


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    for constraint in _constraints(pod, "DoNotSchedule"):
        refusal = _broken(pod, info, all_, constraint)
        if refusal is not None:
            return refusal
    return None


def score(pod: Json, feasible: list[NodeInfo], all_: Snapshot) -> Mapping[str, float]:
    """Fewer matching Pods in the node's domain are better; 100 for the best."""
    constraints = _constraints(pod, "ScheduleAnyway")
    if not pod["spec"].get("topologySpreadConstraints"):
        constraints = _default_constraints(pod, all_)
    if not constraints:
        return {name(info.node): 0.0 for info in feasible}
    raw = {
        name(info.node): sum(_cost(pod, info, feasible, all_, c) for c in constraints)
        for info in feasible
    }
    least, most = min(raw.values()), max(raw.values())
    if most == 0:
        return dict.fromkeys(raw, 100.0)
    return {node: 100 * (most + least - value) / most for node, value in raw.items()}


def _constraints(pod: Json, when: str) -> list[Json]:
    found = pod["spec"].get("topologySpreadConstraints") or []
    return [_with_keys(pod, c) for c in found if c.get("whenUnsatisfiable") == when]


def _with_keys(pod: Json, constraint: Json) -> Json:
    """``matchLabelKeys``: the Pod's own values of these labels join the selector."""
    keys = constraint.get("matchLabelKeys") or []
    own = {k: labels(pod)[k] for k in keys if k in labels(pod)}
    if not own:
        return constraint
    selector = dict(constraint.get("labelSelector") or {})
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), **own}
    return {**constraint, "labelSelector": selector}


def _broken(pod: Json, info: NodeInfo, all_: Snapshot, constraint: Json) -> Refusal | None:
    topology = str(constraint["topologyKey"])
    if topology not in info.labels:
        return Refusal((MISSING,))
    counts = _domains(pod, all_, constraint)
    here = counts.get(info.labels[topology], 0)
    least = min(counts.values(), default=0)
    if len(counts) < int(constraint.get("minDomains") or 1):
        least = 0
    own = 1 if selects(constraint.get("labelSelector"), labels(pod)) else 0
    if here + own - least > int(constraint["maxSkew"]):
        return Refusal((REASON,), evictable=True)
    return None


def _domains(pod: Json, all_: Snapshot, constraint: Json) -> dict[str, int]:
    """Matching Pods per domain, over the nodes that the two policies count in."""
    topology = str(constraint["topologyKey"])
    counts: dict[str, int] = {}
    for info in all_.nodes:
        if topology not in info.labels or not _counts_in(pod, info, constraint):
            continue
        domain = info.labels[topology]
        counts[domain] = counts.get(domain, 0) + _matching(pod, info, constraint)
    return counts


def _counts_in(pod: Json, info: NodeInfo, constraint: Json) -> bool:
    affinity = constraint.get("nodeAffinityPolicy") or "Honor"
    if affinity == "Honor" and not node_affinity.matches(pod, info):
        return False
    if (constraint.get("nodeTaintsPolicy") or "Ignore") != "Honor":
        return True
    hard = [t for t in taints.taints_of(info) if t.get("effect") in taints.HARD]
    return all(taints.tolerated(taint, pod) for taint in hard)


def _matching(pod: Json, info: NodeInfo, constraint: Json) -> int:
    return sum(
        1
        for other in info.pods
        if namespace(other) == namespace(pod)
        and not deleting(other)
        and selects(constraint.get("labelSelector"), labels(other))
    )


def _default_constraints(pod: Json, all_: Snapshot) -> list[Json]:
    """What ``helper.DefaultSelector`` gathers from the Services and the owner of the Pod."""
    wanted: dict[str, str] = {}
    for service in all_.services:
        selector = service["spec"].get("selector") or {}
        if namespace(service) == namespace(pod) and selector:
            if selector.items() <= dict(labels(pod)).items():
                wanted.update(selector)
    expressions = []
    owner = all_.owners.get(str((controller_of(pod) or {}).get("uid")))
    if owner is not None:
        selector = owner["spec"].get("selector") or {}
        wanted.update(selector.get("matchLabels") or {})
        expressions = list(selector.get("matchExpressions") or [])
    if not wanted and not expressions:
        return []
    selector = {"matchLabels": wanted, "matchExpressions": expressions}
    return [
        {"topologyKey": topology, "maxSkew": skew, "labelSelector": selector}
        for topology, skew in DEFAULTS
    ]


def _cost(
    pod: Json, info: NodeInfo, feasible: list[NodeInfo], all_: Snapshot, constraint: Json
) -> float:
    """Matching Pods in the node's domain, times a weight that grows with the domains."""
    topology = str(constraint["topologyKey"])
    domain = info.labels.get(topology)
    if domain is None:
        return 0.0
    size = len({i.labels[topology] for i in feasible if topology in i.labels})
    inside = [i for i in all_.nodes if i.labels.get(topology) == domain]
    count = sum(_matching(pod, i, constraint) for i in inside)
    return count * math.log(size + 2) + int(constraint["maxSkew"]) - 1
