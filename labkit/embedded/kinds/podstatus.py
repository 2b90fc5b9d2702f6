"""The STATUS, READY and RESTARTS columns of a Pod, as ``printPod`` works them out.

Source: kubernetes pkg/printers/internalversion/printers.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.embedded.kinds.ages import human_duration, parse_time
from labkit.embedded.kinds.base import at

Json = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What is counted while the containers are looked at."""

    reason: str
    ready: int = 0
    restarts: int = 0
    sidecar_restarts: int = 0
    last_restart: float = 0.0
    last_sidecar_restart: float = 0.0

    def note_restart(self, status: Json, *, sidecar: bool = False) -> None:
        count = at(status, "restartCount", default=0)
        stamp = at(status, "lastState", "terminated", "finishedAt")
        when = parse_time(stamp) if stamp else 0.0
        self.restarts += count
        self.last_restart = max(self.last_restart, when)
        if sidecar:
            self.sidecar_restarts += count
            self.last_sidecar_restart = max(self.last_sidecar_restart, when)


def condition(obj: Json, kind: str) -> Json | None:
    """The condition of that type, if there is one."""
    for item in at(obj, "status", "conditions", default=[]):
        if item.get("type") == kind:
            return dict(item)
    return None


def _ended(terminated: Json, prefix: str = "") -> str:
    if terminated.get("reason"):
        return prefix + str(terminated["reason"])
    if terminated.get("signal"):
        return f"{prefix}Signal:{terminated['signal']}"
    return f"{prefix}ExitCode:{terminated.get('exitCode', 0)}"


def _first_reason(pod: Json) -> str:
    reason = at(pod, "status", "reason") or at(pod, "status", "phase", default="")
    gate = condition(pod, "PodScheduled")
    if gate and gate.get("status") == "False" and gate.get("reason") == "SchedulingGated":
        return "SchedulingGated"
    return str(reason)


def _initialize(pod: Json, tally: Tally) -> bool:
    """Go through the init containers; True while one of them still holds the Pod up."""
    specs = {c["name"]: c for c in at(pod, "spec", "initContainers", default=[])}
    for index, status in enumerate(at(pod, "status", "initContainerStatuses", default=[])):
        sidecar = at(specs.get(status["name"]), "restartPolicy") == "Always"
        tally.note_restart(status, sidecar=sidecar)
        terminated = at(status, "state", "terminated")
        if terminated is not None and terminated.get("exitCode", 0) == 0:
            continue
        if sidecar and status.get("started"):
            tally.ready += bool(status.get("ready"))
            continue
        waiting = at(status, "state", "waiting", "reason")
        if terminated is not None:
            tally.reason = _ended(terminated, "Init:")
        elif waiting and waiting != "PodInitializing":
            tally.reason = f"Init:{waiting}"
        else:
            tally.reason = f"Init:{index}/{len(specs)}"
        return True
    return False


def _run(pod: Json, tally: Tally) -> None:
    """Go through the containers; the first one has the last word on the reason."""
    tally.restarts, tally.last_restart = tally.sidecar_restarts, tally.last_sidecar_restart
    running = False
    for status in reversed(at(pod, "status", "containerStatuses", default=[])):
        tally.note_restart(status)
        terminated = at(status, "state", "terminated")
        if at(status, "state", "waiting", "reason"):
            tally.reason = status["state"]["waiting"]["reason"]
        elif terminated is not None:
            tally.reason = _ended(terminated)
        elif status.get("ready") and at(status, "state", "running") is not None:
            running = True
            tally.ready += 1
    if tally.reason == "Completed" and running:
        ready = condition(pod, "Ready")
        tally.reason = "Running" if ready and ready.get("status") == "True" else "NotReady"


def _containers(pod: Json) -> int:
    sidecars = [
        c
        for c in at(pod, "spec", "initContainers", default=[])
        if c.get("restartPolicy") == "Always"
    ]
    return len(at(pod, "spec", "containers", default=[])) + len(sidecars)


def _leaving(pod: Json, reason: str) -> str:
    if not pod["metadata"].get("deletionTimestamp"):
        return reason
    if at(pod, "status", "reason") == "NodeLost":
        return "Unknown"
    over = at(pod, "status", "phase") in ("Succeeded", "Failed")
    return reason if over else "Terminating"


def summary(pod: Json, now: float) -> tuple[str, str, str]:
    """READY, STATUS and RESTARTS of a Pod at a time (seconds since 1970)."""
    tally = Tally(_first_reason(pod))
    started = condition(pod, "Initialized")
    if not _initialize(pod, tally) or (started and started.get("status") == "True"):
        _run(pod, tally)
    restarts = str(tally.restarts)
    if tally.restarts and tally.last_restart:
        restarts += f" ({human_duration(now - tally.last_restart)} ago)"
    return f"{tally.ready}/{_containers(pod)}", _leaving(pod, tally.reason), restarts
