"""The status of a Pod: phase, conditions, container statuses.

After pkg/kubelet/kubelet_pods.go (``getPhase``) and pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.embedded.controllers.objects import meta, timestamp, without_none
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.slot import Slot

OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")


@dataclass(frozen=True, slots=True)
class View:
    """What the worker of a Pod knows when it writes the status."""

    pod: Json
    init: Sequence[Slot]
    main: Sequence[Slot]
    host_address: str
    address: str
    """Empty until the Pod has a network."""
    start_time: str
    over: bool = False
    """Everything was stopped for good (deletion)."""
    failure: tuple[str, str] | None = None
    """Reason and message of a Pod that failed as a whole."""
    rejected: bool = False
    """The node did not take it: it never had containers here."""


def pod_status(view: View, now: float) -> Json:
    """The whole status object."""
    old = view.pod.get("status") or {}
    phase = phase_of(view)
    status = without_none(
        {
            "observedGeneration": meta(view.pod).get("generation"),
            "phase": phase,
            "conditions": _conditions(view, phase, timestamp(now)),
            "hostIP": view.host_address,
            "hostIPs": [{"ip": view.host_address}],
            "podIP": view.address or None,
            "podIPs": [{"ip": view.address}] if view.address else None,
            "startTime": view.start_time,
            "qosClass": old.get("qosClass") or "BestEffort",
            "resources": {},
        }
    )
    if view.failure is not None and phase == "Failed":
        status["reason"], status["message"] = view.failure
    if view.rejected:
        return status
    if view.init:
        status["initContainerStatuses"] = [_container(view, slot) for slot in view.init]
    status["containerStatuses"] = [_container(view, slot) for slot in view.main]
    return status


def phase_of(view: View) -> str:
    """Pending, Running, Succeeded or Failed."""
    policy = view.pod["spec"].get("restartPolicy") or "Always"
    stopped = not any(slot.running for slot in [*view.init, *view.main])
    if _init_failed(view) or (view.failure is not None and stopped):
        return "Failed"
    if not initialized(view):
        return "Failed" if view.over else "Pending"
    if any(slot.running for slot in view.main):
        return "Running"
    if any(slot.ended is None for slot in view.main):
        return "Pending" if not any(slot.runs for slot in view.main) else "Running"
    if any(slot.running for slot in view.init):
        return "Running"  # side-cars that are being stopped
    failed = any(_exit(slot) != 0 for slot in view.main)
    if not view.over and (policy == "Always" or (policy == "OnFailure" and failed)):
        return "Running"
    return "Failed" if failed else "Succeeded"


def initialized(view: View) -> bool:
    """All init containers are through (side-cars: started)."""
    return all(init_done(slot) for slot in view.init)


def init_done(slot: Slot) -> bool:
    if slot.sidecar:
        return slot.started or slot.ended is not None
    return slot.ended is not None and _exit(slot) == 0


def _init_failed(view: View) -> bool:
    policy = view.pod["spec"].get("restartPolicy") or "Always"
    failed = (s.ended is not None and _exit(s) != 0 for s in view.init if not s.sidecar)
    return policy == "Never" and any(failed)


def _exit(slot: Slot) -> int:
    return int((slot.ended or {}).get("exitCode") or 0)


def _conditions(view: View, phase: str, now: str) -> list[Json]:
    old = {c["type"]: c for c in (view.pod.get("status") or {}).get("conditions") or []}
    ready = _containers_ready(view, phase)
    fresh = [
        _condition("PodReadyToStartContainers", bool(view.address) and not view.over),
        _initialized(view, phase),
        _pod_ready(view, ready, old),
        {**ready, "type": "ContainersReady"},
        _condition("PodScheduled", True),
    ]
    generation = meta(view.pod).get("generation")
    kept = [c for kind, c in old.items() if kind not in OWNED]
    return [*(_timed(c, old.get(c["type"]), generation, now) for c in fresh), *kept]


def _condition(kind: str, value: bool, reason: str = "", message: str = "") -> Json:
    found: Json = {"type": kind, "status": "True" if value else "False"}
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found


def _timed(fresh: Json, old: Json | None, generation: object, now: str) -> Json:
    same = old is not None and old.get("status") == fresh["status"]
    stamps: Json = {"lastProbeTime": None}
    stamps["lastTransitionTime"] = old["lastTransitionTime"] if same and old else now
    if generation:
        stamps["observedGeneration"] = generation
    return {**fresh, **stamps}


def _initialized(view: View, phase: str) -> Json:
    left = [slot.name for slot in view.init if not init_done(slot)]
    if not left:
        reason = "PodCompleted" if phase == "Succeeded" else ""
        return _condition("Initialized", True, reason)
    message = f"containers with incomplete status: [{' '.join(left)}]"
    return _condition("Initialized", False, "ContainersNotInitialized", message)


def _containers_ready(view: View, phase: str) -> Json:
    if phase == "Succeeded":
        return _condition("ContainersReady", False, "PodCompleted")
    if phase == "Failed":
        return _condition("ContainersReady", False, "PodFailed")
    counted = [*(s for s in view.init if s.sidecar), *view.main]
    left = [slot.name for slot in counted if not slot.ready]
    if not left:
        return _condition("ContainersReady", True)
    message = f"containers with unready status: [{' '.join(left)}]"
    return _condition("ContainersReady", False, "ContainersNotReady", message)


def _pod_ready(view: View, containers: Json, old: dict[str, Json]) -> Json:
    """Ready: the containers, and the readiness gates that others set."""
    if containers["status"] != "True":
        return {**containers, "type": "Ready"}
    gates = [g["conditionType"] for g in view.pod["spec"].get("readinessGates") or []]
    for gate in gates:
        found = old.get(gate)
        if found is None or found.get("status") != "True":
            why = f'corresponding condition of pod readiness gate "{gate}" '
            why += "does not exist." if found is None else 'is not "True".'
            return _condition("Ready", False, "ReadinessGatesNotReady", why)
    return _condition("Ready", True)


def _container(view: View, slot: Slot) -> Json:
    status: Json = {
        "name": slot.name,
        "state": _state(view, slot),
        "lastState": {"terminated": slot.last} if slot.last is not None else {},
        "ready": slot.ready or (slot.init and not slot.sidecar and init_done(slot)),
        "restartCount": slot.restarts,
        "image": slot.image or slot.spec["image"],
        "imageID": slot.identity,
        "started": slot.running and slot.started,
    }
    if slot.container_id:
        status["containerID"] = f"containerd://{slot.container_id}"
    if slot.running:
        status["user"] = {"linux": _user(view.pod, slot)}
    status |= _resources(slot.spec)
    mounts = [_mount(mount) for mount in slot.spec.get("volumeMounts") or []]
    if mounts:
        status["volumeMounts"] = mounts
    if _will_restart(view, slot) and slot.ended is not None:
        status["lastState"] = {"terminated": slot.ended}
    return status


def _user(pod: Json, slot: Slot) -> Json:
    """Who the process is: the image's user, unless the Pod or the container says another."""
    wide = pod["spec"].get("securityContext") or {}
    own = slot.spec.get("securityContext") or {}
    user = own.get("runAsUser", wide.get("runAsUser", slot.user[0]))
    group = own.get("runAsGroup", wide.get("runAsGroup", slot.user[1]))
    more = [*(wide.get("supplementalGroups") or []), wide.get("fsGroup", group)]
    return {"uid": user, "gid": group, "supplementalGroups": sorted({group, *more})}


def _resources(spec: Json) -> Json:
    """What the container has on the node: as much as it asked for."""
    wanted = spec.get("resources") or {}
    found: Json = {"resources": {k: v for k, v in wanted.items() if k in ("limits", "requests")}}
    if wanted.get("requests"):
        found["allocatedResources"] = wanted["requests"]
    return found


def _mount(mount: Json) -> Json:
    shown: Json = {key: mount[key] for key in ("mountPath", "name", "readOnly") if key in mount}
    if mount.get("readOnly"):
        shown["recursiveReadOnly"] = "Disabled"
    return shown


def _state(view: View, slot: Slot) -> Json:
    if slot.running:
        return {"running": {"startedAt": timestamp(slot.started_at)}}
    if slot.ended is not None and not _will_restart(view, slot):
        return {"terminated": slot.ended}
    reason, message = slot.waiting
    if reason == "ContainerCreating" and view.init:
        reason, message = "PodInitializing", ""
    return {"waiting": {"reason": reason, "message": message} if message else {"reason": reason}}


def _will_restart(view: View, slot: Slot) -> bool:
    """In back-off: shown as waiting, with the end of the run as its last state."""
    return slot.ended is not None and slot.waiting[0] in _RESTARTING and not view.over


_RESTARTING = ("CrashLoopBackOff", "RunContainerError", "ErrImagePull", "ImagePullBackOff",
               "CreateContainerConfigError")  # fmt: skip


def restarts(pod: Json, slot: Slot) -> bool:
    """Is a container that ended to be started again?"""
    policy = pod["spec"].get("restartPolicy") or "Always"
    if slot.sidecar:
        return True
    if slot.init:
        return policy != "Never" and _exit(slot) != 0
    return policy == "Always" or (policy == "OnFailure" and _exit(slot) != 0)
