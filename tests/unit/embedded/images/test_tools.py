"""dig, BIND's nslookup, redis-cli, curl -v and agnhost's porter: words of the real programs.

The texts of ``dig`` and ``nslookup`` were recorded from BIND 9.18 asking a server with these very
records over real UDP; those of ``redis-cli`` from redis 7.0 against a real server.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from labkit.clock import ManualClock
from labkit.embedded.chance import SeededChance
from labkit.embedded.dns import wire, zone
from labkit.embedded.dns.answers import Answerer
from labkit.embedded.interfaces import Peer
from labkit.embedded.programs.signals import terminate
from labkit.embedded.streams import Stream, pipe
from tests.unit.embedded.images.test_web import Said, _text
from tests.unit.embedded.network.world import (
    CONTROL,
    WORKER,
    Bench,
    process,
    running,
    settle,
    turning,
)

SERVICES = [
    {
        "metadata": {"name": "ng", "namespace": "default"},
        "spec": {
            "clusterIP": "10.96.1.2",
            "ports": [{"name": "web", "port": 80, "protocol": "TCP"}],
        },
    },
    {
        "metadata": {"name": "hd", "namespace": "default"},
        "spec": {"clusterIP": "None", "ports": [{"name": "web", "port": 80}]},
    },
    {
        "metadata": {"name": "ex", "namespace": "default"},
        "spec": {"type": "ExternalName", "externalName": "ng.default.svc.cluster.local"},
    },
]
SLICES = [
    {
        "metadata": {
            "name": "hd-1",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "hd"},
        },
        "ports": [{"name": "web", "port": 8080}],
        "endpoints": [{"addresses": ["10.244.0.5"]}],
    }
]
SERVER = "10.244.0.53"
RESOLV = f"""search default.svc.cluster.local svc.cluster.local cluster.local
nameserver {SERVER}
options ndots:5
"""
DNSUTILS = "registry.k8s.io/e2e-test-images/jessie-dnsutils:1.7"


def said_by(image: str, *argv: str, stdin: str = "") -> Said:
    """What a program prints in a Pod whose resolver is a server with these records."""
    bench = Bench()
    server, client = bench.pod(CONTROL, SERVER), bench.pod(WORKER, "10.244.1.5")
    answerer = Answerer(zone.build(SERVICES, SLICES), SeededChance(1))
    found: list[Said] = []

    async def handle(data: bytes, peer: Peer) -> bytes:
        return wire.answer(answerer.answer(wire.parse(data)))

    async def body() -> None:
        server.listen_udp(53, handle)
        programs = bench.world.images.find(image)
        assert programs is not None
        out: list[bytes] = []
        err: list[bytes] = []
        files = {"/etc/resolv.conf": RESOLV.encode(), "/tmp/": b""}
        one = process(client, programs.programs, list(argv), out, err, files=files)
        found.append(Said(await programs.programs[argv[0]](one), _text(out), _text(err)))

    running(bench, body)
    return found[0]


WHOLE = """
; <<>> DiG 9.18.27 <<>> nosuch.default.svc.cluster.local
;; global options: +cmd
;; Got answer:
;; WARNING: .local is reserved for Multicast DNS
;; You are currently testing what happens when an mDNS query is leaked to DNS
;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: N
;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 0
;; WARNING: recursion requested but not available

;; QUESTION SECTION:
;nosuch.default.svc.cluster.local. IN\tA

;; AUTHORITY SECTION:
cluster.local.\t\t30\tIN\tSOA\tns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 30

;; Query time: N msec
;; SERVER: 10.244.0.53#53(10.244.0.53) (UDP)
;; WHEN: NOW
;; MSG SIZE  rcvd: 104

"""


def test_dig_prints_a_whole_answer() -> None:
    """Every section and every tab, but for the version, the number and the time."""
    said = said_by(DNSUTILS, "dig", "nosuch.default.svc.cluster.local")
    text = re.sub(r"id: \d+", "id: N", said[1])
    text = re.sub(r"WHEN: .*", "WHEN: NOW", re.sub(r"time: \d+", "time: N", text))
    assert said[0] == 0 and text == WHOLE


@pytest.mark.parametrize(
    ("argv", "out"),
    [
        (["+short", "ng.default.svc.cluster.local"], "10.96.1.2\n"),
        (["+short", "ng"], ""),  # as it is written: no search list
        (["+short", "+search", "ng"], "10.96.1.2\n"),
        (["+short", "ex.default.svc.cluster.local"], "ng.default.svc.cluster.local.\n10.96.1.2\n"),
        (["+short", "SRV", "_web._tcp.hd.default.svc.cluster.local"],
         "0 100 8080 10-244-0-5.hd.default.svc.cluster.local.\n"),
        (["+noall", "+answer", "hd.default.svc.cluster.local"],
         "hd.default.svc.cluster.local. 30 IN\tA\t10.244.0.5\n"),
        (["-x", "10.96.1.2", "+noall", "+answer"],
         "2.1.96.10.in-addr.arpa.\t30\tIN\tPTR\tng.default.svc.cluster.local.\n"),
        (["ex.default.svc.cluster.local", "+noall", "+answer"],
         "ex.default.svc.cluster.local. 30 IN\tCNAME\tng.default.svc.cluster.local.\n"
         "ng.default.svc.cluster.local. 30 IN\tA\t10.96.1.2\n"),
        (["+noall", "+answer", "SRV", "_web._tcp.hd.default.svc.cluster.local"],
         "_web._tcp.hd.default.svc.cluster.local.\t30 IN SRV 0 100 8080 "
         "10-244-0-5.hd.default.svc.cluster.local.\n"),
        (["+noall", "+question", "ng"], ";ng.\t\t\t\tIN\tA\n"),
    ],
)  # fmt: skip
def test_dig_prints_what_bind_prints(argv: list[str], out: str) -> None:
    """Short forms and single sections."""
    assert said_by(DNSUTILS, "dig", *argv)[1] == out


def test_dig_without_a_server() -> None:
    """Refused three times: its words, and exit status 9."""
    said = said_by(DNSUTILS, "dig", "@10.244.0.53", "-x", "10.96.1.2", "+short")
    assert said[0] == 0
    said = said_by(DNSUTILS, "dig", "@172.18.0.2", "foo", "+short")
    line = ";; communications error to 172.18.0.2#53: connection refused\n"
    assert said[:2] == (9, line * 3 + ";; no servers could be reached\n")


HEAD = f"Server:\t\t{SERVER}\nAddress:\t{SERVER}#53\n\n"


@pytest.mark.parametrize(
    ("argv", "status", "out"),
    [
        (["ng"], 0, HEAD + "Name:\tng.default.svc.cluster.local\nAddress: 10.96.1.2\n\n"),
        (["nosuch.default.svc.cluster.local."], 1,
         HEAD + "** server can't find nosuch.default.svc.cluster.local.: NXDOMAIN\n\n"),
        (["ex.default"], 0,
         HEAD + "ex.default.svc.cluster.local\tcanonical name = ng.default.svc.cluster.local.\n"
         "Name:\tng.default.svc.cluster.local\nAddress: 10.96.1.2\n\n"),
        (["-type=srv", "_web._tcp.hd"], 0,
         HEAD + "_web._tcp.hd.default.svc.cluster.local\tservice = "
         "0 100 8080 10-244-0-5.hd.default.svc.cluster.local.\n\n"),
        (["10.96.1.2"], 0, "2.1.96.10.in-addr.arpa\tname = ng.default.svc.cluster.local.\n\n"),
        (["nosuch"], 1, f";; Got SERVFAIL reply from {SERVER}\n{HEAD}"
         "** server can't find nosuch: SERVFAIL\n\n"),
    ],
)  # fmt: skip
def test_nslookup_of_bind(argv: list[str], status: int, out: str) -> None:
    """The search list is used, and only what was found is shown."""
    assert said_by(DNSUTILS, "nslookup", *argv)[:2] == (status, out)


def test_redis_cli_says_what_the_real_one_says() -> None:
    """Raw replies: nothing for nil, an empty line behind an error, exit status 0; commands from
    standard input too; a server that is not there is exit status 1."""
    bench = Bench()
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")
    image = bench.world.images.find("redis:7")
    assert image is not None
    said: list[tuple[int, str, str]] = []

    async def cli(*words: str, net: object = client, stdin: str = "") -> None:
        out: list[bytes] = []
        err: list[bytes] = []
        one = process(net, image.programs, ["redis-cli", *words], out, err)  # type: ignore[arg-type]
        if stdin:
            one.stdin = stream_of(stdin)
        said.append((await image.programs["redis-cli"](one), _text(out), _text(err)))

    async def body() -> None:
        one = process(server, image.programs, ["redis-server"], [], [])
        task = asyncio.ensure_future(image.programs["redis-server"](one))
        await settle()
        for words in (["PING"], ["SET", "a", "1"], ["GET", "nope"], ["FOO", "bar"], ["GET"],
                      ["INCR", "a"], ["MGET", "a", "nope"]):  # fmt: skip
            await cli("-h", "10.244.0.6", *words)
        await cli("-h", "10.244.0.6", stdin="SET b 2\nGET b\nFOO\n")
        await cli("-p", "6398", "PING")
        terminate(one)
        await task

    running(bench, body)
    unknown = "ERR unknown command 'FOO', with args beginning with: "
    assert [one[:2] for one in said] == [
        (0, "PONG\n"),
        (0, "OK\n"),
        (0, "\n"),
        (0, f"{unknown}'bar' \n\n"),
        (0, "ERR wrong number of arguments for 'get' command\n\n"),
        (0, "2\n"),
        (0, "2\n\n"),
        (0, f"OK\n2\n{unknown}\n\n"),
        (1, ""),
    ]
    assert said[-1][2] == "Could not connect to Redis at 127.0.0.1:6398: Connection refused\n"


def stream_of(text: str) -> Stream:
    """A standard input that holds a text and ends."""
    here, there = pipe()
    there._in.feed_data(text.encode())
    here.write_eof()
    return there


def test_porter_serves_a_text_on_each_port() -> None:
    """agnhost porter: SERVE_PORT_N."""
    bench = Bench()
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")
    image = bench.world.images.find("registry.k8s.io/e2e-test-images/agnhost:2.53")
    assert image is not None
    said: list[str] = []

    async def body() -> None:
        env = {"SERVE_PORT_80": "foo", "SERVE_PORT_8080": "bar", "OTHER": "x"}
        one = process(server, image.programs, ["/agnhost", "porter"], [], [], env=env)
        task = asyncio.ensure_future(image.programs["/agnhost"](one))
        await settle()
        for port in (80, 8080):
            out: list[bytes] = []
            url = f"http://10.244.0.6:{port}/any"
            asking = process(client, image.programs, ["curl", "-s", url], out, [])
            await image.programs["curl"](asking)
            said.append(_text(out))
        terminate(one)
        await task

    running(bench, body)
    assert said == ["foo", "bar"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        # Recorded from curl 7.88 against a resolver and a port that drop what comes.
        (["-m", "3", "http://nosuch.example/"], "curl: (28) Resolving timed out after 3000"),
        (["--connect-timeout", "2", "http://nosuch.example/"],
         "curl: (28) Resolving timed out after 2000"),
        (["-m", "2", "http://10.244.0.6/"], "curl: (28) Connection timed out after 2000"),
    ],
)  # fmt: skip
def test_curl_says_what_took_too_long(options: list[str], words: str) -> None:
    """Looking up and connecting are different waits, with different words and one status."""
    clock = ManualClock()
    policy = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "default"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"]},
    }
    pod = {
        "kind": "Pod",
        "metadata": {"name": "c", "namespace": "default", "labels": {}},
        "spec": {"nodeName": WORKER, "containers": []},
        "status": {"podIP": "10.244.1.5", "phase": "Running"},
    }
    bench = Bench(policy, pod, clock=clock)
    bench.pod(CONTROL, "10.244.0.6")
    client = bench.pod(WORKER, "10.244.1.5")
    image = bench.world.images.find("curlimages/curl:8.11.1")
    assert image is not None
    err: list[bytes] = []

    async def body() -> None:
        files = {"/etc/resolv.conf": b"nameserver 10.244.0.6\n"}
        argv = ["curl", "-sS", *options]
        one = process(client, image.programs, argv, [], err, files=files, clock=clock)
        assert await turning(clock, image.programs["curl"](one)) == 28

    running(bench, body)
    assert _text(err).startswith(words)


def test_curl_v_tells_each_step() -> None:
    """Name, address, connection, request, answer, and that the connection is kept (8.11)."""
    bench = Bench()
    server, client = bench.pod(CONTROL, "10.244.0.6"), bench.pod(WORKER, "10.244.1.5")
    image = bench.world.images.find("curlimages/curl:8.11.1")
    assert image is not None
    err: list[bytes] = []

    async def answer(stream: Stream, peer: Peer) -> None:
        while await stream.readuntil(b"\r\n\r\n"):
            await stream.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    async def body() -> None:
        server.listen(80, answer)
        files = {"/etc/hosts": b"10.244.0.6 web\n", "/etc/resolv.conf": b""}
        argv = ["curl", "-sv", "http://web/", "http://web/"]
        one = process(client, image.programs, argv, [], err, files=files)
        assert await image.programs["curl"](one) == 0

    running(bench, body)
    told = [line for line in _text(err).splitlines() if line.startswith("*")]
    assert told == [
        "* Host web:80 was resolved.",
        "* IPv6: (none)",
        "* IPv4: 10.244.0.6",
        "*   Trying 10.244.0.6:80...",
        "* Connected to web (10.244.0.6) port 80",
        "* using HTTP/1.x",
        "* Request completely sent off",
        "* Connection #0 to host web left intact",
        "* Re-using existing connection with host web",
        "* Request completely sent off",
        "* Connection #0 to host web left intact",
    ]
