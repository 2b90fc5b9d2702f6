"""hostPort: a Pod's port at its node, in the modes of kube-proxy where that is emulated."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from labkit.embedded.interfaces import Net, Peer, Stream
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    ask,
    endpoints,
    running,
    service,
)

NODE = "172.18.0.3"
PORT = 54323


def _mapped(bench: Bench, address: str, *ports: dict[str, Any]) -> Net:
    """A Pod of the worker that answers its own address, by TCP and by UDP, on port 8080."""
    net = bench.pod(WORKER, address, containers=[{"ports": list(ports)}])

    async def answer(stream: Stream, peer: Peer) -> None:
        await stream.write(f"{address} {peer.address}".encode())
        stream.close()

    async def say(data: bytes, peer: Peer) -> bytes:
        return f"{address} {peer.address}".encode()

    net.listen(8080, answer)
    net.listen_udp(8080, say)
    return net


def _port(host_ip: str = "", protocol: str = "TCP") -> dict[str, Any]:
    return {"hostPort": PORT, "containerPort": 8080, "hostIP": host_ip, "protocol": protocol}


async def _by_udp(net: Net, host: str) -> list[str]:
    return (await net.datagram(host, PORT, b"x", timeout=1)).decode().split()


@pytest.mark.parametrize("mode", ["iptables", "ipvs"])
def test_one_number_three_pods(mode: str) -> None:
    """Loopback, node address and UDP lead to three Pods; the node keeps the address it used."""
    backend = service("backend", "10.96.45.10")
    bench = Bench(backend, endpoints("backend", ("10.244.1.9", WORKER)), mode=mode)
    _mapped(bench, "10.244.1.6", _port("127.0.0.1"))
    _mapped(bench, "10.244.1.7", _port(NODE))
    _mapped(bench, "10.244.1.8", _port(NODE, "UDP"))
    bench.backend(WORKER, "10.244.1.9")
    node = bench.network.node_net(WORKER)
    said: list[list[str]] = []

    async def body() -> None:
        if mode == "iptables":  # only there kube-proxy turns route_localnet on
            stream = await node.connect("127.0.0.1", PORT, source=NODE)
            said.append((await stream.read()).decode().split())
        said.append(await ask(node, NODE, PORT))
        said.append(await _by_udp(node, NODE))
        said.append((await ask(node, "10.96.45.10"))[:1])

    running(bench, body)
    expected = [["10.244.1.6", NODE], ["10.244.1.7", NODE], ["10.244.1.8", NODE], ["10.244.1.9"]]
    assert said == expected[-len(said) :]
    assert len(said) == (4 if mode == "iptables" else 3)


def test_from_elsewhere_and_from_its_own_network() -> None:
    """Other nodes' Pods and the host outside keep their address; its own network is masqueraded."""
    bench = Bench()
    own = _mapped(bench, "10.244.1.6", _port())
    other, outside = bench.pod(CONTROL, "10.244.0.9"), bench.network.outside_net()
    said: list[list[str]] = []

    async def body() -> None:
        for net in (other, outside, own):
            said.append(await ask(net, NODE, PORT))

    running(bench, body)
    assert said[0] == ["10.244.1.6", "10.244.0.9"]
    assert said[1] == ["10.244.1.6", "172.18.0.1"]
    assert said[2] == ["10.244.1.6", "10.244.1.1"]


def test_the_port_goes_with_the_pod() -> None:
    """When the Pod is gone its port is closed, its rules are away, and others stay."""
    bench = Bench()
    _mapped(bench, "10.244.1.6", _port())
    text = bench.world.node_rules.rules_text

    async def body() -> None:
        node = bench.network.node_net(WORKER)
        assert (await ask(node, NODE, PORT))[0] == "10.244.1.6"
        assert "--to-destination 10.244.1.6:8080" in text(WORKER)
        bench.network.detach(WORKER, "10.244.1.6")
        assert "CNI-" not in text(WORKER)
        assert "KUBE-SERVICES" in text(WORKER)
        with pytest.raises(ConnectionRefusedError):
            await ask(node, NODE, PORT)

    running(bench, body)


def test_a_foreign_source_is_refused() -> None:
    """Nobody sends from an address that is not its own: EADDRNOTAVAIL, as bind(2) says it."""
    bench = Bench()
    net = bench.pod(WORKER, "10.244.1.6")

    async def body() -> None:
        with pytest.raises(OSError, match="assign") as refusal:
            await net.connect("10.244.1.6", 80, source=NODE)
        assert refusal.value.errno == errno.EADDRNOTAVAIL

    running(bench, body)
