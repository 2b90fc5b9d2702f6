"""Which names a cluster has: the DNS specification of Kubernetes, and what kind answered."""

from __future__ import annotations

import asyncio
import struct

import pytest

from labkit.embedded.chance import chance
from labkit.embedded.dns import resolver, wire, zone
from labkit.embedded.dns.answers import Answerer
from labkit.embedded.interfaces import NameNotFound, Net
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    endpoints,
    process,
    running,
    service,
    settle,
)

DOMAIN = "default.svc.cluster.local"
PORTS = [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
BACKEND = service("backend-service", "10.96.45.10", ports=PORTS)
HEADLESS = service("db", "None", ports=PORTS)
ALIAS = {
    "kind": "Service", "metadata": {"name": "far", "namespace": "default"},
    "spec": {"type": "ExternalName", "externalName": "backend-service.default.svc.cluster.local"},
}  # fmt: skip
PLACES = endpoints("db", ("10.244.0.6", CONTROL), ("10.244.1.6", WORKER), title="http")
RESOLV = (
    b"search default.svc.cluster.local svc.cluster.local cluster.local\n"
    b"nameserver 10.96.0.10\noptions ndots:5\n"
)


def ask(name: str, kind: int) -> wire.Message:
    """The answer of the small cluster above."""
    known = zone.build([BACKEND, HEADLESS, ALIAS], [PLACES])
    return Answerer(known, chance(1)).answer(wire.Message(1, name, kind))


def data(name: str, kind: int) -> list[object]:
    """The records of an answer, sorted."""
    return sorted((one.data for one in ask(name, kind).answers), key=str)


def test_services_have_their_addresses() -> None:
    """ClusterIP: one address; headless: every ready endpoint; ttl 30."""
    assert data(f"backend-service.{DOMAIN}", wire.A) == ["10.96.45.10"]
    assert data(f"db.{DOMAIN}", wire.A) == ["10.244.0.6", "10.244.1.6"]
    assert data(f"10-244-1-6.db.{DOMAIN}", wire.A) == ["10.244.1.6"]
    assert ask(f"db.{DOMAIN}", wire.A).answers[0].ttl == 30
    assert data("10-244-1-6.default.pod.cluster.local", wire.A) == ["10.244.1.6"]


def test_named_ports_have_services() -> None:
    """SRV: the Service's own port, or each endpoint's with a name of its own."""
    name = f"backend-service.{DOMAIN}"
    assert data(f"_http._tcp.{name}", wire.SRV) == [wire.Service(0, 100, 80, name)]
    found = data(f"_http._tcp.db.{DOMAIN}", wire.SRV)
    assert found == [
        wire.Service(0, 100, 8080, f"10-244-0-6.db.{DOMAIN}"),
        wire.Service(0, 100, 8080, f"10-244-1-6.db.{DOMAIN}"),
    ]
    extra = ask(f"_http._tcp.db.{DOMAIN}", wire.SRV).extra
    assert sorted(str(one.data) for one in extra) == ["10.244.0.6", "10.244.1.6"]


def test_addresses_have_names() -> None:
    """PTR of a ClusterIP and of an endpoint."""
    assert data("10.45.96.10.in-addr.arpa", wire.PTR) == [f"backend-service.{DOMAIN}"]
    assert data("6.1.244.10.in-addr.arpa", wire.PTR) == [f"10-244-1-6.db.{DOMAIN}"]


def test_an_alias_is_followed() -> None:
    """ExternalName: a CNAME, and the address when the name is in the cluster."""
    found = ask(f"far.{DOMAIN}", wire.A).answers
    assert [one.kind for one in found] == [wire.CNAME, wire.A]
    assert found[-1].data == "10.96.45.10"


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        (f"nope.{DOMAIN}", wire.A, wire.NXDOMAIN),
        (f"backend-service.{DOMAIN}", wire.AAAA, wire.NOERROR),
        (DOMAIN, wire.A, wire.NOERROR),
        ("default.pod.nowhere.local", wire.A, wire.SERVFAIL),
        ("example.org", wire.A, wire.SERVFAIL),
        ("99.99.96.10.in-addr.arpa", wire.PTR, wire.NXDOMAIN),
    ],
)
def test_no_answer_says_why(name: str, kind: int, code: int) -> None:
    """No such name, a name without such a record, a name of somebody else."""
    answer = ask(name, kind)
    assert (answer.code, answer.answers) == (code, ())
    assert bool(answer.authority) == (code != wire.SERVFAIL)


def test_spelling_of_the_question_is_kept() -> None:
    """Upper case is found and comes back as it was asked."""
    assert ask(f"Backend-Service.{DOMAIN}", wire.A).answers[0].name == f"Backend-Service.{DOMAIN}"


def with_dns(*objects: dict) -> tuple[Bench, Net]:
    """A network with a CoreDNS Pod behind 10.96.0.10, and a client Pod."""
    ports = [
        {"name": "dns", "port": 53, "targetPort": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "targetPort": 53, "protocol": "TCP"},
    ]
    where = endpoints("kube-dns", ("10.244.0.2", CONTROL), port=53, protocol="UDP", title="dns")
    where["ports"].append({"name": "dns-tcp", "port": 53, "protocol": "TCP"})
    bench = Bench(service("kube-dns", "10.96.0.10", ports=ports), where, *objects)
    return bench, bench.pod(WORKER, "10.244.1.5")


async def start_dns(bench: Bench) -> asyncio.Task[int]:
    """The image's own program in a Pod on the control plane."""
    image = bench.world.images.find("registry.k8s.io/coredns/coredns:v1.14.1")
    assert image is not None
    net = bench.pod(CONTROL, "10.244.0.2")
    program = image.programs[image.entrypoint[0]]
    task = asyncio.ensure_future(program(process(net, image.programs, ["/coredns"], [], [])))
    await settle()
    return task


def test_a_pod_resolves_names_through_the_rules() -> None:
    """Short name, name with namespace, full name; an unknown one; and what changes later."""
    bench, client = with_dns(BACKEND)

    async def body() -> None:
        task = await start_dns(bench)
        for name in ("backend-service", "backend-service.default", f"backend-service.{DOMAIN}"):
            assert await client.resolve(name) == ["10.96.45.10"]
        with pytest.raises(NameNotFound):
            await client.resolve("nope")
        bench.api.put(service("later", "10.96.7.7"))
        await settle()
        assert await client.resolve("later.default.svc") == ["10.96.7.7"]
        lines = bench.world.node_rules.conntrack_lines(WORKER)
        assert any("udp" in one and "dst=10.96.0.10" in one for one in lines)
        task.cancel()

    running(bench, body)


def test_dns_over_tcp() -> None:
    """The same answers with two bytes of length in front; two questions on one connection."""
    bench, client = with_dns(BACKEND)

    async def body() -> None:
        task = await start_dns(bench)
        stream = await client.connect("10.96.0.10", 53)
        for number in (1, 2):
            question = wire.query(number, f"backend-service.{DOMAIN}", wire.A)
            await stream.write(struct.pack("!H", len(question)) + question)
            (size,) = struct.unpack("!H", await stream.readexactly(2))
            answer = wire.parse(await stream.readexactly(size))
            assert (answer.identifier, answer.answers[0].data) == (number, "10.96.45.10")
        stream.close()
        task.cancel()

    running(bench, body)


def test_nslookup_prints_what_busybox_printed_on_kind() -> None:
    """Blank lines and all: the text that was recorded in a Pod there."""
    bench, client = with_dns(BACKEND)
    image = bench.world.images.find("busybox")
    assert image is not None
    out: list[bytes] = []

    async def body() -> None:
        task = await start_dns(bench)
        argv = ["nslookup", f"backend-service.{DOMAIN}"]
        files = {"/etc/resolv.conf": RESOLV}
        status = await image.programs["nslookup"](
            process(client, image.programs, argv, out, [], files=files)
        )
        assert status == 0
        task.cancel()

    running(bench, body)
    assert b"".join(out).decode() == (
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
        "Name:\tbackend-service.default.svc.cluster.local\nAddress: 10.96.45.10\n\n\n"
    )


def test_the_search_list_is_used_as_resolv_conf_5_says() -> None:
    """Fewer dots than ndots: suffixes first; a dot at the end: as it is."""
    config = resolver.parse(RESOLV.decode(), "10.244.1.5 client\n127.0.0.1 localhost # x\n")
    names = config.candidates
    assert config.hosts == {"client": "10.244.1.5", "localhost": "127.0.0.1"}
    assert names("a") == [f"a.{DOMAIN}", "a.svc.cluster.local", "a.cluster.local", "a"]
    assert names("a.default.svc")[-1] == "a.default.svc"
    assert names("a.b.c.d.e.f")[0] == "a.b.c.d.e.f"
    assert names("a.") == ["a"]
