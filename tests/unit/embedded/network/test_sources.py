"""Who a server sees, and how Linux answers: facts that were measured on a kind cluster.

Measured on kind v0.33 with v1.36.2 (Pods 10.244.N.0/24, nodes 172.18.0.0/16): a Pod keeps its
address towards a ClusterIP; a node is masqueraded, with its address on the Pods' side when the
endpoint is local and its own when it is not; a Pod that reaches itself is seen as 10.244.N.1.
"""

from __future__ import annotations

import asyncio
import errno
from collections import Counter

import pytest

from labkit.clock import ManualClock
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    ask,
    ask_all,
    endpoints,
    running,
    service,
)

BACKEND = service("backend", "10.96.45.10")
LOCAL, REMOTE = "10.244.1.6", "10.244.0.7"
SLICE = endpoints("backend", (LOCAL, WORKER), (REMOTE, CONTROL))


def bench_of_two(*more: dict, seed: int | None = None) -> Bench:
    """Two backends, one on each node."""
    bench = Bench(BACKEND, SLICE, *more, seed=seed)
    bench.backend(WORKER, LOCAL)
    bench.backend(CONTROL, REMOTE)
    return bench


def test_a_pod_keeps_its_address_and_the_draw_is_fair() -> None:
    """200 connections from a Pod: its own address at both backends, each 66 to 134 times."""
    bench = bench_of_two()
    client = bench.pod(WORKER, "10.244.1.5")
    seen: Counter[tuple[str, str]] = Counter()

    async def body() -> None:
        for _ in range(200):
            answer = await ask(client, "10.96.45.10")
            seen[answer[0], answer[1]] += 1

    running(bench, body)
    assert {source for _, source in seen} == {"10.244.1.5"}
    assert {server for server, _ in seen} == {LOCAL, REMOTE}
    assert all(66 <= count <= 134 for count in seen.values())


def test_a_node_is_masqueraded() -> None:
    """From the node, the local backend sees 10.244.1.1 and the remote one 172.18.0.3."""
    bench = bench_of_two()
    node = bench.network.node_net(WORKER)
    seen = set()

    async def body() -> None:
        for _ in range(60):
            seen.add(tuple(await ask(node, "10.96.45.10")))

    running(bench, body)
    assert seen == {(LOCAL, "10.244.1.1"), (REMOTE, "172.18.0.3")}


def test_hairpin_is_masqueraded_only_when_a_pod_draws_itself() -> None:
    """A backend that asks its own Service sees 10.244.1.1 at itself, its own address elsewhere."""
    bench = Bench(BACKEND, SLICE)
    caller = bench.backend(WORKER, LOCAL)
    bench.backend(CONTROL, REMOTE)
    seen = set()

    async def body() -> None:
        for _ in range(60):
            seen.add(tuple(await ask(caller, "10.96.45.10")))

    running(bench, body)
    assert seen == {(LOCAL, "10.244.1.1"), (REMOTE, LOCAL)}


def test_a_nodeport_on_localhost_is_masqueraded_too() -> None:
    """127.0.0.1:NodePort on a node reaches both backends, from the node's two addresses."""
    ports = [{"port": 80, "targetPort": 8080, "protocol": "TCP", "nodePort": 30080}]
    bench = bench_of_two(service("backend", "10.96.45.10", type="NodePort", ports=ports))
    node = bench.network.node_net(WORKER)
    seen = set()

    async def body() -> None:
        for _ in range(60):
            seen.add(tuple(await ask(node, "127.0.0.1", 30080)))

    running(bench, body)
    assert seen == {(LOCAL, "10.244.1.1"), (REMOTE, "172.18.0.3")}


def test_without_endpoints_a_connection_is_refused() -> None:
    """REJECT: refused at once, from a Pod and from a node, and nothing stays in conntrack."""
    bench = Bench(BACKEND)
    client, node = bench.pod(WORKER, "10.244.1.5"), bench.network.node_net(WORKER)

    async def body() -> None:
        for net in (client, node):
            with pytest.raises(ConnectionRefusedError):
                await ask(net, "10.96.45.10")

    running(bench, body)
    assert not bench.world.node_rules.conntrack_lines(WORKER)


def test_another_port_of_a_cluster_ip_has_no_rule() -> None:
    """The packet follows the routes out of the cluster: network is unreachable."""
    bench = bench_of_two()
    client = bench.pod(WORKER, "10.244.1.5")
    caught: list[int | None] = []

    async def body() -> None:
        for host, port in (("10.96.45.10", 81), ("10.96.99.99", 80), ("8.8.8.8", 53)):
            with pytest.raises(OSError, match="unreachable") as error:
                await ask(client, host, port)
            caught.append(error.value.errno)

    running(bench, body)
    assert caught == [errno.ENETUNREACH] * 3


def test_a_pod_port_nobody_listens_on_is_refused() -> None:
    """A reset from the Pod itself, on the same node and on the other."""
    bench = bench_of_two()
    client = bench.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        for address in (LOCAL, REMOTE, "172.18.0.2"):
            with pytest.raises(ConnectionRefusedError):
                await ask(client, address, 9999)

    running(bench, body)


def test_session_affinity_holds_a_client_to_one_pod() -> None:
    """ClientIP: 50 of 50 connections of a client go where its first one went."""
    sticky = service(
        "backend", "10.96.45.10", sessionAffinity="ClientIP",
        sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}},
    )  # fmt: skip
    bench = bench_of_two(sticky)
    clients = [bench.pod(WORKER, f"10.244.1.{number}") for number in range(20, 28)]
    seen: dict[str, set[str]] = {}

    async def body() -> None:
        for client in clients:
            for _ in range(50):
                seen.setdefault(client.address, set()).add((await ask(client, "10.96.45.10"))[0])

    running(bench, body)
    assert all(len(servers) == 1 for servers in seen.values())
    assert set().union(*seen.values()) == {LOCAL, REMOTE}  # 8 clients alike: 1 in 128


STICKY = {
    "sessionAffinity": "ClientIP",
    "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}},
}


@pytest.mark.parametrize(("clients", "least", "most"), [(90, 0, 0), (250, 77, 166)])
def test_affinity_remembers_a_hundred_addresses_per_endpoint(
    clients: int, least: int, most: int
) -> None:
    """90 clients find their Pod again; of 250 about half have moved (M36).

    A list of ``recent`` holds 100 addresses.  With some 125 for each of two, coming in the same
    order again, every one has been pushed out before its turn, and draws anew: half of them land
    at the other Pod.  Measured on Linux: 47 %; the bounds are those of 250 fair draws.
    """
    bench = bench_of_two(service("backend", "10.96.45.10", **STICKY))
    asking = [bench.pod(WORKER, f"10.244.1.{number}") for number in range(2, 255) if number != 6]
    asking = asking[:clients]

    async def all_ask() -> list[str]:
        return [(await ask(client, "10.96.45.10"))[0] for client in asking]

    found: list[list[str]] = []

    async def body() -> None:
        found.append(await all_ask())
        found.append(await all_ask())

    running(bench, body)
    moved = sum(one != other for one, other in zip(*found, strict=True))
    assert len(asking) == clients
    assert least <= moved <= most


def test_affinity_ends_with_its_time() -> None:
    """timeoutSeconds after the last connection a client draws anew (each one starts it again)."""
    clock = ManualClock()
    short = {**STICKY, "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 5}}}
    bench = Bench(service("backend", "10.96.45.10", **short), SLICE, clock=clock)
    bench.backend(WORKER, LOCAL)
    bench.backend(CONTROL, REMOTE)
    client = bench.pod(WORKER, "10.244.1.5")

    async def body() -> None:
        within = set()
        for _ in range(40):
            within.add((await ask(client, "10.96.45.10"))[0])
            await clock.advance(4)
        assert len(within) == 1
        after = set()
        for _ in range(40):
            await clock.advance(7)
            after.add((await ask(client, "10.96.45.10"))[0])
        assert after == {LOCAL, REMOTE}  # all alike: 1 in 5e11

    running(bench, body)


def test_counters_and_conntrack_tell_what_happened() -> None:
    """nat rules count connections exactly as the servers saw them; entries end in TIME_WAIT.

    A source port may be drawn twice: then it is one entry, opened again.
    """
    bench = bench_of_two()
    client = bench.pod(WORKER, "10.244.1.5")
    seen: Counter[str] = Counter()
    sources: set[str] = set()

    async def body() -> None:
        for _ in range(40):
            words = await ask_all(client, "10.96.45.10")
            seen[words[0]] += 1
            sources.add(words[-1])

    running(bench, body)
    text = bench.world.node_rules.rules_text(WORKER, counters=True).splitlines()
    for server, count in seen.items():
        (rule,) = [line for line in text if f"--to-destination {server}:8080" in line]
        assert rule.startswith(f"[{count}:{count * 60}] ")
    lines = bench.world.node_rules.conntrack_lines(WORKER)
    assert len(lines) == len(sources) > 30
    assert all(line.startswith("tcp      6 1") and " TIME_WAIT " in line for line in lines)
    assert all("dst=10.96.45.10" in line and "[ASSURED]" in line for line in lines)
    assert not any("10.96." in line for line in bench.world.node_rules.conntrack_lines(CONTROL))


def test_the_same_seed_gives_the_same_answers() -> None:
    """A seeded network repeats its draws, another seed does not."""

    def answers(seed: int) -> list[str]:
        bench = bench_of_two(seed=seed)
        client = bench.pod(WORKER, "10.244.1.5")
        found: list[str] = []

        async def body() -> None:
            for _ in range(40):
                found.append((await ask(client, "10.96.45.10"))[0])

        running(bench, body)
        return found

    assert answers(7) == answers(7) != answers(8)


def test_many_at_once() -> None:
    """Fifty clients at the same time all get their answer from the right place."""
    bench = bench_of_two()
    clients = [bench.pod(WORKER, f"10.244.1.{number}") for number in range(50, 100)]
    found: list[list[str]] = []

    async def body() -> None:
        found.extend(await asyncio.gather(*(ask(one, "10.96.45.10") for one in clients)))

    running(bench, body)
    assert [source for _, source in found] == [one.address for one in clients]
