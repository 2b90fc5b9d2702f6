"""The disruption controller: how many Pods of a budget may be evicted now.

After pkg/controller/disruption/disruption.go (``trySync``, ``getExpectedPodCount``).
"""

from __future__ import annotations

from labkit.embedded.controllers.conditions import other_conditions
from labkit.embedded.controllers.objects import (
    Key,
    condition,
    controller_of,
    deleting,
    key,
    labels,
    meta,
    name,
    namespace,
    pod_finished,
    pod_ready,
    seconds_of,
    selects,
    timestamp,
)
from labkit.embedded.controllers.rolling import scaled
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json

BUDGETS, PODS = "poddisruptionbudgets.policy", "pods"
SCALED = {
    "Deployment": "deployments.apps",
    "ReplicaSet": "replicasets.apps",
    "StatefulSet": "statefulsets.apps",
}
FORGOTTEN_AFTER = 120.0
"""An eviction that has not led to a deletion by then is taken back."""


class DisruptionController(Controller):
    """Keeps the status of each PodDisruptionBudget."""

    name = "controllermanager"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(BUDGETS).on_change(self.enqueue)
        self.cluster.informer(PODS).on_change(self._changed)
        for resource in SCALED.values():
            self.cluster.informer(resource).on_change(self._changed)

    def _changed(self, kind: str, obj: Json) -> None:
        for budget in self.cluster.all(BUDGETS, namespace(obj)):
            self.queue.add(key(budget))

    def reconcile(self, key: Key) -> None:
        budget = self.cluster.get(BUDGETS, *key)
        if budget is None or deleting(budget):
            return
        wanted = (budget.get("spec") or {}).get("selector")
        pods = [
            pod
            for pod in self.cluster.all(PODS, namespace(budget))
            if selects(wanted, labels(pod)) and not pod_finished(pod)
        ]
        if not pods:
            self.events.normal(budget, "NoPods", "No matching pods found")
        expected, needed = self._needed(budget, pods)
        evicted = self._evicted(budget, pods)
        healthy = sum(
            1 for p in pods if pod_ready(p) and not deleting(p) and name(p) not in evicted
        )
        allowed = max(0, healthy - needed) if expected > 0 else 0
        kept = other_conditions(budget.get("status") or {}, "DisruptionAllowed")
        status: Json = {
            "currentHealthy": healthy,
            "desiredHealthy": needed,
            "expectedPods": expected,
            "disruptionsAllowed": allowed,
            "observedGeneration": meta(budget).get("generation", 1),
            "conditions": [*kept, self._condition(budget, allowed)],
        }
        if evicted:
            status["disruptedPods"] = evicted
        self.cluster.write_status(BUDGETS, budget, status, manager=self.name)

    def _needed(self, budget: Json, pods: list[Json]) -> tuple[int, int]:
        """How many Pods are expected, and how many of them must stay healthy."""
        spec = budget.get("spec") or {}
        at_most, at_least = spec.get("maxUnavailable"), spec.get("minAvailable")
        if at_most is not None:
            expected = self._wanted(pods)
            return expected, max(0, expected - scaled(at_most, expected, up=True))
        if isinstance(at_least, str) and at_least.endswith("%"):
            expected = self._wanted(pods)
            return expected, scaled(at_least, expected, up=True)
        return len(pods), int(at_least or 0)

    def _wanted(self, pods: list[Json]) -> int:
        """The replicas that the Pods' owners ask for, each owner once."""
        found: dict[str, int] = {}
        for pod in pods:
            owner = controller_of(pod)
            if owner is None:
                continue
            top = self._top(namespace(pod), owner)
            if top is not None:
                found[str(meta(top)["uid"])] = int(top["spec"].get("replicas") or 0)
        return sum(found.values())

    def _top(self, where: str, owner: Json) -> Json | None:
        resource = SCALED.get(str(owner.get("kind")))
        found = self.cluster.get(resource, where, str(owner["name"])) if resource else None
        above = controller_of(found) if found is not None else None
        return found if above is None else self._top(where, above)

    def _evicted(self, budget: Json, pods: list[Json]) -> dict[str, str]:
        """Pods whose eviction was granted and that are not being deleted yet."""
        noted = (budget.get("status") or {}).get("disruptedPods") or {}
        waiting = {name(pod) for pod in pods if not deleting(pod)}
        oldest = self.clock.now() - FORGOTTEN_AFTER
        return {
            pod: when for pod, when in noted.items() if pod in waiting and seconds_of(when) > oldest
        }

    def _condition(self, budget: Json, allowed: int) -> Json:
        value = "True" if allowed else "False"
        old = condition(budget, "DisruptionAllowed") or {}
        same = old.get("status") == value
        now = timestamp(self.clock.now())
        return {
            "type": "DisruptionAllowed",
            "status": value,
            "observedGeneration": meta(budget).get("generation", 1),
            "lastTransitionTime": old["lastTransitionTime"] if same else now,
            "reason": "SufficientPods" if allowed else "InsufficientPods",
            "message": "",
        }
