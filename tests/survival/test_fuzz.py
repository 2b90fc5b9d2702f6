"""Requests that no honest client sends: each is answered or cut, none leaves anything behind."""

from __future__ import annotations

import http.client
import random
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.survival import samples
from tests.survival.conftest import Link, Machine, Where, full, where
from tests.survival.nonsense import VICTIM, Maker, Request
from tests.survival.sockets import DOORS, PROTOCOLS, frames, raw_requests, talk, upgrade

pytestmark = pytest.mark.kubectl

MOST_MEMORY_MB = 250
FAULT = re.compile(rb"Internal error occurred: [A-Za-z.]+(Error|Exception)\b")
LOGGED = re.compile(r"Traceback|Task exception|was never retrieved|never awaited")


@pytest.fixture
def server(machine: Machine) -> Iterator[Where]:
    """A whole cluster with a victim of each kind that the requests aim at; at the end its log
    tells of no fault of ours, its memory was bounded and it still works."""
    machine.up()
    server = where(machine)
    with Link(server) as link:
        prepare(link)
        running = ("--for=jsonpath={.status.phase}=Running", "pod/victim", "--timeout=20s")
        machine.kubectl("-n", "fuzz", "wait", *running)
        yield server
        assert link.ask("GET", "/readyz").status == 200
    assert where(machine) == server, "the server died"
    assert peak_mb(server.pid) < MOST_MEMORY_MB
    log = (machine.home / "embedded" / "server.log").read_text(encoding="utf-8")
    assert not LOGGED.search(log), log[-6000:]
    assert server.secret not in log
    machine.kubectl("run", "after", "--image=busybox", "--", "sleep", "60")
    machine.kubectl("wait", "--for=condition=Ready", "pod/after", "--timeout=20s")


def prepare(link: Link) -> None:
    """The namespace, and in it the victims."""
    assert link.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "fuzz"}}).status == 201
    for path in samples.KINDS:
        made = link.ask("POST", path, samples.right(path, "victim"))
        assert made.status in (201, 409), (path, made)  # some make others


def peak_mb(pid: int) -> float:
    """The most memory that a process ever had (Linux; elsewhere nothing is known)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1]) / 1024


def send(server: Where, request: Request) -> tuple[int, bytes]:
    """Status and body of the answer; 0 where the connection was cut instead."""
    path = (f"/{server.secret}" if request.secret else "/nobody") + request.path
    headers = {"Host": f"127.0.0.1:{server.port}", "Connection": "close", **request.headers}
    if request.body is not None:
        headers["Content-Length"] = str(len(request.body))
    lines = [f"{request.method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
            wire.sendall(head + (request.body or b""))
            with http.client.HTTPResponse(wire, method=request.method) as answer:
                answer.begin()
                return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""


def wrong(request: Request, status: int, body: bytes) -> bool:
    """Whether this answer must not be: a refusal is a ``Status`` that says so, but where the
    request was no HTTP; a fault of ours (``KeyError: ...``) is never told as one."""
    refused = status >= 400 and request.method != "HEAD"
    return (
        (not request.secret and status in range(200, 400))
        or (refused and b'"kind":"Status"' not in body and (body != b"" or status >= 500))
        or (status == 500 and FAULT.search(body) is not None)
    )


def everything(server: Where) -> str:
    """All objects of the cluster as text."""
    with Link(server) as link:
        found = []
        for path in ("/api/v1", *_groups(link)):
            for one in link.ask("GET", path).json["resources"]:
                if "list" in one["verbs"]:
                    found.append(link.ask("GET", f"{path}/{one['name']}").body.decode())
        return "\n".join(found)


def _groups(link: Link) -> list[str]:
    groups = link.ask("GET", "/apis").json["groups"]
    return [f"/apis/{version['groupVersion']}" for one in groups for version in one["versions"]]


def test_requests(server: Where) -> None:
    """Of 10,000 requests by chance (in full) each gets its answer, a refusal is a ``Status``, and
    what was refused is nowhere in the cluster."""
    maker, refused, bad = Maker(20), [], []
    for number in range(full(1000, 10_000)):
        request = maker.request(number)
        status, body = send(server, request)
        if wrong(request, status, body):
            bad.append((request, status, body[:500]))
        if status >= 400:
            refused.append(request)
        if status < 400 and request.path.startswith(VICTIM):
            refused = [one for one in refused if one.mark != request.mark]
    assert not bad, "\n\n".join(map(str, bad[:40]))[:20000]
    assert len(refused) > 300
    stored = everything(server)
    left = [one for one in refused if re.search(rf"{one.mark}\b", stored)]
    assert not left, left[:3]


def test_broken_http(server: Where) -> None:
    """Wrong lengths, chunks, headers and requests inside of requests are answered or cut; where
    the answer is a refusal, nothing was stored."""
    dice, refused = random.Random(21), []
    for number in range(full(120, 1500)):
        mark = f"raw{number}x"
        data = raw_requests(server, mark, dice)
        said = talk(server, data, first=0.15, patience=0.15)
        assert b"HTTP/1.1 5" not in said or b'"kind":"Status"' in said, (data[:300], said[:300])
        if b"HTTP/1.1 2" not in said or b"/nobody" in data:
            refused.append(mark)
    stored = everything(server)
    assert not [mark for mark in refused if re.search(rf"{mark}\b", stored)]


def test_broken_sockets(server: Where) -> None:
    """WebSocket and SPDY frames of any kind on exec, attach and port-forward end that one
    connection at most; a client that does not read is cut before it fills the memory."""
    dice = random.Random(22)
    for _ in range(full(40, 1200)):
        hello = upgrade(server, dice.choice(DOORS), dice.choice(PROTOCOLS))
        said = talk(server, hello + frames(dice), first=0.15, patience=0.15)
        assert said.startswith((b"HTTP/1.1 101", b"HTTP/1.1 4")) or not said, said[:200]
    time.sleep(0.5)
    assert b"exec" not in talk(server, upgrade(server, DOORS[0], "v4.channel.k8s.io"))[:20]
