"""The DaemonSet controller: one Pod on every node that it may run on.

After pkg/controller/daemon.  The scheduler places the Pods; each names its node by affinity.
"""

from __future__ import annotations

from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers import revisions
from labkit.embedded.controllers.objects import (
    Key,
    available_in,
    deleting,
    labels,
    meta,
    name,
    pod_finished,
    pod_ready,
    without_none,
)
from labkit.embedded.controllers.rolling import scaled
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler import node_affinity, taints
from labkit.embedded.scheduler.snapshot import NodeInfo

DAEMONS, PODS, NODES = "daemonsets.apps", "pods", "nodes"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSetController(Controller):
    """Keeps each DaemonSet's Pods."""

    name = "daemonset-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(DAEMONS).on_change(self.enqueue)
        self.cluster.informer(revisions.REVISIONS)
        self.cluster.informer(PODS).on_change(self._pod_changed)
        self.cluster.informer(NODES).on_change(self._node_changed)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        self.enqueue_owner("DaemonSet", pod)

    def _node_changed(self, kind: str, node: Json) -> None:
        for daemon in self.cluster.informer(DAEMONS).all():
            self.enqueue(kind, daemon)

    def reconcile(self, key: Key) -> None:
        daemon = self.cluster.get(DAEMONS, *key)
        if daemon is None:
            return
        pods = podlib.claimed(self.cluster, daemon, daemon["spec"].get("selector"))
        if not deleting(daemon):
            newest = revisions.hash_of(revisions.synced(self.cluster, daemon)[-1])
            self._place(daemon, pods, newest)
            self._renew(daemon, newest)
        self._write_status(daemon)

    def _place(self, daemon: Json, pods: list[Json], newest: str) -> None:
        """A Pod for each node that lacks one; none where it may not run."""
        wanted = {name(n) for n in self.cluster.all(NODES) if may_run(daemon, n)}
        seated: dict[str, list[Json]] = {}
        for pod in pods:
            seated.setdefault(node_of(pod), []).append(pod)
        for pod in pods:
            if not deleting(pod) and (node_of(pod) not in wanted or pod_finished(pod)):
                podlib.delete(self.cluster, self.events, daemon, pod)
        for node in sorted(wanted - seated.keys()):
            podlib.create(self.cluster, self.events, daemon, _pod(daemon, node, newest))

    def _renew(self, daemon: Json, newest: str) -> None:
        """RollingUpdate: delete old Pods while no more than maxUnavailable are missing."""
        strategy = daemon["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete":
            return
        pods = podlib.claimed(self.cluster, daemon, daemon["spec"].get("selector"))
        nodes = [n for n in self.cluster.all(NODES) if may_run(daemon, n)]
        rolling = strategy.get("rollingUpdate") or {}
        room = max(1, scaled(rolling.get("maxUnavailable", 1), len(nodes), up=True))
        good = [p for p in pods if pod_ready(p) and not deleting(p)]
        room -= len(nodes) - len(good)
        old = [p for p in pods if _hash(p) != newest and not deleting(p)]
        for pod in [p for p in old if not pod_ready(p)]:
            podlib.delete(self.cluster, self.events, daemon, pod)
        for pod in [p for p in old if pod_ready(p)][: max(0, room)]:
            podlib.delete(self.cluster, self.events, daemon, pod)

    def _write_status(self, daemon: Json) -> None:
        current = self.cluster.get(DAEMONS, *(meta(daemon)["namespace"], name(daemon)))
        if current is None:
            return
        pods = podlib.claimed(self.cluster, current, current["spec"].get("selector"))
        pods = [p for p in pods if not deleting(p)]
        nodes = {name(n) for n in self.cluster.all(NODES) if may_run(current, n)}
        here = [p for p in pods if node_of(p) in nodes]
        least = int(current["spec"].get("minReadySeconds") or 0)
        waits = [available_in(p, least, self.clock.now()) for p in here]
        newest = revisions.synced(self.cluster, current)[-1] if not deleting(current) else None
        available = sum(1 for wait in waits if wait == 0)
        status = {
            "currentNumberScheduled": len({node_of(p) for p in here}),
            "numberMisscheduled": len(pods) - len(here),
            "desiredNumberScheduled": len(nodes),
            "numberReady": sum(1 for p in here if pod_ready(p)),
            **without_none(
                {
                    "observedGeneration": meta(current).get("generation"),
                    "updatedNumberScheduled": sum(
                        1 for p in here if newest and _hash(p) == revisions.hash_of(newest)
                    ),
                    "numberAvailable": available,
                    "numberUnavailable": len(nodes) - available,
                }
            ),
        }
        for wait in waits:
            if wait:
                self.queue.add_after((meta(current)["namespace"], name(current)), wait)
        self.cluster.write_status(DAEMONS, current, status, manager=self.name)


def node_of(pod: Json) -> str:
    """Where a daemon's Pod is, or is meant to go."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    required = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    for term in required.get("nodeSelectorTerms") or []:
        for field in term.get("matchFields") or []:
            return str(field["values"][0])
    return ""


def may_run(daemon: Json, node: Json) -> bool:
    """Selector, affinity and taints, with the tolerations that every daemon has."""
    template = daemon["spec"]["template"]["spec"]
    pod = {"spec": {**template, "tolerations": _tolerations(template)}}
    info = NodeInfo(node, ())
    hard = [t for t in taints.taints_of(info) if t.get("effect") in taints.HARD]
    return node_affinity.matches(pod, info) and all(taints.tolerated(t, pod) for t in hard)


def _tolerations(spec: Json) -> list[Json]:
    own = list(spec.get("tolerations") or [])
    return own + [{"key": k, "operator": "Exists", "effect": e} for k, e in _TOLERATED]


def _hash(pod: Json) -> str:
    return labels(pod).get(revisions.HASH_LABEL, "")


def _pod(daemon: Json, node: str, newest: str) -> Json:
    pod = podlib.from_template(daemon, daemon["spec"]["template"])
    pod["metadata"]["labels"][revisions.HASH_LABEL] = newest
    pod["metadata"]["labels"]["pod-template-generation"] = str(meta(daemon).get("generation", 1))
    spec = pod["spec"]
    spec["tolerations"] = _tolerations(spec)
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    affinity = dict(spec.get("affinity") or {})
    mine = dict(affinity.get("nodeAffinity") or {})
    mine["requiredDuringSchedulingIgnoredDuringExecution"] = {
        "nodeSelectorTerms": [{"matchFields": [field]}]
    }
    spec["affinity"] = {**affinity, "nodeAffinity": mine}
    return pod
