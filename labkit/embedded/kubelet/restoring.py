"""Taking over the Pods of an earlier server: same addresses, same counts, no new events.

Containers that ran are started again as the same run (their files are new, as if the process
alone had been restarted); those that had ended stay as they ended.
"""

from __future__ import annotations

from labkit.embedded.controllers.objects import deleting, pod_finished
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.environment import ConfigError
from labkit.embedded.kubelet.pod import PodWorker

FIELDS = ("initContainerStatuses", "containerStatuses")


def restore(worker: PodWorker, *, resume: bool = True) -> None:
    """Bring a new worker to where the Pod's status says that it was.

    Without ``resume`` what ran is started anew and counted as a restart: the node was off.
    """
    status = worker.pod.get("status") or {}
    worker.start_time = status.get("startTime") or worker.start_time
    statuses = [found for field in FIELDS for found in status.get(field) or []]
    for found in statuses:
        slot = worker.slot(str(found["name"]))
        if slot is not None:
            slot.restore(found)
    if deleting(worker.pod) or pod_finished(worker.pod) or not status.get("podIP"):
        return
    if worker.has_network() and worker.has_volumes() and resume:
        for found in statuses:
            _resume(worker, found)


def _resume(worker: PodWorker, found: Json) -> None:
    slot = worker.slot(str(found["name"]))
    if slot is None or "running" not in (found.get("state") or {}):
        return
    pulled = worker.machine.puller.quietly(slot.spec)
    if pulled is None:
        return
    slot.runs -= 1
    try:
        worker.run(slot, pulled, again=True)
    except ConfigError:
        pass
    finally:
        slot.runs += 1
    slot.waiting = ("", "")
    slot.ready = slot.ready or bool(found.get("ready"))
    slot.started = slot.started or bool(found.get("started"))
