"""From probe results to readiness, to a start that counts, and to a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.embedded.kubelet import ending
from labkit.embedded.kubelet.container import Container
from labkit.embedded.kubelet.probes import Prober
from labkit.embedded.kubelet.slot import Slot

if TYPE_CHECKING:
    from labkit.embedded.kubelet.pod import PodWorker


class Probing:
    """The probes of one Pod."""

    def __init__(self, worker: PodWorker) -> None:
        self._worker = worker

    def start(self, slot: Slot) -> None:
        """Start the probes of a container that was just started."""
        run = slot.run
        if run is None or not any(f"{k}Probe" in slot.spec for k in _KINDS):
            return
        slot.prober = Prober(
            ending.target(self._worker, slot, run),
            self._worker.machine.clock,
            self._heard(slot, run),
        )
        slot.prober.start(_KINDS if slot.started else ("startup",))

    def stop(self, slot: Slot) -> None:
        if slot.prober is not None:
            slot.prober.stop()
            slot.prober = None

    def stop_all(self) -> None:
        for slot in self._worker.slots():
            self.stop(slot)

    def _heard(self, slot: Slot, run: Container) -> Callable[[str, bool, str, bool], None]:
        def result(kind: str, ok: bool, output: str, decided: bool) -> None:
            if slot.run is not run or not run.running:
                return
            if not ok:
                text = f"{kind.capitalize()} probe failed: {output}"
                self._worker.machine.events.warning(
                    self._worker.pod, "Unhealthy", text, field=slot.field
                )
            if decided:
                self._decided(slot, run, kind, ok)

        return result

    def _decided(self, slot: Slot, run: Container, kind: str, ok: bool) -> None:
        if kind == "readiness":
            if slot.ready != ok:
                slot.ready = ok
                self._worker.poke()
        elif not ok:
            self._restart(slot, kind)
        elif kind == "startup" and not slot.started:
            slot.started = True
            slot.ready = "readinessProbe" not in slot.spec
            if slot.prober is not None:
                slot.prober.start(("readiness", "liveness"))
            self._worker.poke()

    def _restart(self, slot: Slot, kind: str) -> None:
        """The container is ended; the restart policy brings it back."""
        if self._worker.ending is not None:
            return
        if slot.prober is not None:
            slot.prober.stop("liveness", "startup")
        grace = min(
            float(self._worker.pod["spec"].get("terminationGracePeriodSeconds", 30)),
            self._worker.machine.max_grace_seconds,
        )
        message = f"Container {slot.name} failed {kind} probe, will be restarted"
        work = ending.stop(self._worker, slot, grace, message)
        self._worker.keep(asyncio.get_running_loop().create_task(work))


_KINDS = ("startup", "readiness", "liveness")
