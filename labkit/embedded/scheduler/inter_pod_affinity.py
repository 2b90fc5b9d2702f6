"""InterPodAffinity: near to, or away from, other Pods.

After pkg/scheduler/framework/plugins/interpodaffinity: required terms both ways, preferred
terms of the incoming Pod.
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.embedded.controllers.objects import labels, name, namespace, selects
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI = "node(s) didn't match pod anti-affinity rules"
EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    terms = _terms(pod, "podAffinity")
    if terms and not all(_near(pod, term, info, all_) for term in terms):
        if not _first_of_its_kind(pod, terms, info, all_):
            return Refusal((AFFINITY,))
    if any(_found(pod, term, info, all_) for term in _terms(pod, "podAntiAffinity")):
        return Refusal((ANTI,), evictable=True)
    if _unwelcome(pod, info, all_):
        return Refusal((EXISTING,), evictable=True)
    return None


def score(pod: Json, feasible: list[NodeInfo], all_: Snapshot) -> Mapping[str, float]:
    """Weights of preferred terms that find Pods in the node's domain, from 0 to 100."""
    raw = {name(info.node): _wishes(pod, info, all_) for info in feasible}
    least, most = min(raw.values()), max(raw.values())
    span = most - least
    return {node: 100 * (value - least) / span if span else 0.0 for node, value in raw.items()}


def _terms(pod: Json, kind: str, when: str = REQUIRED) -> list[Json]:
    found = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return list(found.get(when) or [])


def _wishes(pod: Json, info: NodeInfo, all_: Snapshot) -> float:
    total = 0.0
    for kind, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
        for wish in _terms(pod, kind, PREFERRED):
            count = len(_found(pod, wish["podAffinityTerm"], info, all_))
            total += sign * float(wish.get("weight") or 0) * count
    return total


def _concerns(owner: Json, term: Json, other: Json) -> bool:
    """Is ``other`` one of the Pods that the term of ``owner`` speaks of?"""
    spaces = term.get("namespaces") or []
    if term.get("namespaceSelector") is None and not spaces:
        spaces = [namespace(owner)]
    everywhere = term.get("namespaceSelector") == {}
    if not everywhere and namespace(other) not in spaces:
        return False
    return selects(term.get("labelSelector"), labels(other))


def _found(pod: Json, term: Json, info: NodeInfo, all_: Snapshot) -> list[Json]:
    """Pods the term speaks of in the same domain as this node."""
    domain = info.labels.get(str(term.get("topologyKey")))
    if domain is None:
        return []
    inside = [i for i in all_.nodes if i.labels.get(str(term["topologyKey"])) == domain]
    return [other for i in inside for other in i.pods if _concerns(pod, term, other)]


def _near(pod: Json, term: Json, info: NodeInfo, all_: Snapshot) -> bool:
    return bool(_found(pod, term, info, all_))


def _first_of_its_kind(pod: Json, terms: list[Json], info: NodeInfo, all_: Snapshot) -> bool:
    """A Pod that wants its own kind may be the first one, anywhere with the right labels."""
    if not all(_concerns(pod, term, pod) for term in terms):
        return False
    if not all(str(term.get("topologyKey")) in info.labels for term in terms):
        return False
    return not any(
        _concerns(pod, term, other) for i in all_.nodes for other in i.pods for term in terms
    )


def _unwelcome(pod: Json, info: NodeInfo, all_: Snapshot) -> bool:
    """Does a Pod that is there already want this one away?"""
    for i in all_.nodes:
        for other in i.pods:
            for term in _terms(other, "podAntiAffinity"):
                topology = str(term.get("topologyKey"))
                same = topology in info.labels and i.labels.get(topology) == info.labels[topology]
                if same and _concerns(other, term, pod):
                    return True
    return False
