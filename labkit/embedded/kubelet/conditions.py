"""The conditions of a healthy Node, as a kubelet posts them."""

from __future__ import annotations

from labkit.embedded.controllers.objects import condition, timestamp
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.machine import Machine

HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory",
     "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)  # fmt: skip


def healthy(now: str) -> list[Json]:
    """All of them, beginning now."""
    return [
        {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }
        for kind, status, reason, message in HEALTHY
    ]


def post_ready(machine: Machine) -> None:
    """Tell the API server that the node is well, if it thinks otherwise."""
    node = machine.node()
    ready = condition(node, "Ready") if node else None
    if ready is None or ready.get("status") == "True":
        return
    conditions = healthy(timestamp(machine.clock.now()))
    status = {**(node.get("status") or {}), "conditions": conditions}
    machine.cluster.write_status("nodes", node, status, manager="kubelet")
    machine.events.normal(node, "NodeReady", f"Node {machine.plan.name} status is now: NodeReady")
