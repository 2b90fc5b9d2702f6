"""The worker of one Pod: brings its containers to where spec and restart policy want them.

After pkg/kubelet/kuberuntime (``computePodActions``, ``SyncPod``) and pkg/kubelet/pod_workers.go.
``sync`` is called whenever something happened: the Pod changed, a container ended, a probe
decided, a back-off is over.  It never waits; only the end of a Pod has a task of its own.
"""

from __future__ import annotations

import asyncio

from labkit.embedded.controllers.objects import (
    deleting,
    meta,
    name,
    namespace,
    pod_finished,
    seconds_of,
    timestamp,
    uid,
)
from labkit.embedded.interfaces import Json, Net
from labkit.embedded.kubelet import ending, starting
from labkit.embedded.kubelet.container import StartError
from labkit.embedded.kubelet.environment import ConfigError
from labkit.embedded.kubelet.files import MountError
from labkit.embedded.kubelet.machine import Machine
from labkit.embedded.kubelet.probing import Probing
from labkit.embedded.kubelet.pull import BACK_OFF, ERR_PULL, Pulled, PullError
from labkit.embedded.kubelet.slot import FIRST_BACKOFF, LONGEST_BACKOFF, Slot
from labkit.embedded.kubelet.status import View, init_done, pod_status, restarts
from labkit.embedded.status import StatusError

ERROR_SHOWN = 1.0
"""How long ErrImagePull is shown before it becomes ImagePullBackOff."""
STATUS_RETRY = 0.05
TOO_LATE = "Pod was active on the node longer than the specified deadline"


class PodWorker:
    """One Pod on one node."""

    def __init__(self, machine: Machine, pod: Json) -> None:
        self.machine, self.pod = machine, pod
        spec = pod["spec"]
        self.init = [Slot(c, True) for c in spec.get("initContainers") or []]
        self.main = [Slot(c, False) for c in spec.get("containers") or []]
        self.net: Net | None = None
        self.volumes: starting.Volumes | None = None
        self.over = False
        """All of it was stopped for good."""
        self.ending: asyncio.Task[None] | None = None
        self._probing = Probing(self)
        self.start_time = timestamp(machine.clock.now())
        self._timers: set[asyncio.Task[None]] = set()
        self._asked = False
        self._closed = False
        self._mount_blocked = False
        self._deadline_set = False
        self.failure: tuple[str, str] | None = None
        """Why the Pod as a whole has failed: reason and message."""
        self.rejected = False

    # -- what happened

    def changed(self, pod: Json) -> None:
        """The Pod object changed."""
        self.pod = pod
        spec = pod["spec"]
        written = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
        for slot, container in zip(self.slots(), written, strict=True):
            if slot.spec["image"] != container["image"]:
                self._image_changed(slot, container)
        self.poke()

    def _image_changed(self, slot: Slot, container: Json) -> None:
        """The one field of a container that may change: pull at once, or stop what runs."""
        slot.spec = container
        slot.retry_at = slot.pull_delay = slot.shown_until = 0.0
        if slot.running and slot.run is not None:
            text = f"Container {slot.name} definition changed, will be restarted"
            self.machine.events.normal(self.pod, "Killing", text, field=slot.field)
            slot.run.terminate()
            slot.run.kill()

    def reject(self, reason: str, message: str) -> None:
        """The node does not take the Pod: it fails before anything of it runs."""
        self.over, self.rejected, self.failure = True, True, (reason, message)
        self.machine.events.warning(self.pod, reason, message.partition(": ")[2])

    def poke(self) -> None:
        """Look again soon; several pokes are one."""
        if not self._asked and not self._closed:
            self._asked = True
            asyncio.get_running_loop().call_soon(self._synced)

    def data_changed(self) -> None:
        """A ConfigMap or a Secret of the namespace came or changed: try again what waited."""
        waiting = self._mount_blocked or any(slot.blocked for slot in self.slots())
        self._mount_blocked = False
        for slot in self.slots():
            slot.blocked = False
        if waiting:
            self.poke()

    def poke_after(self, seconds: float) -> None:
        async def ring() -> None:
            await self.machine.clock.sleep(seconds)
            self.poke()

        self.keep(asyncio.get_running_loop().create_task(ring()))

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold a task of this Pod, so that it ends with it."""
        self._timers.add(task)
        task.add_done_callback(self._timers.discard)

    def _synced(self) -> None:
        self._asked = False
        if not self._closed:
            self.sync()

    # -- the loop

    def slots(self) -> list[Slot]:
        return [*self.init, *self.main]

    def slot(self, title: str) -> Slot | None:
        return next((slot for slot in self.slots() if slot.name == title), None)

    def sync(self) -> None:
        """One look: note what ended, begin the end or go on starting, report."""
        for slot in self.slots():
            if slot.run is not None and not slot.run.running:
                self._probing.stop(slot)
                slot.note_end()
                slot.waiting = ("", "")
        if deleting(self.pod):
            if self.ending is None:
                loop = asyncio.get_running_loop()
                self.ending = loop.create_task(ending.end(self))
        elif not pod_finished(self.pod) and not self.over and not self._too_late():
            self._advance()
        self.report()

    def _too_late(self) -> bool:
        """``activeDeadlineSeconds``: a Pod that is on the node for longer has failed."""
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        if limit is None:
            return False
        left = seconds_of(self.start_time) + float(limit) - self.machine.clock.now()
        if left > 0:
            if not self._deadline_set:
                self._deadline_set = True
                self.poke_after(left)
            return False
        self.over, self.failure = True, ("DeadlineExceeded", TOO_LATE)
        self.machine.events.normal(self.pod, "DeadlineExceeded", TOO_LATE)
        for slot in self.slots():
            if slot.run is not None:
                slot.run.kill()
        return True

    def _advance(self) -> None:
        if not self.has_network() or not self.has_volumes():
            return
        for slot in self.init:
            if not slot.running:
                self._restart_or_start(slot, allowed=not init_done(slot) or slot.sidecar)
            if not init_done(slot):
                return
        for slot in self.main:
            if not slot.running:
                self._restart_or_start(slot, allowed=True)
        self._stop_sidecars()

    def _restart_or_start(self, slot: Slot, *, allowed: bool) -> None:
        if not allowed or slot.blocked:
            return
        if slot.ended is not None and not restarts(self.pod, slot):
            return
        now = self.machine.clock.now()
        if now < slot.retry_at:
            self._back_off(slot, slot.retry_at - now)
        else:
            self._start(slot)

    def _stop_sidecars(self) -> None:
        """When the main containers are through, the side-cars are stopped."""
        running = [slot for slot in self.init if slot.sidecar and slot.running]
        if running and all(s.ended is not None and not restarts(self.pod, s) for s in self.main):
            self.over = True
            work = ending.stop_sidecars(self, running)
            self.keep(asyncio.get_running_loop().create_task(work))

    def _back_off(self, slot: Slot, left: float) -> None:
        """Show why nothing happens, once, and see that someone looks again."""
        shown = slot.shown_until - self.machine.clock.now()
        if slot.waiting[0] == ERR_PULL and shown <= 0:
            self._pull_back_off(slot)
        elif slot.waiting[0] in ("", "ContainerCreating") and slot.ended is not None:
            self._crash_back_off(slot)
        if not slot.timer:
            slot.timer = True
            wait = shown if slot.waiting[0] == ERR_PULL else left
            self.keep(asyncio.get_running_loop().create_task(self._ring(slot, wait)))

    async def _ring(self, slot: Slot, seconds: float) -> None:
        await self.machine.clock.sleep(max(0.001, seconds))
        slot.timer = False
        self.poke()

    def _crash_back_off(self, slot: Slot) -> None:
        about = f"{name(self.pod)}_{namespace(self.pod)}({uid(self.pod)})"
        waits = _printed(max(FIRST_BACKOFF, round(slot.retry_at - _finished(slot))))
        slot.waiting = (
            "CrashLoopBackOff",
            f"back-off {waits} restarting failed container={slot.name} pod={about}",
        )
        message = f"Back-off restarting failed container {slot.name} in pod {about}"
        self.machine.events.warning(self.pod, "BackOff", message, field=slot.field)

    def _pull_back_off(self, slot: Slot) -> None:
        written = slot.spec["image"]
        why = f'Back-off pulling image "{written}"'
        self.machine.events.normal(self.pod, "BackOff", why, field=slot.field)
        self.machine.events.warning(self.pod, "Failed", f"Error: {BACK_OFF}", field=slot.field)
        slot.waiting = (BACK_OFF, f"{why}: {ERR_PULL}: {slot.waiting[1]}")

    # -- what a container needs

    def has_network(self) -> bool:
        """Attached already, or now; its own old address if it had one."""
        if self.net is not None:
            return True
        if self.pod["spec"].get("hostNetwork"):
            self.net = self.machine.network.attach(
                self.machine.plan.name, self.machine.plan.address, self.pod
            )
            return True
        address = (self.pod.get("status") or {}).get("podIP")
        try:
            address = address or self.machine.addresses.take(uid(self.pod))
        except StatusError as error:
            message = f'Failed to create pod sandbox: plugin type="ptp" failed (add): {error}'
            self.machine.events.warning(self.pod, "FailedCreatePodSandBox", message)
            self.poke_after(FIRST_BACKOFF)
            return False
        self.net = self.machine.network.attach(self.machine.plan.name, str(address), self.pod)
        return True

    def has_volumes(self) -> bool:
        """Mounted already, or now; what cannot be mounted waits for its ConfigMap or Secret."""
        if self.volumes is not None:
            return True
        if self._mount_blocked:
            return False
        address = self.net.address if self.net is not None else ""
        try:
            self.volumes = starting.mounted_volumes(self.machine, self.pod, address)
        except MountError as error:
            message = f'MountVolume.SetUp failed for volume "{error.volume}" : {error}'
            self.machine.events.warning(self.pod, "FailedMount", message)
            self._mount_blocked = True
            return False
        return True

    def _start(self, slot: Slot) -> None:
        try:
            pulled = self.machine.puller.ensure(self.pod, slot.spec, slot.field)
        except PullError as error:
            self._pull_failed(slot, error)
            return
        slot.pull_delay = 0.0
        try:
            self.run(slot, pulled)
        except ConfigError as error:
            slot.waiting, slot.blocked = ("CreateContainerConfigError", str(error)), True
            self.machine.events.warning(self.pod, "Failed", f"Error: {error}", field=slot.field)

    def _pull_failed(self, slot: Slot, error: PullError) -> None:
        now = self.machine.clock.now()
        slot.waiting, slot.shown_until = (error.reason, str(error)), now + ERROR_SHOWN
        slot.pull_delay = min(LONGEST_BACKOFF, slot.pull_delay * 2 or FIRST_BACKOFF)
        slot.retry_at = now + slot.pull_delay
        self._back_off(slot, slot.pull_delay)

    def run(self, slot: Slot, pulled: Pulled, *, again: bool = False) -> None:
        """Create and start; ``again`` continues a run of before a restart of the server."""
        assert self.net is not None and self.volumes is not None
        run = starting.build(
            self.machine, self.pod, slot, pulled, self.net, self.volumes, self.poke
        )
        slot.image, slot.identity = pulled.reference, pulled.identity
        slot.user = pulled.image.user
        if not again:
            self._note_new_run(slot, run.identity)
        slot.run = run
        if not again:
            slot.started_at = run.started_at
        try:
            run.start()
        except StartError as error:
            self._start_failed(slot, error)
            return
        slot.started = "startupProbe" not in slot.spec
        slot.ready = slot.started and "readinessProbe" not in slot.spec
        if not again:
            slot.started_at = run.started_at
            self.machine.events.normal(self.pod, "Started", "Container started", field=slot.field)
        ending.post_start(self, slot)
        self._probing.start(slot)

    def _note_new_run(self, slot: Slot, identity: str) -> None:
        if slot.ended is not None:
            slot.last, slot.ended = slot.ended, None
        self.machine.logs.drop(self.pod, slot.name, slot.runs - 2)
        slot.runs += 1
        slot.container_id = identity
        slot.waiting = ("", "")
        self.machine.events.normal(self.pod, "Created", "Container created", field=slot.field)

    def _start_failed(self, slot: Slot, error: StartError) -> None:
        why = (
            "failed to create containerd task: failed to create shim task: OCI runtime create "
            f"failed: runc create failed: {error}"
        )
        slot.note_failed_start("StartError", why, self.machine.clock.now())
        slot.waiting = ("RunContainerError", why) if restarts(self.pod, slot) else ("", "")
        self.machine.events.warning(self.pod, "Failed", f"Error: {why}", field=slot.field)
        if restarts(self.pod, slot):
            slot.waiting = ("", "")
            self.poke()

    # -- what the API server is told

    def view(self) -> View:
        host = bool(self.pod["spec"].get("hostNetwork"))
        address = self.net.address if self.net is not None else ""
        kept = address or str((self.pod.get("status") or {}).get("podIP") or "")
        return View(
            pod=self.pod,
            init=self.init,
            main=self.main,
            host_address=self.machine.plan.address,
            address=self.machine.plan.address if host and kept else kept,
            start_time=self.start_time,
            over=self.over,
            failure=self.failure,
            rejected=self.rejected,
        )

    def report(self) -> None:
        """Write the status, if it differs; try again if someone else wrote just now."""
        current = self.machine.cluster.get("pods", namespace(self.pod), name(self.pod))
        if current is None or uid(current) != uid(self.pod):
            return
        self.pod = current
        if pod_finished(current) and not deleting(current):
            return
        status = pod_status(self.view(), self.machine.clock.now())
        data = {k: v for k, v in meta(current).items() if k != "resourceVersion"}
        bare = {**current, "metadata": data}
        try:
            written = self.machine.cluster.write_status("pods", bare, status, manager="kubelet")
        except StatusError as error:
            if error.code != 404:
                self.poke_after(STATUS_RETRY)
            return
        if (written.get("status") or {}) and written is not bare:
            self.pod = written
        if pod_finished(self.pod):
            self._probing.stop_all()
            self.unplug()

    def close(self) -> None:
        """Stop everything at once and let go of the address."""
        self._closed = True
        for task in list(self._timers):
            task.cancel()
        self._probing.stop_all()
        for slot in self.slots():
            if slot.run is not None:
                slot.run.kill()
        if self.ending is not None and self.ending is not asyncio.current_task():
            self.ending.cancel()

    def release(self) -> None:
        """Give back the address and the logs: the Pod is gone."""
        self.unplug()
        self.machine.logs.forget(self.pod)

    def unplug(self) -> None:
        """Let go of the address."""
        if self.net is not None and not self.pod["spec"].get("hostNetwork"):
            self.machine.network.detach(self.machine.plan.name, self.net.address)
            self.machine.addresses.release(self.net.address, uid(self.pod))
        self.net = None


def _finished(slot: Slot) -> float:
    return seconds_of((slot.ended or {}).get("finishedAt"))


def _printed(seconds: float) -> str:
    """Go's way to print a duration: ``10s``, ``1m20s``, ``5m0s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
