"""Node life cycle: the taint of a cordoned node, NoExecute taints, Pods of vanished nodes.

After pkg/controller/nodelifecycle, pkg/controller/tainteviction and pkg/controller/podgc.
"""

from __future__ import annotations

from labkit.embedded.controllers.conditions import with_condition
from labkit.embedded.controllers.objects import (
    Key,
    condition,
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
from labkit.embedded.scheduler.taints import answers, tolerated

NODES, PODS = "nodes", "pods"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"


class NodeController(Controller):
    """Keys are Nodes ``("", name)`` and Pods ``(namespace, name)``."""

    name = "node-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self._since: dict[tuple[Key, str], float] = {}
        self._known: set[str] = set()
        self.cluster.informer(NODES).on_change(self._node_changed)
        self.cluster.informer(PODS).on_change(self.enqueue)

    def _node_changed(self, kind: str, node: Json) -> None:
        self.queue.add(key(node))
        for pod in self.cluster.informer(PODS).all():
            if pod["spec"].get("nodeName") == name(node):
                self.queue.add(key(pod))

    def reconcile(self, key: Key) -> None:
        if key[0]:
            self._look_at_pod(key)
            return
        node = self.cluster.get(NODES, *key)
        if node is not None:
            self._greet(node)
            self._taint(node)
        else:
            self._known.discard(key[1])

    def _greet(self, node: Json) -> None:
        if name(node) not in self._known:
            self._known.add(name(node))
            if "Registered" not in self._reasons(node):
                message = f"Node {name(node)} event: Registered Node {name(node)} in Controller"
                self.events.normal(node, "RegisteredNode", message)

    def _reasons(self, node: Json) -> set[str]:
        """Was this node greeted before the server was restarted?"""
        found = self.cluster.api.list("events", "default")
        about = [e for e in found if (e.get("involvedObject") or {}).get("name") == name(node)]
        return {"Registered" for e in about if e.get("reason") == "RegisteredNode"}

    def _taint(self, node: Json) -> None:
        """``spec.unschedulable`` and a node that is not Ready show as taints."""
        spec = node.get("spec") or {}
        ready = (condition(node, "Ready") or {}).get("status")
        wanted = {(UNSCHEDULABLE, "NoSchedule"): bool(spec.get("unschedulable"))}
        for effect in ("NoSchedule", "NoExecute"):
            wanted[NOT_READY, effect] = ready == "False"
            wanted[UNREACHABLE, effect] = ready == "Unknown"
        wanted[NOT_READY, "NoSchedule"] = ready not in ("True", "Unknown")
        taints = list(spec.get("taints") or [])
        kept = [t for t in taints if wanted.get((t["key"], t["effect"]), True)]
        have = {(t["key"], t["effect"]) for t in kept}
        for (title, effect), on in wanted.items():
            if on and (title, effect) not in have:
                now = timestamp(self.clock.now())
                kept.append({"key": title, "effect": effect, "timeAdded": now})
        if kept != taints:
            self.cluster.patch(NODES, node, {"spec": {"taints": kept or None}})

    def _look_at_pod(self, key: Key) -> None:
        pod = self.cluster.get(PODS, *key)
        if pod is None or not pod["spec"].get("nodeName"):
            self._since = {k: v for k, v in self._since.items() if k[0] != key}
            return
        node = self.cluster.get(NODES, "", str(pod["spec"]["nodeName"]))
        if node is None:
            why = "PodGC: node no longer exists"
            self._delete_as_disrupted(pod, "DeletionByPodGC", why, grace_seconds=0)
        elif not deleting(pod) and not pod_finished(pod):
            self._evict_by_taints(pod, node)

    def _evict_by_taints(self, pod: Json, node: Json) -> None:
        """NoExecute: at once, or after the shortest ``tolerationSeconds`` of the Pod."""
        hard = [t for t in (node.get("spec") or {}).get("taints") or []
                if t.get("effect") == "NoExecute"]  # fmt: skip
        waits = [w for taint in hard if (w := self._wait(pod, taint)) is not None]
        if not waits:
            return
        if min(waits) > 0:
            self.queue.add_after(key(pod), min(waits))
            return
        message = f"Marking for deletion Pod {namespace(pod)}/{name(pod)}"
        Recorder(self.cluster, "taint-eviction-controller").normal(
            pod, "TaintManagerEviction", message
        )
        why = "Taint manager: deleting due to NoExecute taint"
        self._delete_as_disrupted(pod, "DeletionByTaintManager", why)

    def _delete_as_disrupted(
        self, pod: Json, reason: str, message: str, *, grace_seconds: int | None = None
    ) -> None:
        """First the condition that says why (KEP-3329), then the deletion."""
        now = timestamp(self.clock.now())
        made: Json = {"type": "DisruptionTarget", "status": "True", "reason": reason}
        made |= {"message": message, "lastTransitionTime": now, "lastProbeTime": None}
        status = with_condition(pod.get("status") or {}, made)
        written = self.cluster.write_status(PODS, pod, status, manager=self.name)
        self.cluster.delete(PODS, written, grace_seconds=grace_seconds)

    def _wait(self, pod: Json, taint: Json) -> float | None:
        """Seconds that the Pod may stay; ``None`` for ever."""
        if not tolerated(taint, pod):
            return 0.0
        limits = [
            t.get("tolerationSeconds")
            for t in pod["spec"].get("tolerations") or []
            if answers(t, taint)
        ]
        if any(limit is None for limit in limits):
            return None
        since = self._since.setdefault((key(pod), taint["key"]), self.clock.monotonic())
        return max(0.0, since + min(float(x or 0) for x in limits) - self.clock.monotonic())
