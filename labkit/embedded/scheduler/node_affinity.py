"""NodeAffinity: ``nodeSelector`` and ``affinity.nodeAffinity``."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.embedded.controllers.objects import expression_holds, name
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot

REASON = "node(s) didn't match Pod's node affinity/selector"


def matches(pod: Json, info: NodeInfo) -> bool:
    """Both the selector and the required terms hold (one of the terms is enough)."""
    selector = pod["spec"].get("nodeSelector") or {}
    if any(info.labels.get(k) != v for k, v in selector.items()):
        return False
    required = _affinity(pod).get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return True
    return any(_term_holds(term, info) for term in required.get("nodeSelectorTerms") or [])


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    return None if matches(pod, info) else Refusal((REASON,))


def score(pod: Json, feasible: list[NodeInfo], all_: Snapshot) -> Mapping[str, float]:
    """The weights of the preferred terms that hold, scaled so that the best has 100."""
    preferred = _affinity(pod).get("preferredDuringSchedulingIgnoredDuringExecution") or []
    sums = {
        name(info.node): sum(
            float(p.get("weight") or 0) for p in preferred if _term_holds(p["preference"], info)
        )
        for info in feasible
    }
    best = max(sums.values(), default=0.0)
    return {node: 100 * value / best if best else 0.0 for node, value in sums.items()}


def _affinity(pod: Json) -> Json:
    found: Json = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    return found


def _term_holds(term: Json, info: NodeInfo) -> bool:
    """All expressions of a term; an empty term matches nothing."""
    expressions = term.get("matchExpressions") or []
    fields = term.get("matchFields") or []
    if not expressions and not fields:
        return False
    if not all(expression_holds(e, info.labels) for e in expressions):
        return False
    return all(expression_holds(e, {"metadata.name": name(info.node)}) for e in fields)
