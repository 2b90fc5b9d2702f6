"""Delays, nodes without power, and the host outside the cluster."""

from __future__ import annotations

import asyncio
import errno

import pytest

from labkit.clock import ManualClock
from labkit.embedded.interfaces import Json, Peer
from labkit.embedded.network.links import delay_of
from labkit.embedded.streams import Stream
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    ask,
    endpoints,
    running,
    service,
    settle,
    turning,
)

PORTS = [{"port": 80, "targetPort": 8080, "protocol": "TCP", "nodePort": 30080}]
NODEPORT = service("backend", "10.96.45.10", type="NodePort", ports=PORTS)
LOCAL, REMOTE = "10.244.1.6", "10.244.0.7"


def slow(kind: str, name: str, latency: str, address: str = "") -> Json:
    """A Pod or a Node with the annotation."""
    meta = {"name": name, "annotations": {"labkit.dev/latency": latency}}
    if kind == "Node":
        return {"kind": kind, "metadata": meta}
    meta["namespace"] = "default"
    status = {"podIP": address, "phase": "Running"}
    return {"kind": kind, "metadata": meta, "spec": {"nodeName": WORKER}, "status": status}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("50ms", 0.05), ("1.5s", 1.5), ("200us", 0.0002), ("0ms", 0.0), ("5", 0.0), ("-1s", 0.0),
     ("9h", 0.0), ("100s", 0.0)],
)  # fmt: skip
def test_what_a_delay_is_written_like(written: str, seconds: float) -> None:
    """A number and a unit; what is no delay is none (and goes into the server's log)."""
    assert delay_of(slow("Node", "n", written)) == pytest.approx(seconds)


def test_a_round_trip_costs_twice_what_lies_on_the_way() -> None:
    """30 ms at the Pod and 10 ms at each node: connect takes 100 ms, an answer as much again."""
    clock = ManualClock()
    bench = Bench(
        slow("Pod", "client", "30ms", "10.244.1.5"), slow("Node", WORKER, "10ms"),
        slow("Node", CONTROL, "10ms"), clock=clock,
    )  # fmt: skip
    client = bench.pod(WORKER, "10.244.1.5")
    server, near = bench.pod(CONTROL, REMOTE), bench.pod(WORKER, LOCAL)

    async def echo(stream: Stream, peer: Peer) -> None:
        while data := await stream.read():
            await stream.write(data)

    async def body() -> None:
        server.listen(80, echo)
        near.listen(80, echo)
        began = clock.monotonic()
        stream = await turning(clock, client.connect(REMOTE, 80), 0.01)
        assert clock.monotonic() - began == pytest.approx(0.1)
        await stream.write(b"one")
        await stream.write(b" two")
        began = clock.monotonic()
        assert await turning(clock, stream.readexactly(7), 0.01) == b"one two"
        assert clock.monotonic() - began == pytest.approx(0.1)
        stream.close()
        began = clock.monotonic()
        await turning(clock, client.connect(LOCAL, 80), 0.01)
        assert clock.monotonic() - began == pytest.approx(0.06)
        assert await turning(clock, client.ping(REMOTE, timeout=1), 0.01)
        with pytest.raises(TimeoutError):
            await turning(clock, client.connect(REMOTE, 80, timeout=0.09), 0.01)

    running(bench, body)


def test_a_node_without_power() -> None:
    """New connections end in "no route to host" after three seconds, open ones hang silently;
    once the power is back the other side says that it remembers nothing."""
    clock = ManualClock()
    bench = Bench(clock=clock)
    server, client = bench.pod(CONTROL, REMOTE), bench.pod(WORKER, "10.244.1.5")

    async def keep(stream: Stream, peer: Peer) -> None:
        while data := await stream.read():
            await stream.write(data)

    async def body() -> None:
        server.listen(80, keep)
        stream = await client.connect(REMOTE, 80)
        bench.network.switch_off(CONTROL)
        await stream.write(b"hello?")
        reading = asyncio.ensure_future(stream.read())
        await clock.advance(60)
        assert not reading.done()
        began = clock.monotonic()
        with pytest.raises(OSError, match="route") as error:
            await turning(clock, client.connect(REMOTE, 80))
        assert error.value.errno == errno.EHOSTUNREACH
        assert clock.monotonic() - began == pytest.approx(3)
        bench.network.switch_on(CONTROL)
        reading.cancel()
        await settle()
        with pytest.raises(ConnectionResetError):
            await stream.write(b"still there?")
        assert not bench.world.node_rules.conntrack_lines(CONTROL)

    running(bench, body)


def test_from_outside() -> None:
    """A NodePort answers at every node, masqueraded; Pods and ClusterIPs have no way there.

    Sources as measured on kind: 10.244.1.1 at a local endpoint, the node's own address at a
    remote one; with externalTrafficPolicy Local the host's own.
    """
    slices = endpoints("backend", (LOCAL, WORKER), (REMOTE, CONTROL))
    bench = Bench(NODEPORT, slices)
    bench.backend(WORKER, LOCAL)
    bench.backend(CONTROL, REMOTE)
    outside = bench.network.outside_net()
    seen = set()

    async def body() -> None:
        for _ in range(60):
            seen.add(tuple(await ask(outside, "172.18.0.3", 30080)))
        assert seen == {(LOCAL, "10.244.1.1"), (REMOTE, "172.18.0.3")}
        for address in ("10.96.45.10", LOCAL, "8.8.8.8"):
            with pytest.raises(OSError, match="unreachable") as error:
                await ask(outside, address, 80)
            assert error.value.errno == errno.ENETUNREACH
        with pytest.raises(ConnectionRefusedError):
            await ask(outside, "172.18.0.3", 31999)
        local = service(
            "backend", "10.96.45.10", type="NodePort", ports=PORTS, externalTrafficPolicy="Local"
        )
        bench.api.put(local)
        await asyncio.sleep(0.1)
        for _ in range(10):
            assert await ask(outside, "172.18.0.3", 30080) == [LOCAL, "172.18.0.1"]

    running(bench, body)


def test_a_node_without_a_local_endpoint_drops() -> None:
    """externalTrafficPolicy Local: the outside waits where no endpoint is."""
    clock = ManualClock()
    local = service(
        "backend", "10.96.45.10", type="NodePort", ports=PORTS, externalTrafficPolicy="Local"
    )
    bench = Bench(local, endpoints("backend", (LOCAL, WORKER)), clock=clock)
    bench.backend(WORKER, LOCAL)
    outside = bench.network.outside_net()

    async def body() -> None:
        with pytest.raises(TimeoutError):
            await turning(clock, outside.connect("172.18.0.2", 30080, timeout=3))

    running(bench, body)


def test_pods_hear_from_the_host_they_run_on() -> None:
    """172.18.0.1 answers a Pod, and refuses where nobody listens."""
    bench = Bench()
    client = bench.pod(WORKER, "10.244.1.5")
    outside = bench.network.outside_net()

    async def hello(stream: Stream, peer: Peer) -> None:
        await stream.write(b"outside " + peer.address.encode())
        stream.close()

    async def body() -> None:
        with pytest.raises(ConnectionRefusedError):
            await ask(client, "172.18.0.1", 8000)
        outside.listen(8000, hello)
        assert (await ask(client, "172.18.0.1", 8000))[0] == "outside"

    running(bench, body)
