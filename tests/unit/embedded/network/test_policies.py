"""NetworkPolicies: who may begin a connection, by the rules of the Kubernetes documentation.

The cases of ``DOCUMENTED`` are those that the page "Network Policies" explains in words.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from labkit.clock import ManualClock
from labkit.embedded.interfaces import Json
from labkit.embedded.network.policies import Asked, Policies
from labkit.plan import NODES
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

DB, FRONT, OTHER, FAR_FRONT = "10.244.1.6", "10.244.0.7", "10.244.0.8", "10.244.0.9"


def pod(address: str, node: str, namespace: str = "default", **labels: str) -> tuple[str, Json]:
    """A Pod with an address and a port called ``sql`` on 6379."""
    ports = [{"name": "sql", "containerPort": 6379}]
    meta = {"name": f"p{address}", "namespace": namespace, "labels": labels}
    spec = {"nodeName": node, "containers": [{"name": "c", "ports": ports}]}
    return address, {"kind": "Pod", "metadata": meta, "spec": spec, "status": {"podIP": address}}


PODS = [
    pod(DB, WORKER, role="db"),
    pod(FRONT, CONTROL, role="frontend"),
    pod(OTHER, CONTROL, role="other"),
    pod(FAR_FRONT, CONTROL, "far", role="frontend"),
]
NAMESPACES: list[Json] = [
    {"kind": "Namespace", "metadata": {"name": "default", "labels": {"project": "mine"}}},
    {"kind": "Namespace", "metadata": {"name": "far", "labels": {"project": "theirs"}}},
]


def policy(name: str = "p", **spec: Any) -> Json:
    """A policy of the namespace default; it selects the database unless told otherwise."""
    meta = {"name": name, "namespace": "default"}
    return {
        "kind": "NetworkPolicy",
        "metadata": meta,
        "spec": {"podSelector": {"matchLabels": {"role": "db"}}, **spec},
    }


FRONTEND = {"podSelector": {"matchLabels": {"role": "frontend"}}}
THEIRS = {"namespaceSelector": {"matchLabels": {"project": "theirs"}}}
BLOCK = {"ipBlock": {"cidr": "172.17.0.0/16", "except": ["172.17.1.0/24"]}}
EVERYBODY = {"10.244.0.7", "10.244.0.8", "10.244.0.9", "172.17.0.5", "172.17.1.5", "172.18.0.2"}


@pytest.mark.parametrize(
    ("policies", "port", "allowed"),
    [
        ([], 6379, EVERYBODY),
        ([policy(policyTypes=["Ingress"])], 6379, set()),  # default deny
        ([policy(ingress=[{}])], 6379, EVERYBODY),  # an empty rule allows all
        ([policy(ingress=[{"from": [FRONTEND]}])], 6379, {FRONT}),  # of its own namespace
        ([policy(ingress=[{"from": [THEIRS]}])], 6379, {FAR_FRONT}),
        ([policy(ingress=[{"from": [FRONTEND, THEIRS]}])], 6379, {FRONT, FAR_FRONT}),  # or
        ([policy(ingress=[{"from": [{**FRONTEND, **THEIRS}]}])], 6379, {FAR_FRONT}),  # and
        ([policy(ingress=[{"from": [{"namespaceSelector": {}}]}])], 6379,
         {FRONT, OTHER, FAR_FRONT}),  # every Pod of every namespace, and nobody else
        ([policy(ingress=[{"from": [BLOCK]}])], 6379, {"172.17.0.5"}),
        ([policy(ingress=[{"ports": [{"port": 6379}]}])], 6379, EVERYBODY),
        ([policy(ingress=[{"ports": [{"port": 6379}]}])], 80, set()),
        ([policy(ingress=[{"ports": [{"port": "sql"}]}])], 6379, EVERYBODY),
        ([policy(ingress=[{"ports": [{"port": 6000, "endPort": 6400}]}])], 6379, EVERYBODY),
        ([policy(ingress=[{"ports": [{"port": 6379, "protocol": "UDP"}]}])], 6379, set()),
        ([policy("a", policyTypes=["Ingress"]), policy("b", ingress=[{"from": [FRONTEND]}])],
         6379, {FRONT}),  # policies add up
        ([policy(policyTypes=["Egress"])], 6379, EVERYBODY),  # says nothing of what comes in
        ([policy(podSelector={"matchLabels": {"role": "web"}})], 6379, EVERYBODY),
    ],
)  # fmt: skip
def test_who_may_come_in(policies: list[Json], port: int, allowed: set[str]) -> None:
    """The database's node asks; the sources are Pods, addresses outside, and another node."""
    table = Policies(policies, PODS, NAMESPACES)
    found = {
        source for source in EVERYBODY if table.allow(NODES[1], Asked(source, DB, "tcp", port))
    }
    assert found == allowed


def test_a_node_reaches_its_own_pods_and_a_pod_itself() -> None:
    """The kubelet's probes and hairpin connections pass a default deny."""
    table = Policies([policy(policyTypes=["Ingress", "Egress"])], PODS, NAMESPACES)
    for source, target in ((NODES[1].address, DB), (NODES[1].pod_gateway, DB), (DB, DB)):
        assert table.allow(NODES[1], Asked(source, target, "tcp", 6379))
    assert table.allow(NODES[1], Asked(DB, NODES[1].address, "tcp", 10250))
    assert not table.allow(NODES[1], Asked(DB, NODES[0].address, "tcp", 10250))


def test_what_may_go_out() -> None:
    """Egress is decided at the source's node, by the address behind the Service."""
    only_db = policy(
        podSelector={"matchLabels": {"role": "frontend"}},
        policyTypes=["Egress"],
        egress=[{"to": [{"podSelector": {"matchLabels": {"role": "db"}}}]}],
    )
    table = Policies([only_db], PODS, NAMESPACES)
    assert table.allow(NODES[0], Asked(FRONT, DB, "tcp", 6379))
    assert not table.allow(NODES[0], Asked(FRONT, OTHER, "tcp", 80))
    assert not table.allow(NODES[0], Asked(FRONT, "10.244.0.2", "udp", 53))  # no DNS either
    assert table.allow(NODES[0], Asked(OTHER, FRONT, "tcp", 80))
    assert table.allow(NODES[1], Asked(FRONT, OTHER, "tcp", 80))  # not this node's affair


BACKEND = service("backend", "10.96.45.10")
SLICE = endpoints("backend", (DB, WORKER))


@pytest.mark.parametrize("mode", ["iptables", "nftables", "ipvs"])
def test_a_policy_drops_what_comes_through_the_service(mode: str) -> None:
    """Dropped, not refused: the client waits; open connections and the allowed client go on."""
    clock = ManualClock()
    pods = [one for _, one in PODS]
    bench = Bench(BACKEND, SLICE, *pods, *NAMESPACES, clock=clock, mode=mode)
    bench.backend(WORKER, DB)
    front, other = bench.pod(CONTROL, FRONT), bench.pod(CONTROL, OTHER)
    node = bench.network.node_net(WORKER)
    far = bench.network.node_net(CONTROL)

    async def body() -> None:
        assert (await ask(other, "10.96.45.10"))[0] == DB
        open_one = await other.connect("10.96.45.10", 80)
        bench.api.put(policy(ingress=[{"from": [FRONTEND]}]))
        await settle()
        assert await open_one.read() != b""
        assert (await ask(front, "10.96.45.10"))[1] == FRONT
        assert (await ask(node, "10.96.45.10"))[1] == "10.244.1.1"
        for net in (other, far):
            began = clock.monotonic()
            with pytest.raises(TimeoutError):
                await turning(clock, net.connect("10.96.45.10", 80, timeout=4))
            assert clock.monotonic() - began >= 4
        lines = bench.world.node_rules.conntrack_lines(WORKER)
        assert not any(f"src={OTHER} dst={DB}" in line and "SYN_SENT" in line for line in lines)
        bench.api.drop(policy())
        await settle()
        assert (await ask(other, "10.96.45.10"))[0] == DB

    running(bench, body)


def test_answers_pass_a_policy_that_lets_nothing_out() -> None:
    """The database may not begin anything, but it answers; UDP answers too."""
    dns = [{"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"}]
    bench = Bench(
        BACKEND, SLICE, *(one for _, one in PODS), *NAMESPACES,
        service("names", "10.96.0.10", ports=dns),
        endpoints("names", (DB, WORKER), port=53, protocol="UDP", title="dns"),
        policy(policyTypes=["Egress"]), clock=(clock := ManualClock()),
    )  # fmt: skip
    database = bench.backend(WORKER, DB)
    front = bench.backend(CONTROL, FRONT)

    async def echo(data: bytes, _peer: Any) -> bytes:
        await asyncio.sleep(0)
        return data

    async def body() -> None:
        database.listen_udp(53, echo)
        assert (await ask(front, "10.96.45.10"))[0] == DB
        assert await front.datagram("10.96.0.10", 53, b"hello", timeout=1) == b"hello"
        with pytest.raises(TimeoutError):
            await turning(clock, database.connect(FRONT, 8080, timeout=2))

    running(bench, body)
