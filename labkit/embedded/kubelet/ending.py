"""Hooks, and the orderly end of a Pod: preStop, SIGTERM, the grace period, SIGKILL.

On a real node a Pod may take its whole ``terminationGracePeriodSeconds`` (30 s by default) to
go, as a ``sh`` or a ``sleep`` as process 1 ignores SIGTERM.  Here the wait is cut to the System's
``max_grace_seconds``, so that a lesson is not held up; everything else is the same.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from labkit.embedded.controllers.objects import meta
from labkit.embedded.interfaces import Json
from labkit.embedded.kubelet.container import Container, StartError
from labkit.embedded.kubelet.probes import Target, probe
from labkit.embedded.kubelet.slot import Slot

if TYPE_CHECKING:
    from labkit.embedded.kubelet.pod import PodWorker

DEFAULT_GRACE = 30


def grace_seconds(pod: Json, longest: float) -> float:
    """How long the containers have: what the deletion says, cut to ``longest``."""
    asked = meta(pod).get("deletionGracePeriodSeconds")
    if asked is None:
        asked = pod["spec"].get("terminationGracePeriodSeconds", DEFAULT_GRACE)
    return min(float(asked), longest)


async def end(worker: PodWorker) -> None:
    """Stop all containers, main ones before side-cars, then take the Pod out of the API."""
    machine = worker.machine
    grace = grace_seconds(worker.pod, machine.max_grace_seconds)
    await _stop_all(worker, [s for s in worker.slots() if not s.sidecar], grace)
    await _stop_all(worker, [s for s in worker.init if s.sidecar], grace)
    worker.over = True
    worker.sync()
    worker.close()
    machine.cluster.delete("pods", worker.pod, grace_seconds=0)


async def stop_sidecars(worker: PodWorker, slots: list[Slot]) -> None:
    """Stop side-cars one by one, the last one first, when the main containers are through."""
    grace = grace_seconds(worker.pod, worker.machine.max_grace_seconds)
    for slot in reversed(slots):
        await stop(worker, slot, grace)
    worker.poke()


async def _stop_all(worker: PodWorker, slots: list[Slot], grace: float) -> None:
    stops = [stop(worker, slot, grace) for slot in slots if slot.running]
    if stops:
        await asyncio.gather(*stops)


async def stop(worker: PodWorker, slot: Slot, grace: float, message: str = "") -> None:
    """End one container: hook, SIGTERM, wait, SIGKILL."""
    run = slot.run
    if run is None:
        return
    text = message or f"Stopping container {slot.name}"
    worker.machine.events.normal(worker.pod, "Killing", text, field=slot.field)
    hook = (slot.spec.get("lifecycle") or {}).get("preStop")
    bell = asyncio.ensure_future(worker.machine.clock.sleep(grace))
    work = asyncio.ensure_future(_asked_to_end(worker, run, slot, hook))
    try:
        await asyncio.wait({bell, work}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        bell.cancel()
        work.cancel()
    if run.running:
        run.kill()
        await run.wait()


async def _asked_to_end(worker: PodWorker, run: Container, slot: Slot, hook: Json | None) -> None:
    if hook:
        ok, output = await _hook(worker, slot, run, hook)
        if not ok:
            message = f"PreStopHook failed: {output}" if output else "PreStopHook failed"
            worker.machine.events.warning(
                worker.pod, "FailedPreStopHook", message, field=slot.field
            )
    run.terminate()
    await run.wait()


def post_start(worker: PodWorker, slot: Slot) -> None:
    """Run the postStart hook; its failure ends the container."""
    hook = (slot.spec.get("lifecycle") or {}).get("postStart")
    run = slot.run
    if not hook or run is None:
        return

    async def work() -> None:
        ok, output = await _hook(worker, slot, run, hook)
        if not ok and run.running:
            message = f"PostStartHook failed: {output}" if output else "PostStartHook failed"
            worker.machine.events.warning(
                worker.pod, "FailedPostStartHook", message, field=slot.field
            )
            await stop(worker, slot, 2.0, "FailedPostStartHook")

    worker.keep(asyncio.get_running_loop().create_task(work()))


async def _hook(worker: PodWorker, slot: Slot, run: Container, hook: Json) -> tuple[bool, str]:
    if "sleep" in hook:
        await worker.machine.clock.sleep(float(hook["sleep"].get("seconds") or 0))
        return True, ""
    return await probe(hook, target(worker, slot, run))


def target(worker: PodWorker, slot: Slot, run: Container) -> Target:
    """What probes and hooks of a container are asked of."""

    async def execute(command: list[str]) -> tuple[int, bytes]:
        output: list[bytes] = []
        try:
            code = await run.exec(command, None, output.append, output.append, False)
        except StartError as error:
            return 126, str(error).encode()
        return code, b"".join(output)

    address = worker.net.address if worker.net is not None else ""
    net = worker.machine.network.node_net(worker.machine.plan.name)
    return Target(net, address, slot.spec, execute)
