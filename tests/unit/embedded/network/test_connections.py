"""Connections themselves: time-outs, retries, ports, ends, and what goes away."""

from __future__ import annotations

import asyncio
import errno

import pytest

from labkit.clock import ManualClock
from labkit.embedded.interfaces import Peer
from labkit.embedded.network.ports import FIRST, LAST
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

LOCAL_ONLY = service("backend", "10.96.45.10", internalTrafficPolicy="Local")
FAR_SLICE = endpoints("backend", ("10.244.0.7", CONTROL))


def test_a_dropped_connection_times_out_on_the_given_clock() -> None:
    """internalTrafficPolicy Local without a local endpoint: DROP, and time is the clock's."""
    clock = ManualClock()
    bench = Bench(LOCAL_ONLY, FAR_SLICE, clock=clock)
    bench.backend(CONTROL, "10.244.0.7")
    client = bench.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        began = clock.monotonic()
        with pytest.raises(TimeoutError):
            await turning(clock, client.connect("10.96.45.10", 80, timeout=5))
        assert 5 <= clock.monotonic() - began < 6
        with pytest.raises(TimeoutError):
            await turning(clock, client.connect("10.96.45.10", 80), 10)
        assert 127 <= clock.monotonic() - began - 5 < 150  # tcp_syn_retries = 6

    running(bench, body)
    text = bench.world.node_rules.rules_text(WORKER, counters=True)
    (drop,) = [one for one in text.splitlines() if one.endswith("-j DROP") and "10.96.45.10" in one]
    assert drop.startswith("[10:600]")  # SYNs after 0, 1, 3 s; then after 0, 1, 3, 7, 15, 31, 63 s


def test_a_lost_syn_is_sent_again() -> None:
    """When an endpoint comes up in between, the SYN after one or three seconds gets through."""
    clock = ManualClock()
    bench = Bench(LOCAL_ONLY, FAR_SLICE, clock=clock)
    bench.backend(WORKER, "10.244.1.6")
    client = bench.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        asking = asyncio.ensure_future(ask(client, "10.96.45.10"))
        await settle()
        assert not asking.done()
        bench.api.put(endpoints("backend", ("10.244.1.6", WORKER)))
        await turning(clock, asyncio.wait_for(asking, None), 0.25)
        assert asking.result() == ["10.244.1.6", "10.244.1.5"]
        assert clock.monotonic() <= 4

    running(bench, body)


def test_source_ports_are_ephemeral_and_differ() -> None:
    """Open connections to one server have different ports, all from Linux's range."""
    bench = Bench()
    server, client = bench.pod(WORKER, "10.244.1.6"), bench.pod(WORKER, "10.244.1.5")
    ports: list[int] = []

    async def keep(stream: Stream, peer: Peer) -> None:
        ports.append(peer.port)
        await stream.read()

    async def body() -> None:
        server.listen(8080, keep)
        streams = [await client.connect("10.244.1.6", 8080) for _ in range(300)]
        await settle()
        for stream in streams:
            stream.close()

    running(bench, body)
    assert len(set(ports)) == 300
    assert all(FIRST <= port <= LAST for port in ports)
    assert max(ports) - min(ports) > 10_000  # spread out, not one after the other


def test_bytes_go_both_ways_and_end() -> None:
    """An echo server over two nodes: what is sent comes back; half-close and end are seen."""
    bench = Bench()
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")

    async def echo(stream: Stream, peer: Peer) -> None:
        while data := await stream.read():
            await stream.write(data.upper())

    async def body() -> None:
        server.listen(7, echo)
        stream = await client.connect("10.244.0.6", 7)
        await stream.write(b"hello")
        assert await stream.read() == b"HELLO"
        stream.write_eof()
        assert await stream.read() == b""
        stream.close()

    running(bench, body)


def test_a_pod_that_goes_away_resets_its_connections() -> None:
    """detach: the other side sees a reset, and the address can be given again."""
    bench = Bench()
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")

    async def wait(stream: Stream, peer: Peer) -> None:
        await stream.read()

    async def body() -> None:
        server.listen(80, wait)
        stream = await client.connect("10.244.0.6", 80)
        await settle()
        bench.network.detach(CONTROL, "10.244.0.6")
        await settle()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await stream.readexactly(1)
        with pytest.raises(OSError, match="unreachable") as error:
            await client.connect("10.244.0.6", 80)
        assert error.value.errno == errno.ENETUNREACH
        again = bench.backend(CONTROL, "10.244.0.6")
        assert (await ask(client, again.address, 8080))[1] == "10.244.1.5"

    running(bench, body)


def test_a_port_can_be_taken_once() -> None:
    """EADDRINUSE for the second listener, until the first one is closed; hostNetwork shares."""
    bench = Bench()
    net = bench.pod(WORKER, "10.244.1.6")
    host = bench.pod(WORKER, "172.18.0.3", hostNetwork=True)

    async def nothing(stream: Stream, peer: Peer) -> None:
        stream.close()

    async def body() -> None:
        first = net.listen(80, nothing)
        with pytest.raises(OSError, match="in use") as error:
            net.listen(80, nothing)
        assert error.value.errno == errno.EADDRINUSE
        first.close()
        net.listen(80, nothing)
        host.listen(80, nothing)
        assert host.address == "172.18.0.3"
        with pytest.raises(OSError, match="in use"):
            bench.network.node_net(WORKER).listen(80, nothing)

    running(bench, body)


def test_loopback_stays_inside_a_pod() -> None:
    """A server on 127.0.0.1 answers its own Pod only."""
    bench = Bench()
    net, other = bench.pod(WORKER, "10.244.1.6"), bench.pod(WORKER, "10.244.1.5")

    async def hello(stream: Stream, peer: Peer) -> None:
        await stream.write(peer.address.encode())
        stream.close()

    async def body() -> None:
        net.listen(80, hello, address="127.0.0.1")
        assert await ask(net, "127.0.0.1") == ["127.0.0.1"]
        assert await ask(net, "localhost") == ["127.0.0.1"]
        for address in ("10.244.1.6", "127.0.0.1"):
            with pytest.raises(ConnectionRefusedError):
                await ask(other, address)

    running(bench, body)


def test_udp_goes_through_the_rules_and_back() -> None:
    """A datagram to a Service is answered in the Service's name; nobody there: refused."""
    ports = [{"port": 53, "targetPort": 5353, "protocol": "UDP"}]
    dns = service("dns", "10.96.0.10", ports=ports)
    place = endpoints("dns", ("10.244.0.6", CONTROL), port=5353, protocol="UDP")
    bench = Bench(dns, place)
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")

    async def answer(data: bytes, peer: Peer) -> bytes:
        return data + f" from {peer.address}".encode()

    async def body() -> None:
        with pytest.raises(ConnectionRefusedError):
            await client.datagram("10.96.0.10", 53, b"who", timeout=1)
        server.listen_udp(5353, answer)
        said = await client.datagram("10.96.0.10", 53, b"who", timeout=1)
        assert said == b"who from 10.244.1.5"
        lines = bench.world.node_rules.conntrack_lines(WORKER)
        assert any("udp" in line and "src=10.244.0.6" in line for line in lines)

    running(bench, body)


def test_ping_follows_the_routes() -> None:
    """Pods and nodes answer; a ClusterIP does not in iptables mode."""
    bench = Bench(service("backend", "10.96.45.10"))
    client = bench.pod(WORKER, "10.244.1.5")
    bench.pod(CONTROL, "10.244.0.6")

    async def body() -> None:
        for address in ("10.244.0.6", "172.18.0.2", "172.18.0.3", "127.0.0.1", "10.244.1.5"):
            assert await client.ping(address, timeout=0)
        with pytest.raises(OSError, match="unreachable") as error:
            await client.ping("10.96.45.10", timeout=0)
        assert error.value.errno == errno.ENETUNREACH

    running(bench, body)
