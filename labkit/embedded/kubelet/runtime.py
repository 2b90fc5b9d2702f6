"""logs, exec, attach and port-forward: what the kubelets do for the API server.

Words as of pkg/kubelet/kubelet_pods.go (``validateContainerLogStatus``), pkg/registry/core/pod
(``LogLocation``) and containerd.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from labkit.embedded.controllers.objects import name, namespace
from labkit.embedded.interfaces import Json, LogOptions
from labkit.embedded.kubelet import logs as logfiles
from labkit.embedded.kubelet.container import Container, StartError
from labkit.embedded.kubelet.node import Kubelet
from labkit.embedded.kubelet.pod import PodWorker
from labkit.embedded.kubelet.slot import Slot
from labkit.embedded.status import StatusError, bad_request, internal
from labkit.embedded.streams import Stream

KUBELET_PORT = 10250
Sink = Callable[[bytes], None]


class KubeletRuntime:
    """Implements ``labkit.embedded.interfaces.Runtime`` over all kubelets."""

    def __init__(self, kubelets: Mapping[str, Kubelet]) -> None:
        self._kubelets = kubelets

    def logs(self, pod: Json, options: LogOptions) -> AsyncIterator[bytes]:
        """The log of a container; raises ``StatusError`` at once if there is none."""
        title = options.container or self._only_container(pod)
        worker, slot = self._place(pod, title)
        machine = worker.machine
        newest = slot.runs - 1
        run = newest - 1 if options.previous else newest
        if options.previous and slot.ended is not None:
            run = newest
        if run < 0 and not options.previous:
            why = slot.waiting[0] or "ContainerCreating"
            raise bad_request(
                f'container "{title}" in pod "{name(pod)}" is waiting to start: {_waiting(why)}'
            )
        if options.previous and (run < 0 or not machine.logs.exists(pod, title, run)):
            raise bad_request(
                f'previous terminated container "{title}" in pod "{name(pod)}" not found'
            )
        log = machine.logs.file(pod, title, run)
        if not (slot.running and run == newest):
            log.open = False
        return logfiles.read(log, options, machine.clock.now())

    async def exec(
        self,
        pod: Json,
        container: str,
        command: Sequence[str],
        *,
        stdin: Stream | None,
        stdout: Sink,
        stderr: Sink,
        tty: bool = False,
    ) -> int:
        """Run a command in a running container; its exit status."""
        run = self._running(pod, container or self._only_container(pod))
        try:
            return await run.exec(command, stdin, stdout, stderr, tty)
        except StartError as error:
            raise internal(
                "error executing command in container: failed to exec in container: failed to "
                f'start exec "{run.identity}": OCI runtime exec failed: exec failed: {error}'
            ) from None

    async def attach(
        self,
        pod: Json,
        container: str,
        *,
        stdin: Stream | None,
        stdout: Sink,
        stderr: Sink,
    ) -> int:
        """Follow the main process and feed it, until it ends; its exit status."""
        run = self._running(pod, container or self._only_container(pod))
        stop = run.listen(stdout, stderr)
        feeder = None
        if stdin is not None and run.stdin is not None:
            feeder = asyncio.ensure_future(_feed(stdin, run.stdin))
        try:
            return await run.wait()
        finally:
            stop()
            if feeder is not None:
                feeder.cancel()

    async def dial(self, pod: Json, port: int) -> Stream:
        """Connect to a port on the Pod's own loopback."""
        worker = self._worker(pod)
        if worker is None or worker.net is None:
            raise internal(f"failed to find sandbox of pod {namespace(pod)}/{name(pod)}")
        try:
            return await worker.net.connect("127.0.0.1", port)
        except OSError as error:
            why = (error.strerror or str(error) or "connection refused").lower()
            if isinstance(error, ConnectionRefusedError):
                why = "connection refused"
            raise internal(
                f"failed to execute portforward in network namespace: failed to connect to "
                f"localhost:{port} inside namespace, IPv4: dial tcp4 127.0.0.1:{port}: "
                f"connect: {why}"
            ) from None

    def _worker(self, pod: Json) -> PodWorker | None:
        kubelet = self._kubelets.get(str(pod["spec"].get("nodeName") or ""))
        if kubelet is not None and not kubelet.running:
            address = f"{kubelet.machine.plan.address}:{KUBELET_PORT}"
            why = f"error dialing backend: dial tcp {address}: connect: no route to host"
            raise StatusError(500, "InternalError", why)
        return kubelet.worker(pod) if kubelet is not None else None

    def _only_container(self, pod: Json) -> str:
        containers = [str(c["name"]) for c in pod["spec"].get("containers") or []]
        if len(containers) == 1:
            return containers[0]
        init = [str(c["name"]) for c in pod["spec"].get("initContainers") or []]
        message = (
            f"a container name must be specified for pod {name(pod)}, choose one of: "
            f"[{' '.join(containers)}]"
        )
        if init:
            message += f" or one of the init containers: [{' '.join(init)}]"
        raise bad_request(message)

    def _place(self, pod: Json, title: str) -> tuple[PodWorker, Slot]:
        spec = pod["spec"]
        known = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
        if not any(c["name"] == title for c in known):
            raise bad_request(f"container {title} is not valid for pod {name(pod)}")
        if not spec.get("nodeName"):
            raise bad_request(f"pod {name(pod)} does not have a host assigned")
        worker = self._worker(pod)
        slot = worker.slot(title) if worker is not None else None
        if worker is None or slot is None:
            raise bad_request(
                f'container "{title}" in pod "{name(pod)}" is waiting to start: ContainerCreating'
            )
        return worker, slot

    def _running(self, pod: Json, title: str) -> Container:
        _, slot = self._place(pod, title)
        if slot.run is None or not slot.run.running:
            raise StatusError(500, "InternalError", f'container not found ("{title}")')
        return slot.run


def _waiting(reason: str) -> str:
    if reason in ("ErrImagePull", "ImagePullBackOff"):
        return "trying and failing to pull image"
    if reason == "ErrImageNeverPull":
        return "image can't be pulled"
    return reason


async def _feed(source: Stream, target: Stream) -> None:
    while data := await source.read():
        await target.write(data)
    target.write_eof()
