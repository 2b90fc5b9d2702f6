"""``labkit.netns``: what it says of Linux is what Linux does, and nothing of it stays behind."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.errors import LinuxUnavailable, RulesError
from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netfilter import Node as Emulated
from labkit.netfilter import NodeState
from labkit.netfilter.draws import Draws
from labkit.netfilter.replay import INTERFACES, ROUTES
from labkit.netns import Linux, Node, reason_against
from labkit.netns import linux as session
from labkit.ruleset import Ruleset
from tests.linux.wire import require_linux
from tests.support import ROOT, need

pytestmark = pytest.mark.linux
BACKENDS = ("nft", "legacy")
SERVICE = Packet("10.244.1.5", "10.96.0.1", "tcp", 40000, 80, in_iface="eth0")
TWO_ENDPOINTS = """*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-SVC-A - [0:0]
:KUBE-SEP-1 - [0:0]
:KUBE-SEP-2 - [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-A
-A KUBE-SVC-A -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-1
-A KUBE-SVC-A -j KUBE-SEP-2
-A KUBE-SEP-1 -p tcp -j DNAT --to-destination 10.244.1.2:8080
-A KUBE-SEP-2 -p tcp -j DNAT --to-destination 10.244.2.2:8080
COMMIT
"""


@pytest.fixture(autouse=True)
def _needs_linux() -> None:
    require_linux()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each of the two."""
    name: str = request.param
    return name


def test_trace_has_the_steps_of_the_emulators(backend: str) -> None:
    """One packet: Linux's trace and the emulator's name the same rules and the same end."""
    rules = Ruleset.parse(TWO_ENDPOINTS)
    with Node(rules, interfaces=INTERFACES, routes=ROUTES, backend=backend) as real:
        said = real.trace(SERVICE)
    steps = [(chain, number) for _, table, chain, number, *_ in said.events if table]
    assert steps[:3] == [("PREROUTING", 1), ("KUBE-SERVICES", 1), ("KUBE-SVC-A", steps[2][1])]
    chosen = steps[3][0]
    assert steps[2:5] == [("KUBE-SVC-A", int(chosen[-1])), (chosen, 1), ("POSTROUTING", 0)]
    assert said.accepted and said.dnat and said.out_iface == "eth1"
    assert said.packet.destination == f"10.244.{chosen[-1]}.2:8080"
    twin = Emulated(rules, interfaces=INTERFACES, routes=ROUTES, backend=backend)
    ours = next(
        trace
        for trace in (twin.trace(SERVICE, seed=seed) for seed in range(99))
        if trace.packet.dst == said.packet.dst
    )
    assert ours.label == said.label and ours.dnat and ours.out_iface == said.out_iface
    assert said.text().count(chosen) >= 2


def test_simulate_counts_what_iptables_counts(backend: str) -> None:
    """2,000 connections: every one is accounted for, and the counters are those of -save -c."""
    size = 2000
    rules = Ruleset.parse(TWO_ENDPOINTS)
    with Node(rules, interfaces=INTERFACES, routes=ROUTES, backend=backend) as real:
        tally = real.simulate(SERVICE, size)
        saved = real.session.save()
    assert sum(tally.by_destination.values()) == tally.size == size
    first = tally.by_destination["10.244.1.2:8080"]
    assert abs(first - size / 2) < 5 * (size / 4) ** 0.5
    assert tally.counters["nat", "KUBE-SEP-1", 1] == (first, first * 60)
    assert f"[{size}:{size * 60}] -A PREROUTING -j KUBE-SERVICES" in saved


def test_connections_are_those_of_conntrack(backend: str) -> None:
    """After a packet and its answer Linux and emulator list the same connection."""
    rules = Ruleset.parse(TWO_ENDPOINTS)
    with Node(rules, interfaces=INTERFACES, routes=ROUTES, backend=backend) as real:
        said = real.trace(SERVICE)
        back = real.trace(replace(said.packet.reply(), in_iface="eth1"))
        (line,) = real.session.connections()
    assert back.packet.source == "10.96.0.1:80"
    twin = Emulated(rules, interfaces=INTERFACES, routes=ROUTES, backend=backend)
    for seed in range(99):
        state = NodeState(draws=Draws(seed))
        if twin.receive(SERVICE, state).packet.dst == said.packet.dst:
            break
    twin.receive(replace(said.packet.reply(), in_iface="eth1"), state)
    (ours,) = state.conntrack_lines()
    assert without_seconds(line) == without_seconds(ours)


def without_seconds(line: str) -> list[str]:
    """A line of ``conntrack -L`` but for the time that is left, and a mark that is 0."""
    words = line.split()
    return [*words[:2], *words[3:]]


def test_every_packet_is_seen_or_the_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The canary: when Linux saw another number of packets, there is an error and no answer."""
    with Linux(INTERFACES, ROUTES) as linux:
        linux.load(TWO_ENDPOINTS, "nft")
        assert len(linux.send([SERVICE] * 3)) == 3
        asked = linux._ask

        def forgetful(self: Linux, op: str, **more: object) -> object:
            said = asked(op, **more)
            if op == "send":
                said["counted"]["came"] -= 1
            return said

        monkeypatch.setattr(Linux, "_ask", forgetful)
        with pytest.raises(LinuxUnavailable, match="3 packets were sent and Linux saw 2"):
            linux.send([SERVICE] * 3)

        def deaf(self: Linux, op: str, **more: object) -> object:
            said = asked(op, **more)
            if op == "send":
                said["reports"] -= 1
            return said

        monkeypatch.setattr(Linux, "_ask", deaf)
        with pytest.raises(LinuxUnavailable, match="reports arrived"):
            linux.send([SERVICE])


def test_a_packet_that_has_no_way_out_is_no_lost_packet() -> None:
    """Without a route nothing is sent, which Linux says with ENETUNREACH; that is no loss."""
    with Linux({"eth0": ("192.168.77.1/24",)}, ()) as linux:
        linux.load(TWO_ENDPOINTS, "nft")
        (said,) = linux.send([Packet("192.168.77.1", "10.96.0.1", "udp", 1, 2)], hook="output")
    assert said.verdict is Verdict.DROPPED


def namespaces() -> set[str]:
    """The network namespaces that processes of this machine are in, and those with a name."""
    found = set()
    for one in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(os.readlink(one))
        except OSError:
            continue
    return found


def test_nothing_stays_behind() -> None:
    """The namespace is another one, and gone afterwards; the machine has no new interface."""
    devices = sorted(name for _, name in socket.if_nameindex())
    with Linux(INTERFACES, ROUTES) as linux:
        process = linux._process
        assert process is not None
        inside = os.readlink(f"/proc/{process.pid}/ns/net")
        assert inside != os.readlink("/proc/self/ns/net")
        assert sorted(name for _, name in socket.if_nameindex()) == devices
    deadline = time.monotonic() + 10
    while inside in namespaces() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert inside not in namespaces()


def test_a_killed_caller_leaves_nothing() -> None:
    """When the process that asked is killed, the namespace goes too."""
    code = (
        "import os, sys, time\n"
        "from labkit.netns import Linux\n"
        "from labkit.netfilter.replay import INTERFACES, ROUTES\n"
        "linux = Linux(INTERFACES, ROUTES).__enter__()\n"
        "print(os.readlink(f'/proc/{linux._process.pid}/ns/net'), flush=True)\n"
        "time.sleep(60)\n"
    )
    asker = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert asker.stdout is not None
    inside = asker.stdout.readline().strip()
    assert inside in namespaces()
    asker.kill()
    asker.wait()
    asker.stdout.close()
    deadline = time.monotonic() + 10
    while inside in namespaces() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert inside not in namespaces()


def test_rules_that_linux_refuses_are_refused_with_its_words(backend: str) -> None:
    """Linux's own sentence is in the error, and the session lives on."""
    with Linux(INTERFACES, ROUTES) as linux:
        with pytest.raises(RulesError, match=f"iptables-{backend}-restore refuses the rules"):
            linux.load("*filter\n-A INPUT -j NOWHERE\nCOMMIT\n", backend)
        linux.load(TWO_ENDPOINTS, backend)
        assert linux.send([SERVICE])[0].verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ({"sys.platform": "darwin"}, "need Linux"),
        (
            {"shutil.which": lambda name: None},
            "Not installed: ip, nft, unshare, iptables-nft-restore",
        ),
        (
            {"os.geteuid": lambda: 1000, "unshare": lambda: ["sh", "-c", "echo denied >&2; false"]},
            "denied",
        ),
    ],
)
def test_the_reason_is_said_where_linux_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, patch: dict[str, object], reason: str
) -> None:
    """Another system, missing programs, forbidden namespaces: one sentence and what helps."""
    for name, value in patch.items():
        module, _, attribute = name.rpartition(".")
        monkeypatch.setattr(getattr(session, module) if module else session, attribute, value)
    said = reason_against()
    assert said is not None and reason in said[0] and said[1]
    with pytest.raises(LinuxUnavailable, match=reason):
        Linux(INTERFACES, ROUTES).__enter__()


def test_an_ordinary_user_gets_the_same_answers() -> None:
    """Without root, in a user namespace, both back ends count as the emulator does."""
    need("linux", os.geteuid() == 0, "becoming an ordinary user needs root")
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    need("linux", python and shutil.which("setpriv"), "no python3 that everyone may run")
    ordinary = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    allowed = subprocess.run(
        [*ordinary, "unshare", "-Urn", "true"], capture_output=True, check=False
    )
    need("linux", allowed.returncode == 0, "this kernel gives ordinary users no namespaces")
    code = (
        "import json, os, sys\n"
        "from labkit.netns.verify import verify\n"
        "from labkit.ruleset import Ruleset\n"
        "rules = Ruleset.parse(sys.stdin.read())\n"
        "found = [verify(rules, b) for b in ('nft', 'legacy')]\n"
        "print(json.dumps([os.getuid(), *([v.packets, len(v.differences)] for v in found)]))\n"
    )
    assert python is not None
    done = subprocess.run(
        [*ordinary, python, "-B", "-c", code],
        cwd="/",
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
        input=TWO_ENDPOINTS,
        capture_output=True,
        text=True,
        check=False,
    )
    need("linux", "ermission denied" not in done.stderr, "the folder cannot be read by others")
    assert done.returncode == 0, done.stderr
    uid, nft, legacy = json.loads(done.stdout)
    assert uid == 65534
    assert nft[0] > 20 and legacy[0] > 20
    assert nft[1] == legacy[1] == 0


TALK = """
import json, socket, threading
served = {}
def serve(host, label):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, 8080))
    listener.listen(64)
    while True:
        who, peer = listener.accept()
        who.sendall(label.encode())
        who.close()
for host, label in (("127.0.0.2", "a"), ("127.0.0.3", "b"), ("127.0.0.4", "c")):
    threading.Thread(target=serve, args=(host, label), daemon=True).start()
import time; time.sleep(0.2)
for _ in range(300):
    client = socket.create_connection(("10.96.0.1", 80), timeout=5)
    label = client.recv(1).decode()
    served[label] = served.get(label, 0) + 1
    client.close()
try:
    socket.create_connection(("10.96.0.2", 80), timeout=5)
except ConnectionRefusedError:
    served["refused"] = 1
print(json.dumps(served))
"""


def test_real_connections_reach_the_endpoints_that_the_rules_counted(backend: str) -> None:
    """connect() and not an injected SYN: 300 answers of three endpoints are the counters of
    their DNAT rules, in the band of the exact odds; REJECT is ECONNREFUSED."""
    text = """*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:SVC - [0:0]
-A OUTPUT -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j SVC
-A SVC -p tcp -m statistic --mode random --probability 0.333 -j DNAT --to-destination 127.0.0.2:8080
-A SVC -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 127.0.0.3:8080
-A SVC -p tcp -j DNAT --to-destination 127.0.0.4:8080
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A OUTPUT -d 10.96.0.2/32 -p tcp -j REJECT --reject-with tcp-reset
COMMIT
"""
    with Linux({"lo": ("10.96.0.9/32",), "eth0": ("192.168.77.1/24",)}, ROUTES[:0]) as linux:
        linux.run("nft", "delete", "table", "inet", "labkit_watch")
        linux.run("ip", "route", "add", "10.96.0.0/16", "dev", "lo")
        linux.load(text, backend)
        done = linux.run(sys.executable, "-S", "-c", TALK)
        assert done["status"] == 0, done["err"]
        served = Counter(json.loads(done["out"]))
        counters = linux.counters()
    assert served.pop("refused") == 1
    assert counters["filter", "OUTPUT", 1][0] == 1
    assert sum(served.values()) == 300 == counters["nat", "OUTPUT", 1][0]
    assert [counters["nat", "SVC", n][0] for n in (1, 2, 3)] == [served[who] for who in "abc"]
    spread = (300 * (1 / 3) * (2 / 3)) ** 0.5
    assert all(abs(served[who] - 100) < 5.5 * spread for who in "abc")
