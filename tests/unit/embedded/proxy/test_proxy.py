"""The kube-proxy of a node: follows changes, gathers them, leaves established things alone."""

from __future__ import annotations

import asyncio

import pytest

from labkit.clock import ManualClock
from labkit.embedded.interfaces import Peer
from labkit.embedded.streams import Stream
from labkit.ruleset.tables import Ruleset
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    ask,
    endpoints,
    running,
    service,
    settle,
)

BACKEND = service("backend", "10.96.45.10")


def test_rules_are_there_when_start_is_done() -> None:
    """Each node's text holds the Service and is a text that parses to itself."""
    bench = Bench(BACKEND, endpoints("backend", ("10.244.1.6", WORKER)))

    async def body() -> None:
        for node in (CONTROL, WORKER):
            text = bench.world.node_rules.rules_text(node)
            assert "default/backend" in text and "10.244.1.6:8080" in text
            assert Ruleset.parse(text).render() == text

    running(bench, body)


def test_changes_are_followed_and_gathered() -> None:
    """Thirty changes in a row are one new set of rules; connections follow it."""
    clock = ManualClock()
    bench = Bench(BACKEND, clock=clock)
    bench.backend(WORKER, "10.244.1.6")
    client = bench.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        proxy = next(one for one in bench.world.proxies)
        with pytest.raises(ConnectionRefusedError):
            await ask(client, "10.96.45.10")
        before = proxy.syncs
        for number in range(30):
            bench.api.put(endpoints("backend", (f"10.244.0.{number + 10}", CONTROL)))
            await settle()
        bench.api.put(endpoints("backend", ("10.244.1.6", WORKER)))
        await settle(80)
        assert proxy.syncs == before  # no time has passed yet
        assert proxy.told()["pending"]
        await clock.advance(0.1)
        assert proxy.syncs == before + 1
        assert not proxy.told()["pending"]
        assert (await ask(client, "10.96.45.10"))[0] == "10.244.1.6"
        bench.api.drop(BACKEND)
        await settle(80)
        await clock.advance(0.1)
        assert "10.96.45.10" not in bench.world.node_rules.rules_text(WORKER)

    running(bench, body)


def test_tcp_lives_on_when_its_endpoint_is_gone_udp_does_not() -> None:
    """kube-proxy clears tracked flows of removed endpoints for UDP only."""
    ports = [{"port": 53, "targetPort": 5353, "protocol": "UDP"}]
    dns = service("dns", "10.96.0.10", ports=ports)
    place = endpoints("dns", ("10.244.0.6", CONTROL), port=5353, protocol="UDP")
    bench = Bench(BACKEND, endpoints("backend", ("10.244.0.6", CONTROL)), dns, place)
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")

    async def answer(data: bytes, peer: Peer) -> bytes:
        return data

    async def echo(stream: Stream, peer: Peer) -> None:
        while data := await stream.read():
            await stream.write(data)

    async def body() -> None:
        server.listen_udp(5353, answer)
        server.listen(8080, echo)
        stream = await client.connect("10.96.45.10", 80)
        await client.datagram("10.96.0.10", 53, b"x", timeout=1)
        bench.api.put(endpoints("backend"))
        bench.api.put(endpoints("dns", port=5353, protocol="UDP"))
        await asyncio.sleep(0.1)
        lines = bench.world.node_rules.conntrack_lines(WORKER)
        assert not any(line.startswith("udp") for line in lines)
        assert any("ESTABLISHED" in line for line in lines)
        await stream.write(b"still here")
        assert await stream.read() == b"still here"
        stream.close()
        with pytest.raises(ConnectionRefusedError):
            await client.connect("10.96.45.10", 80)

    running(bench, body)


def test_a_stopped_proxy_leaves_the_old_rules() -> None:
    """As when a kube-proxy dies: traffic goes on, changes are not followed."""
    bench = Bench(BACKEND, endpoints("backend", ("10.244.1.6", WORKER)))
    bench.backend(WORKER, "10.244.1.6")
    client = bench.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        for proxy in bench.world.proxies:
            await proxy.stop()
        bench.api.put(endpoints("backend"))
        await asyncio.sleep(0.05)
        assert (await ask(client, "10.96.45.10"))[0] == "10.244.1.6"

    running(bench, body)


def test_an_object_that_cannot_be_read_is_passed_over() -> None:
    """The others still get their rules, and later changes are followed."""
    bad = service("bad", "10.96.1.1", ports="none")
    bench = Bench(bad, BACKEND, endpoints("backend", ("10.244.1.6", WORKER)))

    async def body() -> None:
        assert "10.96.45.10" in bench.world.node_rules.rules_text(WORKER)
        bench.api.put(service("bad", "10.96.1.1"))
        await asyncio.sleep(0.1)
        assert "10.96.1.1/32" in bench.world.node_rules.rules_text(WORKER)

    running(bench, body)


def test_a_zone_on_the_node_counts_for_hints() -> None:
    """trafficDistribution: with hints, each node sends to its own zone once it has one."""
    slices = endpoints("backend", ("10.244.0.7", CONTROL), ("10.244.1.6", WORKER))
    for endpoint, zone in zip(slices["endpoints"], "ab", strict=True):
        endpoint["zone"] = zone
        endpoint["hints"] = {"forZones": [{"name": zone}]}
    bench = Bench(service("backend", "10.96.45.10", trafficDistribution="PreferClose"), slices)

    def node(name: str, zone: str) -> dict:
        labels = {"topology.kubernetes.io/zone": zone}
        return {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": labels}}

    async def body() -> None:
        text = bench.world.node_rules.rules_text(WORKER)
        assert "10.244.0.7:8080" in text
        assert "10.244.1.6:8080" in text
        bench.api.put(node(WORKER, "b"))
        bench.api.put(node(CONTROL, "a"))
        await asyncio.sleep(0.1)
        text = bench.world.node_rules.rules_text(WORKER)
        assert "10.244.0.7:8080" not in text
        assert "10.244.1.6:8080" in text

    running(bench, body)
