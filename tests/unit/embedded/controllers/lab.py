"""A whole embedded cluster on a hand-turned clock; its programs and its network are toys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.clock import ManualClock
from labkit.embedded import system
from labkit.embedded.chance import SeededChance
from labkit.embedded.interfaces import Image, Peer, Process
from labkit.embedded.machinery import Machinery
from labkit.embedded.programs import signals
from labkit.embedded.status import StatusError
from labkit.embedded.store import Store
from labkit.embedded.streams import Stream, pipe

Json = dict[str, Any]


class Wire:
    """A flat network: who listens where."""

    def __init__(self) -> None:
        self.listeners: dict[tuple[str, int], Any] = {}
        self.attached: dict[str, str] = {}
        self.tasks: list[asyncio.Future[None]] = []

    def attach(self, node: str, address: str, pod: Json) -> PodNet:
        own = not pod["spec"].get("hostNetwork")
        assert not own or address not in self.attached, f"{address} is taken"
        self.attached[address] = pod["metadata"]["name"]
        return PodNet(self, address)

    def detach(self, node: str, address: str) -> None:
        del self.attached[address]
        for place in [p for p in self.listeners if p[0] == address]:
            del self.listeners[place]

    def node_net(self, node: str) -> PodNet:
        return PodNet(self, node)

    def outside_net(self) -> PodNet:
        return PodNet(self, "outside")

    def switch_off(self, node: str) -> None: ...

    def switch_on(self, node: str) -> None: ...


class PodNet:
    """One Pod's end of the wire."""

    def __init__(self, wire: Wire, address: str) -> None:
        self._wire, self.address = wire, address

    async def connect(self, host: str, port: int, *, timeout: float | None = None) -> Stream:
        host = self.address if host == "127.0.0.1" else host
        handler = self._wire.listeners.get((host, port))
        if handler is None:
            raise ConnectionRefusedError(111, "Connection refused")
        here, there = pipe()
        task = asyncio.ensure_future(handler(there, Peer(self.address, 1)))
        self._wire.tasks.append(task)
        return here

    def listen(self, port: int, handler: Any, *, address: str = "0.0.0.0") -> None:
        self._wire.listeners[(self.address, port)] = handler


async def serve(process: Process) -> int:
    """``serve PORT``: answers every request with ``state["code"]``; ends on SIGTERM."""

    async def answer(stream: Stream, peer: Peer) -> None:
        await stream.readuntil(b"\r\n\r\n")
        code = process.state.get("code", 200)
        await stream.write(f"HTTP/1.1 {code} X\r\n\r\n".encode())
        stream.close()

    process.stdout(f"{process.hostname} listening\n".encode())
    process.net.listen(int(process.argv[1]), answer)
    await signals.terminated(process).wait()
    return 0


async def dns(process: Process) -> int:
    """Stands for CoreDNS: ready at once."""

    async def answer(stream: Stream, peer: Peer) -> None:
        await stream.readuntil(b"\r\n\r\n")
        await stream.write(b"HTTP/1.1 200 OK\r\n\r\n")
        stream.close()

    for port in (8080, 8181):
        process.net.listen(port, answer)
    await signals.terminated(process).wait()
    return 0


async def stubborn(process: Process) -> int:
    """Like ``sh -c`` as process 1: ignores SIGTERM."""
    process.stdout(b"stubborn\n")
    await asyncio.Event().wait()
    return 0


async def leave(process: Process) -> int:
    """``exit CODE [SECONDS]``."""
    if len(process.argv) > 2:
        await process.clock.sleep(float(process.argv[2]))
    return int(process.argv[1])


async def odd(process: Process) -> int:
    """Fails where the completion index is odd."""
    return int(process.env["JOB_COMPLETION_INDEX"]) % 2


async def even(process: Process) -> int:
    """Ends well where the completion index is even, else never."""
    return await stubborn(process) if await odd(process) else 0


async def say(process: Process) -> int:
    """``say WORDS``, then wait for SIGTERM."""
    process.stdout((" ".join(process.argv[1:]) + "\n").encode())
    await signals.terminated(process).wait()
    return 0


async def show(process: Process) -> int:
    """``show``: environment and files, one a line, and end."""
    for key, value in sorted(process.env.items()):
        process.stdout(f"{key}={value}\n".encode())
    for path in sorted(process.files):
        process.stdout(f"{path}: {process.files[path]!r}\n".encode())
    return 0


async def set_code(process: Process) -> int:
    """``code N``: what the server of this container answers from now on."""
    process.state["code"] = int(process.argv[1])
    return 0


PROGRAMS = {
    "serve": serve,
    "stubborn": stubborn,
    "exit": leave,
    "odd": odd,
    "even": even,
    "say": say,
    "show": show,
    "code": set_code,
}


@dataclass
class FakeImage:
    repositories: tuple[str, ...] = ("lab",)
    tags: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ("serve",)
    command: tuple[str, ...] = ("8080",)
    env: dict[str, str] = field(default_factory=lambda: {"PATH": "/bin"})
    programs: dict[str, Any] = field(default_factory=lambda: PROGRAMS)
    files: dict[str, bytes] = field(default_factory=dict)
    user: tuple[int, int] = (0, 0)
    size: int = 1000


class FakeImages:
    def find(self, reference: str) -> Image | None:
        found = None
        if reference.startswith("registry.k8s.io/coredns"):
            found = FakeImage(entrypoint=("dns",), programs={"dns": dns})
        elif reference.startswith("registry.k8s.io/kube-proxy"):
            found = FakeImage(programs={"/usr/local/bin/kube-proxy": say})
        elif reference.startswith("lab"):
            found = FakeImage()
        return found  # type: ignore[return-value]

    def names(self) -> list[str]:
        return ["lab:1", "lab:2"]


class FakeWorld:
    def __init__(self) -> None:
        self.network = Wire()
        self.images = FakeImages()
        self.node_rules: Any = None

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Lab:
    """The cluster under test."""

    def __init__(
        self,
        folder: Path,
        store: Store | None = None,
        clock: ManualClock | None = None,
        grace: float = system.MAX_GRACE_SECONDS,
    ) -> None:
        self.folder, self.grace = folder, grace
        self.clock = clock or ManualClock()
        self.store = store or Store(None)
        self.api = Machinery(self.store, self.clock, SeededChance(7))
        self.world = FakeWorld()

    async def __aenter__(self) -> Lab:
        self.system = await system.start_with(
            self.world,  # type: ignore[arg-type]
            self.api,
            self.clock,
            runtime_dir=self.folder,
            seed=7,
            max_grace_seconds=self.grace,
        )
        await self.settle()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.system.stop()
        await self.settle()

    async def settle(self, turns: int = 300) -> None:
        """Let everybody run until nothing changes any more."""
        for _ in range(turns):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Turn the clock in small steps, so that chains of timers follow one another."""
        steps = max(1, min(200, round(seconds / 0.5)))
        for _ in range(steps):
            await self.clock.advance(seconds / steps)
            await self.settle(40)

    async def create(self, resource: str, obj: Json, namespace: str | None = "default") -> Json:
        made = self.api.create(resource, namespace, obj)
        await self.settle()
        return made

    def get(self, resource: str, name: str, namespace: str | None = "default") -> Json:
        return self.api.get(resource, namespace, name)

    def exists(self, resource: str, name: str, namespace: str | None = "default") -> bool:
        try:
            self.get(resource, name, namespace)
        except StatusError:
            return False
        return True

    def pods(self, labels: str = "", namespace: str = "default") -> list[Json]:
        return self.api.list("pods", namespace, labels=labels)

    def events(self, name: str = "", reason: str = "") -> list[tuple[str, str, str, int]]:
        """Component, reason, message and count of the events about an object."""
        return [
            (e["source"]["component"], e["reason"], e["message"], e["count"])
            for e in self.api.list("events", "default")
            if (not name or e["involvedObject"]["name"] == name)
            and (not reason or e["reason"] == reason)
        ]

    async def log(self, pod: Json, **options: Any) -> str:
        from labkit.embedded.interfaces import LogOptions

        parts = [part async for part in self.system.runtime.logs(pod, LogOptions(**options))]
        return b"".join(parts).decode()

    async def exec(self, pod: Json, command: Sequence[str]) -> tuple[int, str]:
        out: list[bytes] = []
        code = await self.system.runtime.exec(
            pod, "", command, stdin=None, stdout=out.append, stderr=out.append
        )
        return code, b"".join(out).decode()


def pod(name: str, *args: str, **spec: Any) -> Json:
    """A Pod of one container; ``args`` are its command (the image's own if there is none)."""
    container: Json = {"name": "web", "image": "lab:1", **spec.pop("container", {})}
    if args:
        container["command"] = list(args)
    labels = spec.pop("labels", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], **spec},
    }


def deployment(name: str = "web", replicas: int = 2, image: str = "lab:1", **spec: Any) -> Json:
    """A Deployment whose Pods are labelled ``app: NAME``."""
    pod_spec = spec.pop("pod", {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": image}], **pod_spec},
            },
            **spec,
        },
    }


def service(name: str = "web", **spec: Any) -> Json:
    """A Service for the Pods labelled ``app: NAME``."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {
            "selector": {"app": name},
            "ports": [{"port": 80, "targetPort": 8080}],
            **spec,
        },
    }


def run(work: Any) -> Any:
    """Run one test's coroutine."""
    return asyncio.run(work)
