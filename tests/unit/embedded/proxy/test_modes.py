"""The embedded cluster with kube-proxy in each of its modes: nothing balances but its rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from labkit.embedded.interfaces import Peer
from labkit.embedded.streams import Stream
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    ask,
    endpoints,
    running,
    service,
)

MODES = ("iptables", "nftables", "ipvs")
ONE, TWO = "10.244.0.6", "10.244.1.6"
PORTS = [{"port": 80, "targetPort": 8080, "protocol": "TCP", "nodePort": 30080}]
BACKEND = service("backend", "10.96.45.10", type="NodePort", ports=PORTS)
PLACES = endpoints("backend", (ONE, CONTROL), (TWO, WORKER))
CONTROL_IP, WORKER_IP = "172.18.0.2", "172.18.0.3"


def bench(mode: str, *more: dict, seed: int = 1) -> Bench:
    """A backend on each node behind one Service."""
    made = Bench(BACKEND, PLACES, *more, mode=mode, seed=seed)
    made.backend(CONTROL, ONE)
    made.backend(WORKER, TWO)
    return made


@pytest.mark.parametrize("mode", MODES)
def test_every_way_to_the_service(mode: str) -> None:
    """Pods and nodes reach it by ClusterIP and NodePort, with the source that Linux gives them."""
    made = bench(mode)
    client = made.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        nodes = {name: made.network.node_net(name) for name in (CONTROL, WORKER)}
        for _ in range(20):
            who, source = await ask(client, "10.96.45.10")
            assert who in (ONE, TWO) and source == "10.244.1.5"
        for _ in range(20):
            assert (await ask(nodes[WORKER], "10.96.45.10"))[0] in (ONE, TWO)
            assert (await ask(client, WORKER_IP, 30080))[0] in (ONE, TWO)
            who, source = await ask(nodes[CONTROL], WORKER_IP, 30080)
            # Masqueraded: by the address of the interface towards the endpoint.
            assert source in (WORKER_IP, "10.244.1.1")

    running(made, body)


@pytest.mark.parametrize("mode", MODES)
def test_a_pod_reaches_itself_through_its_service(mode: str) -> None:
    """Hairpin: the Pod sees its node as the source, so that the answer comes back."""
    made = bench(mode)
    own = made.network.machines[WORKER].pods
    client = made.pod(WORKER, "10.244.1.9")

    async def answer(stream: Stream, peer: Peer) -> None:
        await stream.write(f"10.244.1.9 {peer.address}".encode())
        stream.close()

    client.listen(8080, answer)
    made.api.put(endpoints("backend", ("10.244.1.9", WORKER)))

    async def body() -> None:
        assert own
        who, source = await ask(client, "10.96.45.10")
        assert who == "10.244.1.9" and source in (WORKER_IP, "10.244.1.1")

    running(made, body)


def test_ipvs_takes_turns_and_the_others_draw() -> None:
    """40 requests by turns are 20 each, one after the other; draws are not in turn."""
    found: dict[str, list[str]] = {}
    for mode in MODES:
        made = bench(mode, seed=4)
        client = made.pod(WORKER, "10.244.1.5")

        async def body(mode: str = mode, made: Bench = made, client: object = client) -> None:
            found[mode] = [(await ask(client, "10.96.45.10"))[0] for _ in range(40)]  # type: ignore[arg-type]

        running(made, body)
    turns = found["ipvs"]
    assert Counter(turns) == {ONE: 20, TWO: 20}
    assert all(one != other for one, other in pairwise(turns))
    for mode in ("iptables", "nftables"):
        # By chance: that no two neighbours are alike has probability 2**-39.
        assert any(a == b for a, b in pairwise(found[mode]))


@pytest.mark.parametrize("mode", MODES)
def test_changes_are_followed_and_connections_live_on(mode: str) -> None:
    """A removed endpoint gets nobody new; who is connected to it stays (TCP)."""
    made = Bench(BACKEND, endpoints("backend", (ONE, CONTROL)), mode=mode)
    server, client = made.pod(CONTROL, ONE), made.pod(WORKER, "10.244.1.5")

    async def echo(stream: Stream, peer: Peer) -> None:
        while data := await stream.read():
            await stream.write(data)

    async def body() -> None:
        server.listen(8080, echo)
        stream = await client.connect("10.96.45.10", 80)
        made.api.put(endpoints("backend"))
        await asyncio.sleep(0.1)
        await stream.write(b"still here")
        assert await stream.read() == b"still here"
        stream.close()
        with pytest.raises(ConnectionRefusedError):
            await client.connect("10.96.45.10", 80)

    running(made, body)


@pytest.mark.parametrize("mode", MODES)
def test_the_text_is_that_of_the_mode(mode: str) -> None:
    """A node shows iptables-save, nft list ruleset, or what IPVS mode keeps, with connections."""
    made = bench(mode)
    client = made.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        stream = await client.connect("10.96.45.10", 80)
        text = made.world.node_rules.rules_text(WORKER)
        start = {"iptables": "*", "nftables": "table ip kube-proxy {", "ipvs": "# ipvsadm -Ln\n"}
        assert text.startswith(start[mode])
        assert f"{ONE}:8080" in text or f"{ONE} . 8080" in text
        if mode == "ipvs":
            lines = [line.split() for line in text.splitlines() if line.startswith("  -> 10.244.")]
            served = [line for line in lines if line[1] in (f"{ONE}:8080", f"{TWO}:8080")]
            assert sum(int(line[4]) for line in served) == 1  # ActiveConn
        stream.close()
        await asyncio.sleep(0)

    running(made, body)


@pytest.mark.parametrize("mode", MODES)
def test_affinity_keeps_a_client_with_its_pod(mode: str) -> None:
    """ClientIP: twenty requests of a Pod meet one endpoint."""
    sticky = service("sticky", "10.96.45.11", sessionAffinity="ClientIP")
    made = bench(mode, sticky, endpoints("sticky", (ONE, CONTROL), (TWO, WORKER)))
    client = made.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        assert len({(await ask(client, "10.96.45.11"))[0] for _ in range(20)}) == 1

    running(made, body)


def test_what_a_change_wrote_again() -> None:
    """iptables mode: after a change only the chains of the Service that changed are written."""
    other = service("other", "10.96.45.12")
    made = bench("iptables", other, endpoints("other", (TWO, WORKER)))

    async def body() -> None:
        proxy = made.world.proxies[0]
        assert proxy.last is not None and proxy.last.full
        made.api.put(endpoints("backend", (ONE, CONTROL)))
        await asyncio.sleep(0.1)
        last = proxy.last
        assert not last.full and last.changed_services == ("default/backend",)
        assert "default/other" in last.text  # its rule in KUBE-SERVICES
        assert f"-> {TWO}:8080" not in last.text and f"-> {ONE}:8080" in last.text
        assert len(last.stale_chains) == 1 and last.stale_chains[0].startswith("KUBE-SEP-")
        assert f"-X {last.stale_chains[0]}\n" in last.text

    running(made, body)
