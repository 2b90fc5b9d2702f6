"""The DaemonSet controller: one Pod on every node that it may run on.

After pkg/controller/daemon.  The scheduler places the Pods; each names its node by affinity.
"""

from __future__ import annotations

from collections.abc import Collection

from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers import revisions
from labkit.embedded.controllers.backoff import Backoff
from labkit.embedded.controllers.daemon_rolling import (
    GENERATION_LABEL,
    LABEL,
    hash_of,
    is_updated,
    moves,
    surge_of,
)
from labkit.embedded.controllers.objects import (
    Key,
    available_in,
    deleting,
    key,
    labels,
    meta,
    name,
    namespace,
    notes,
    phase,
    pod_finished,
    pod_ready,
    uid,
    without_none,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler import node_affinity, taints
from labkit.embedded.scheduler.snapshot import NodeInfo
from labkit.embedded.schema.defaults.daemonset import GENERATION

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
        self._failures = Backoff(self.clock)
        self._nodes: dict[str, Json] = {}
        self.cluster.informer(DAEMONS).on_change(self.enqueue)
        self.cluster.informer(revisions.REVISIONS).on_change(self._revision_changed)
        self.cluster.informer(PODS).on_change(self._pod_changed)
        self.cluster.informer(NODES).on_change(self._node_changed)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        self.enqueue_owner("DaemonSet", pod)

    def _revision_changed(self, kind: str, revision: Json) -> None:
        if kind == "DELETED":
            self.enqueue_owner("DaemonSet", revision)

    def _node_changed(self, kind: str, node: Json) -> None:
        """Labels and taints matter; that a node says it is alive does not."""
        matters = {"labels": dict(labels(node)), "taints": taints.taints_of(NodeInfo(node, ()))}
        if kind != "DELETED" and self._nodes.get(name(node)) == matters:
            return
        self._nodes[name(node)] = matters
        if kind == "DELETED":
            del self._nodes[name(node)]
        for daemon in self.cluster.informer(DAEMONS).all():
            self.enqueue(kind, daemon)

    def reconcile(self, key: Key) -> None:
        daemon = self.cluster.get(DAEMONS, *key)
        if daemon is None:
            return
        if not deleting(daemon):
            found = self._revisions(daemon)
            self._place(daemon, found[-1])
            self._renew(daemon, found[-1])
            carried = {f"{name(daemon)}-{hash_of(pod)}" for pod in self._pods(daemon)}
            revisions.prune(self.cluster, daemon, found, carried)
            self._write_status(daemon, found[-1])

    def _pods(self, daemon: Json) -> list[Json]:
        return podlib.claimed(self.cluster, daemon, daemon["spec"].get("selector"))

    def _seated(self, daemon: Json) -> dict[str, list[Json]]:
        """Its Pods by node, the oldest first."""
        seated: dict[str, list[Json]] = {}
        for pod in sorted(self._pods(daemon), key=_age):
            seated.setdefault(node_of(pod), []).append(pod)
        return seated

    def _revisions(self, daemon: Json) -> list[Json]:
        """Of several revisions that say the same the newest stays, and their Pods get its hash."""
        found = revisions.synced(self.cluster, daemon, revisions.POD_LABEL)
        newest = found[-1]
        for same in [r for r in found[:-1] if r.get("data") == newest.get("data")]:
            for pod in self._pods(daemon):
                if hash_of(pod) == revisions.hash_of(same):
                    change = {"metadata": {"labels": {LABEL: revisions.hash_of(newest)}}}
                    self.cluster.patch(PODS, pod, change)
            self.cluster.delete(revisions.REVISIONS, same)
            found.remove(same)
        return found

    def _place(self, daemon: Json, newest: Json) -> None:
        """A Pod for each node that lacks one, one alone (or an old and a new one, while new ones
        come first); none where it may not run."""
        nodes = {name(node): node for node in self.cluster.all(NODES)}
        surging, seated = surge_of(daemon, len(nodes)) > 0, self._seated(daemon)
        for where, pods in seated.items():
            node, kept = nodes.get(where), set[bool]()
            for pod in [p for p in pods if not deleting(p)]:
                which = surging and is_updated(daemon, pod, newest)
                if node is None or not may_stay(daemon, node) or which in kept:
                    podlib.delete(self.cluster, self.events, daemon, pod)
                elif pod_finished(pod):
                    self._remove_finished(daemon, pod)
                else:
                    kept.add(which)
        for where in sorted(n for n in nodes if n not in seated and may_run(daemon, nodes[n])):
            pod = _pod(daemon, where, revisions.hash_of(newest))
            podlib.create(self.cluster, self.events, daemon, pod)

    def _remove_finished(self, daemon: Json, pod: Json) -> None:
        """A Pod that is over makes room for another, after a wait that grows if it has failed."""
        about = f"daemon pod {namespace(pod)}/{name(pod)} on node {node_of(pod)}"
        if phase(pod) == "Succeeded":
            message = f"Found succeeded {about}, will try to delete it"
            self.events.normal(daemon, "SucceededDaemonPod", message)
        else:
            wait = self._failures.left((uid(daemon), node_of(pod)))
            if wait:
                self.queue.add_after(key(daemon), wait)
                return
            self._failures.tried((uid(daemon), node_of(pod)))
            message = f"Found failed {about}, will try to kill it"
            self.events.warning(daemon, "FailedDaemonPod", message)
        podlib.delete(self.cluster, self.events, daemon, pod)

    def _renew(self, daemon: Json, newest: Json) -> None:
        """The next steps towards the newest template."""
        nodes = [name(n) for n in self.cluster.all(NODES) if may_run(daemon, n)]
        step = moves(daemon, self._seated(daemon), nodes, newest, self.clock.now())
        for pod in step.doomed:
            podlib.delete(self.cluster, self.events, daemon, pod)
        for node in step.nodes:
            pod = _pod(daemon, node, revisions.hash_of(newest))
            podlib.create(self.cluster, self.events, daemon, pod)

    def _write_status(self, daemon: Json, newest: Json) -> None:
        current = self.cluster.get(DAEMONS, *key(daemon))
        if current is None:
            return
        seated = {
            where: here[0]
            for where, pods in self._seated(current).items()
            if (here := [p for p in pods if not (deleting(p) and pod_finished(p))])
        }
        nodes = {name(n) for n in self.cluster.all(NODES) if may_run(current, n)}
        here = [pod for where, pod in seated.items() if where in nodes]
        least = int(current["spec"].get("minReadySeconds") or 0)
        waits = [available_in(p, least, self.clock.now()) for p in here]
        available = sum(1 for wait in waits if wait == 0)
        status = {
            "currentNumberScheduled": len(here),
            "numberMisscheduled": len(seated) - len(here),
            "desiredNumberScheduled": len(nodes),
            "numberReady": sum(1 for p in here if pod_ready(p)),
            **without_none(
                {
                    "observedGeneration": meta(current).get("generation"),
                    "updatedNumberScheduled": sum(
                        1 for p in here if is_updated(current, p, newest)
                    ),
                    "numberAvailable": available,
                    "numberUnavailable": len(nodes) - available,
                }
            ),
        }
        if conditions := (current.get("status") or {}).get("conditions"):
            status["conditions"] = conditions
        for wait in waits:
            if wait:
                self.queue.add_after(key(current), wait)
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
    return _fits(daemon, node, taints.HARD)


def may_stay(daemon: Json, node: Json) -> bool:
    """May a Pod go on that runs there already?  Only taints of NoExecute drive it away."""
    return _fits(daemon, node, ("NoExecute",))


def _fits(daemon: Json, node: Json, effects: Collection[str]) -> bool:
    template = daemon["spec"]["template"]["spec"]
    pod = {"spec": {**template, "tolerations": _tolerations(template)}}
    info = NodeInfo(node, ())
    against = [t for t in taints.taints_of(info) if t.get("effect") in effects]
    return node_affinity.matches(pod, info) and all(taints.tolerated(t, pod) for t in against)


def _tolerations(spec: Json) -> list[Json]:
    own = list(spec.get("tolerations") or [])
    return own + [{"key": k, "operator": "Exists", "effect": e} for k, e in _TOLERATED]


def _age(pod: Json) -> tuple[str, str]:
    """Oldest first."""
    return str(meta(pod).get("creationTimestamp")), name(pod)


def _pod(daemon: Json, node: str, newest: str) -> Json:
    pod = podlib.from_template(daemon, daemon["spec"]["template"])
    pod["metadata"]["labels"][LABEL] = newest
    pod["metadata"]["labels"][GENERATION_LABEL] = notes(daemon).get(GENERATION, "1")
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
