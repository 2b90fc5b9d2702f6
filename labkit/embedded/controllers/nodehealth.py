"""A node whose kubelet has fallen silent: NotReady after a grace period, and its Pods not ready.

After pkg/controller/nodelifecycle (``monitorNodeHealth``): every five seconds it looks whether
the node's Lease was renewed; what counts is when it saw the change, not what the Lease says.
"""

from __future__ import annotations

from labkit.embedded.controllers.objects import (
    Key,
    condition,
    copied,
    is_true,
    key,
    name,
    timestamp,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json

NODES, PODS, LEASES = "nodes", "pods", "leases.coordination.k8s.io"
PERIOD = 5.0
"""``--node-monitor-period``."""
GRACE = 50.0
"""``--node-monitor-grace-period`` (50 s since v1.32)."""
SILENT = "Kubelet stopped posting node status."


class NodeHealth(Controller):
    """Keys are Nodes.  ``graces`` holds the grace of nodes for which it is not the usual one."""

    name = "node-controller"

    def watch(self) -> None:
        self.graces: dict[str, float] = {}
        self.events = Recorder(self.cluster, self.name)
        self._seen: dict[str, tuple[str, float]] = {}
        self._looked = self.clock.monotonic()
        self.cluster.informer(LEASES)
        self.cluster.informer(NODES).on_change(self._node_came)

    def _node_came(self, kind: str, node: Json) -> None:
        if kind == "ADDED":
            self.queue.add(key(node))

    def reconcile(self, key: Key) -> None:
        node = self.cluster.get(NODES, *key)
        if node is None:
            self._seen.pop(key[1], None)
            return
        self._forgive_a_standstill()
        lease = self.cluster.get(LEASES, "kube-node-lease", key[1]) or {}
        renewed = str((lease.get("spec") or {}).get("renewTime") or "")
        now = self.clock.monotonic()
        known, since = self._seen.get(key[1], ("", now))
        if renewed != known:
            since = now
        self._seen[key[1]] = (renewed, since)
        grace = self.graces.get(key[1], GRACE)
        known_silent = (condition(node, "Ready") or {}).get("status") == "Unknown"
        if now - since >= grace and not known_silent:
            self._give_up(node)
        self.queue.add_after(key, min(PERIOD, max(0.5, since + grace - now)))

    def _forgive_a_standstill(self) -> None:
        """When all of us stood still (a laptop that slept), nobody else was silent."""
        now = self.clock.monotonic()
        if now - self._looked > 3 * PERIOD:
            self._seen = {title: (renewed, now) for title, (renewed, _) in self._seen.items()}
        self._looked = now

    def _give_up(self, node: Json) -> None:
        """Every condition becomes Unknown, every Pod of the node loses its readiness."""
        now = timestamp(self.clock.now())
        unknown = {"status": "Unknown", "reason": "NodeStatusUnknown", "message": SILENT}
        old = (node.get("status") or {}).get("conditions") or []
        conditions = [{**one, **unknown, "lastTransitionTime": now} for one in old]
        status = {**(node.get("status") or {}), "conditions": conditions}
        self.cluster.write_status(NODES, node, status, manager="kube-controller-manager")
        title = name(node)
        message = f"Node {title} status is now: NodeNotReady"
        self.events.normal(node, "NodeNotReady", message)
        for pod in self.cluster.all(PODS):
            if pod["spec"].get("nodeName") == title and is_true(pod, "Ready"):
                self._not_ready(pod, now)

    def _not_ready(self, pod: Json, now: str) -> None:
        status = copied(pod["status"])
        for one in status["conditions"]:
            if one["type"] == "Ready":
                one.update(status="False", lastTransitionTime=now)
        self.cluster.write_status(PODS, pod, status, manager="kube-controller-manager")
        self.events.warning(pod, "NodeNotReady", "Node is not ready")
