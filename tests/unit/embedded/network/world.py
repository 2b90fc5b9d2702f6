"""A small cluster for tests of the emulated network: Services and slices by hand, no server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from labkit.clock import Clock, ManualClock, SystemClock
from labkit.embedded.interfaces import Json, Net, Peer, Process, Stream, WatchEvent
from labkit.embedded.network import World, build

CONTROL, WORKER = "labkit-control-plane", "labkit-worker"
KINDS = {
    "Service": "services",
    "EndpointSlice": "endpointslices.discovery.k8s.io",
    "Node": "nodes",
    "Namespace": "namespaces",
    "Pod": "pods",
    "NetworkPolicy": "networkpolicies.networking.k8s.io",
}


def service(name: str, ip: str, **spec: Any) -> Json:
    """A Service with one port, 80 to 8080, unless ``spec`` says otherwise."""
    return {
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "type": "ClusterIP", "clusterIP": ip, "clusterIPs": [ip], "sessionAffinity": "None",
            "ipFamilies": ["IPv4"], "internalTrafficPolicy": "Cluster",
            "ports": [{"port": 80, "targetPort": 8080, "protocol": "TCP"}], **spec,
        },
    }  # fmt: skip


def endpoints(
    name: str, *places: tuple[str, str], port: int = 8080, protocol: str = "TCP", title: str = ""
) -> Json:
    """The slice of a Service: (address, node) of each ready endpoint."""
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {
            "name": f"{name}-abcde", "namespace": "default",
            "labels": {"kubernetes.io/service-name": name},
        },
        "ports": [{"name": title, "port": port, "protocol": protocol}],
        "endpoints": [
            {
                "addresses": [address], "nodeName": node,
                "conditions": {"ready": True, "serving": True, "terminating": False},
            }
            for address, node in places
        ],
    }  # fmt: skip


class HandWatch:
    """A watch that gives what is put in."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[WatchEvent] = asyncio.Queue()

    def __aiter__(self) -> AsyncIterator[WatchEvent]:
        return self

    async def __anext__(self) -> WatchEvent:
        return await self.events.get()

    def close(self) -> None:
        pass


class HandApi:
    """Services and slices in a dict; ``put`` and ``drop`` tell the watches."""

    def __init__(self, *objects: Json) -> None:
        self.kept: dict[str, dict[str, Json]] = {kind: {} for kind in KINDS.values()}
        self.watches: list[tuple[str, HandWatch]] = []
        for obj in objects:
            self.put(obj)

    def put(self, obj: Json) -> None:
        resource = KINDS[obj["kind"]]
        self.kept[resource][obj["metadata"]["name"]] = obj
        self.tell(resource, "MODIFIED", obj)

    def drop(self, obj: Json) -> None:
        resource = KINDS[obj["kind"]]
        del self.kept[resource][obj["metadata"]["name"]]
        self.tell(resource, "DELETED", obj)

    def tell(self, resource: str, kind: str, obj: Json) -> None:
        for name, watch in self.watches:
            if name == resource:
                watch.events.put_nowait(WatchEvent(kind, obj, 2))

    def version(self) -> int:
        return 1

    def list(self, resource: str, namespace: str | None = None, **_: str) -> list[Json]:
        return list(self.kept[resource].values())

    def watch(self, resource: str, namespace: str | None = None, **_: Any) -> HandWatch:
        watch = HandWatch()
        self.watches.append((resource, watch))
        return watch


def pod(name: str, **spec: Any) -> Json:
    """A Pod as far as the network looks at it."""
    return {"metadata": {"name": name, "namespace": "default"}, "spec": spec}


async def telling_source(stream: Stream, peer: Peer) -> None:
    """A server that says who asked, and closes."""
    await stream.write(f"{peer.address} {peer.port}".encode())
    stream.close()


class Bench:
    """A running network with servers that name themselves and who asked them."""

    def __init__(
        self,
        *objects: Json,
        seed: int | None = None,
        clock: Clock | None = None,
        mode: str = "iptables",
    ) -> None:
        self.api = HandApi(*objects)
        self.clock: Clock = clock or SystemClock()
        self.world: World = build(  # type: ignore[arg-type]
            self.api, self.clock, seed=seed, proxy_mode=mode
        )
        self.network = self.world.network

    def pod(self, node: str, address: str, **spec: Any) -> Net:
        return self.network.attach(node, address, pod(f"pod-{address}", **spec))

    def backend(self, node: str, address: str, port: int = 8080) -> Net:
        """A Pod whose server answers ``own-address source``."""
        net = self.pod(node, address)

        async def answer(stream: Stream, peer: Peer) -> None:
            await stream.write(f"{address} {peer.address} {peer.port}".encode())
            stream.close()

        net.listen(port, answer)
        return net


async def ask(net: Net, host: str, port: int = 80, timeout: float | None = None) -> list[str]:
    """Connect, read to the end, close: who answered, and the source address that it saw."""
    return (await ask_all(net, host, port, timeout))[:2]


async def ask_all(net: Net, host: str, port: int = 80, timeout: float | None = None) -> list[str]:
    """The same with every word of the answer (the source port comes last)."""
    stream = await net.connect(host, port, timeout=timeout)
    data = await stream.read()
    stream.close()
    return data.decode().split()


def running(bench: Bench, body: Callable[[], Awaitable[None]]) -> None:
    """Start the network, run the test, stop."""

    async def whole() -> None:
        await bench.world.start()
        try:
            await body()
        finally:
            await bench.world.stop()

    asyncio.run(whole())


async def settle(turns: int = 20) -> None:
    """Let tasks that are ready have their turn."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def turning(clock: ManualClock, work: Coroutine[Any, Any, Any], step: float = 0.5) -> Any:
    """The result of ``work`` while the clock is turned by hand."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await settle()
        if not task.done():
            await clock.advance(step)
    return task.result()


def process(
    net: Net, programs: Any, argv: list[str], out: list[bytes], err: list[bytes], **more: Any
) -> Process:
    """What a program of an image gets."""
    values: dict[str, Any] = {"env": {}, "files": {"/tmp/": b""}, "clock": SystemClock(), **more}
    return Process(
        argv=argv, stdin=more.pop("stdin", None), stdout=out.append, stderr=err.append, net=net,
        hostname="client", programs=programs,
        **{key: value for key, value in values.items() if key != "stdin"},
    )  # fmt: skip
