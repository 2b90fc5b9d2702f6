"""The scheduling cycle: take a Pod, filter the nodes, score them, bind.

After pkg/scheduler/schedule_one.go.  A Pod that fits nowhere waits until something changes, at
least for its back-off (1 s doubling to 10 s).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from labkit.embedded.chance import Chance
from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import (
    Key,
    condition,
    copied,
    deleting,
    key,
    name,
    namespace,
    pod_finished,
    timestamp,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler import (
    inter_pod_affinity,
    node_affinity,
    node_name,
    node_ports,
    node_unschedulable,
    resources,
    taints,
    topology_spread,
)
from labkit.embedded.scheduler.binding import bind
from labkit.embedded.scheduler.snapshot import (
    Filter,
    NodeInfo,
    Refusal,
    Score,
    Snapshot,
    snapshot,
)
from labkit.embedded.status import StatusError

PODS, NODES, SERVICES = "pods", "nodes", "services"
OWNERS = ("replicasets.apps", "statefulsets.apps")
PROFILE = "default-scheduler"
FLUSHED_EVERY = 300.0
LONGEST_BACKOFF = 10.0

FILTERS: tuple[Filter, ...] = (
    node_unschedulable.fits,
    node_name.fits,
    taints.fits,
    node_affinity.fits,
    node_ports.fits,
    resources.fits,
    topology_spread.fits,
    inter_pod_affinity.fits,
)
SCORES: tuple[tuple[Score, int], ...] = (
    (taints.score, 3),
    (node_affinity.score, 2),
    (topology_spread.score, 2),
    (inter_pod_affinity.score, 2),
    (resources.score, 1),
)
"""Score plugins and their weights in kube-scheduler's default profile."""


class Scheduler(Controller):
    """Gives every Pod of the default scheduler a node."""

    name = PROFILE

    def __init__(self, cluster: Cluster, chance: Chance) -> None:
        self._chance = chance
        self._waiting: dict[Key, tuple[int, float]] = {}
        self._said: dict[Key, tuple[str, float]] = {}
        super().__init__(cluster)

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self._owners = [r for r in OWNERS if self._exists(r)]
        for resource in (SERVICES, *self._owners):
            self.cluster.informer(resource)
        self.cluster.informer(NODES).on_change(self._node_changed)
        self.cluster.informer(PODS).on_change(self._pod_changed)

    def _exists(self, resource: str) -> bool:
        try:
            self.cluster.api.list(resource, "default")
        except (StatusError, KeyError):
            return False
        return True

    def _pod_changed(self, kind: str, pod: Json) -> None:
        if kind == "DELETED" or pod_finished(pod):
            self._waiting.pop(key(pod), None)
            self._said.pop(key(pod), None)
            self._try_again()
        elif _is_ours(pod) and not (key(pod) in self._waiting and kind == "MODIFIED"):
            self.queue.add(key(pod))
        elif pod["spec"].get("nodeName") and kind == "MODIFIED" and self._waiting:
            self._try_again()

    def _node_changed(self, kind: str, node: Json) -> None:
        self._try_again()

    def _try_again(self) -> None:
        """Something changed: look once more at those that fit nowhere, after their back-off."""
        for waiting, (attempts, since) in list(self._waiting.items()):
            backoff = min(LONGEST_BACKOFF, 2.0 ** (attempts - 1))
            self.queue.add_after(waiting, max(0.01, since + backoff - self.clock.monotonic()))

    def reconcile(self, key: Key) -> None:
        pod = self.cluster.get(PODS, *key)
        if pod is None or not _is_ours(pod):
            self._waiting.pop(key, None)
            return
        seen = self._snapshot()
        feasible, refusals = _filtered(pod, seen)
        if feasible:
            self._bind(pod, self._best(pod, feasible, seen))
            self._waiting.pop(key, None)
        else:
            self._refuse(pod, refusals)

    def _snapshot(self) -> Snapshot:
        owners = [o for resource in self._owners for o in self.cluster.all(resource)]
        return snapshot(
            self.cluster.all(NODES), self.cluster.all(PODS), self.cluster.all(SERVICES), owners
        )

    def _best(self, pod: Json, feasible: list[NodeInfo], seen: Snapshot) -> str:
        """The node with the highest score; one of several by chance (``selectHost``)."""
        totals = scores(pod, feasible, seen)
        best = max(totals.values())
        ties = sorted(node for node, total in totals.items() if total > best - 1e-6)
        return ties[self._chance.below(len(ties))]

    def _bind(self, pod: Json, node: str) -> None:
        bind(self.cluster.api, pod, node, self.name)
        bound = self.cluster.refresh(PODS, pod)
        if bound is not None:
            message = f"Successfully assigned {namespace(pod)}/{name(pod)} to {node}"
            self.events.normal(bound, "Scheduled", message)

    def _say(self, pod: Json, message: str) -> None:
        """Tried again for a change that did not help is no new event: the real scheduler's hints
        would not have tried, and its queue is flushed every five minutes only."""
        now = self.clock.monotonic()
        last, when = self._said.get(key(pod), ("", 0.0))
        if last != message or now - when >= FLUSHED_EVERY:
            self._said[key(pod)] = (message, now)
            self.events.warning(pod, "FailedScheduling", message)

    def _refuse(self, pod: Json, refusals: Mapping[str, Refusal]) -> None:
        attempts = self._waiting.get(key(pod), (0, 0.0))[0] + 1
        self._waiting[key(pod)] = (attempts, self.clock.monotonic())
        message = refusal_text(refusals)
        self._say(pod, message)
        old = condition(pod, "PodScheduled")
        if old is not None and old.get("message") == message:
            return
        status = copied(pod.get("status") or {})
        fresh = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": timestamp(self.clock.now()),
            "reason": "Unschedulable",
            "message": message,
        }
        kept = [c for c in status.get("conditions") or [] if c["type"] != "PodScheduled"]
        status["conditions"] = [*kept, fresh]
        self.cluster.write_status(PODS, pod, status, manager=self.name)


def scores(pod: Json, feasible: list[NodeInfo], seen: Snapshot) -> dict[str, float]:
    """The weighted sum of all score plugins, by node."""
    totals = {name(info.node): 0.0 for info in feasible}
    for plugin, weight in SCORES:
        for node, value in plugin(pod, feasible, seen).items():
            totals[node] += weight * value
    return totals


def _filtered(pod: Json, seen: Snapshot) -> tuple[list[NodeInfo], dict[str, Refusal]]:
    feasible, refusals = [], {}
    for info in seen.nodes:
        refusal = next(
            (found for plugin in FILTERS if (found := plugin(pod, info, seen)) is not None), None
        )
        if refusal is None:
            feasible.append(info)
        else:
            refusals[name(info.node)] = refusal
    return feasible, refusals


def refusal_text(refusals: Mapping[str, Refusal]) -> str:
    """``0/2 nodes are available: ...`` (``FitError.Error`` and the preemption plugin's part)."""
    if not refusals:
        return "no nodes available to schedule pods"
    count = len(refusals)
    reasons = Counter(reason for refusal in refusals.values() for reason in refusal.reasons)
    helped = Counter(
        "No preemption victims found for incoming pod"
        if refusal.evictable
        else "Preemption is not helpful for scheduling"
        for refusal in refusals.values()
    )
    return (
        f"0/{count} nodes are available: {_listed(reasons)}. "
        f"preemption: 0/{count} nodes are available: {_listed(helped)}."
    )


def _listed(counts: Counter[str]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))


def _is_ours(pod: Json) -> bool:
    spec = pod["spec"]
    return (
        not spec.get("nodeName")
        and not deleting(pod)
        and not pod_finished(pod)
        and (spec.get("schedulerName") or PROFILE) == PROFILE
        and not spec.get("schedulingGates")
    )
