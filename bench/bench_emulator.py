"""The emulator: reading rules, one packet, exact odds, the compiled and the NumPy way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.report import Report
from bench.rules import address_of, kube_rules
from labkit.model import address
from labkit.model.packet import Packet
from labkit.netfilter import Node, NodeState
from labkit.netfilter.batch import PacketBatch
from labkit.netfilter.batchpassage import BatchPassage
from labkit.netfilter.compiled import Compiled, Established, Flow
from labkit.netfilter.leaves import leaves
from labkit.netfilter.stages import RECEIVE
from labkit.netfilter.tally import CHUNK, WordParts
from labkit.ruleset import Ruleset

SERVICES = 10_000
CONNECTIONS = 10_000_000
FLOAT32 = 1.33
"""Nanoseconds of ``Generator.random(float32)`` on the machine that the limits were set for."""

MEMORY = """
import resource, sys
from labkit.ruleset import Ruleset
rules = Ruleset.parse(open(sys.argv[1], encoding="utf-8").read())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run(report: Report) -> None:
    """All figures of the emulator."""
    text = kube_rules(SERVICES, 2)
    parsing(report, text)
    walking(report)
    compiled(report, text)
    batches(report, text)


def parsing(report: Report, text: str) -> None:
    """110,000 lines, beside iptables-nft-restore of the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rules")
        path.write_text(text, encoding="utf-8")
        lines = text.count("\n")
        restore = [
            "unshare",
            "-n" if os.geteuid() == 0 else "-rn",
            "iptables-nft-restore",
            str(path),
        ]
        tool = sys.platform == "linux" and shutil.which("iptables-nft-restore")
        if tool and subprocess.run(restore, capture_output=True, check=False).returncode == 0:
            values = repeat(lambda: subprocess.run(restore, check=True), 3)
            report.figure("iptables-nft-restore of the same file", values, "s")
            slowest = 1.5 * sorted(values)[1]
        else:
            report.skip("iptables-nft-restore", "no network namespace or no such program")
            slowest = None
        report.figure(
            f"parse {lines:,} lines (at most 1.5 times restore)",
            repeat(lambda: Ruleset.parse(text), 3),
            "s",
            limit=slowest,
        )
        words = [sys.executable, "-c", MEMORY, str(path)]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=env)
        report.figure("memory for them, whole process", [float(done.stdout)], "MB", limit=400)


def walking(report: Report) -> None:
    """The reference walker with its trace, and the exact odds."""
    node, packet = node_of(kube_rules(4, 3)), packet_to(2)
    ordinals = range(2000)
    seconds = repeat(lambda: deque((node.trace(packet, ordinal=i) for i in ordinals), 0), 7)
    rates = [2000 / value for value in seconds]
    report.figure("walker with trace", rates, "packets/s", limit=20_000, more_is_better=True)
    many = node_of(kube_rules(1, 1000))
    values = repeat(lambda: many.outcomes(packet_to(0)), 15)
    report.figure("exact outcomes, 1,000 endpoints", values, "s", limit=0.02)


def compiled(report: Report, text: str) -> None:
    """First packets in a small ruleset and in one of 10,000 Services; established ones."""
    small, size = node_of(kube_rules(4, 3)), 20_000
    for name, node, count in (("4", small, 4), ("10,000", node_of(text), SERVICES)):
        fast = Compiled(node, packet_to(0))
        # the same four Services out of few and out of many
        flows = [flow_to(count // 4 * (i % 4), i) for i in range(size)]
        fast.many(flows)
        rates = [size / value for value in repeat(lambda f=fast, w=flows: f.many(w), 9)]
        report.figure(
            f"compiled, first packets, {name} Services",
            rates,
            "packets/s",
            limit=1e6,
            more_is_better=True,
        )
        looked = fast.looked_at / sum(end.count for end in fast.ends)
        report.figure(f"  rules Linux looks at for each, {name} Services", [looked], "rules")
    known, flow = established(small)
    flows = [flow] * 100_000
    rates = [len(flows) / value for value in repeat(lambda: [known[f] for f in flows], 9)]
    report.figure(
        "compiled, established connection", rates, "packets/s", limit=5e6, more_is_better=True
    )


def established(node: Node) -> tuple[Established, Flow]:
    """One connection after its handshake."""
    state, packet = NodeState(), packet_to(2)
    there = node.receive(packet, state)
    node.receive(there.packet.reply(), state)
    source, port = address.number(packet.src), packet.sport
    flow = source, port, address.number(packet.dst), packet.dport
    known = Established(node, state, Packet(packet.src, packet.dst, flags="ACK", in_iface="eth1"))
    assert known[flow]
    return known, flow


def batches(report: Report, text: str) -> None:
    """Whole ruleset with counters in NumPy, beside one random number for each connection."""
    numbers = np.random.Generator(np.random.SFC64(1))
    per = [v / CONNECTIONS for v in repeat(lambda: numbers.random(CONNECTIONS, np.float32), 5)]
    yardstick = report.figure("NumPy: one float32 for each connection", nano(per), "ns")
    slower = max(1.0, yardstick.median / FLOAT32)
    report.notes.append(
        f"limits of choice and batch are 2 and 8 ns where a float32 takes {FLOAT32} ns; here it "
        f"took {yardstick.median:.2f}, so they stand {slower:.2f} times as high"
    )
    for endpoints in (2, 10, 100):
        per = [v / CONNECTIONS for v in repeat(choice_of(endpoints), 5)]
        report.figure(
            f"endpoint choice alone, {endpoints} endpoints", nano(per), "ns", limit=2 * slower
        )
    for endpoints in (2, 10, 100):
        node = node_of(kube_rules(4, endpoints))
        batch = PacketBatch(packet_to(2), CONNECTIONS, {"src": clients(node)})
        ends = node.simulate(batch).outcomes
        assert any(end.masqueraded for end, _ in ends)
        per = [v / CONNECTIONS for v in repeat(lambda n=node, b=batch: n.simulate(b), 5)]
        name = f"batch, counters, masquerade, hairpin, {endpoints} endpoints"
        report.figure(name, nano(per), "ns", limit=8 * slower)
    for endpoints in (2, 100, 1000):
        node = node_of(kube_rules(4, endpoints))
        batch = PacketBatch(packet_to(2), CONNECTIONS)
        per = [v / CONNECTIONS for v in repeat(lambda n=node, b=batch: n.simulate(b), 3)]
        name = f"batch, one client, {endpoints} endpoints"
        report.figure(name, nano(per), "ns", limit=8 * slower if endpoints <= 100 else None)
    for name, count, rules in (("4", 4, kube_rules(4, 2)), ("10,000", SERVICES, text)):
        node, batch = node_of(rules), PacketBatch(packet_to(count - 1), 1_000_000)
        per = [v / batch.size for v in repeat(lambda n=node, b=batch: n.simulate(b), 3)]
        report.figure(f"batch, last of {name} Services", nano(per), "ns")


def choice_of(endpoints: int) -> Callable[[], None]:
    """Chooses an endpoint for each connection: the number of each, in pieces."""
    node = node_of(kube_rules(1, endpoints))
    passage = BatchPassage(node, NodeState())
    ends = leaves(passage, passage.begin(packet_to(0), RECEIVE))
    (turn,) = {turn for end in ends for turn in end.words}
    parts = WordParts(turn, ends, 1)

    def choose() -> None:
        for low in range(0, CONNECTIONS, CHUNK):
            parts.ids(low, min(low + CHUNK, CONNECTIONS))

    return choose


def clients(node: Node) -> NDArray[np.uint32]:
    """Sources in turn at random: two endpoints, a Pod that is none, the outside."""
    ends = [end.destination.partition(":")[0] for end in node.outcomes(packet_to(2))][:2]
    hosts = [address.number(host) for host in (*ends, "10.244.200.5", "192.0.2.7", "198.51.100.1")]
    return np.random.default_rng(1).choice(np.array(hosts, np.uint32), CONNECTIONS)


def repeat(work: Callable[[], object], times: int) -> list[float]:
    """Seconds of processor time of each run (of programs it started as well), after one to
    warm up.  Everything here computes on one core and waits for nothing, so that other
    programs on the machine disturb this less than the time on the wall."""
    work()
    values = []
    for _ in range(times):
        started = spent()
        work()
        values.append(spent() - started)
    return values


def spent() -> float:
    """Seconds of processor time so far."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def nano(seconds: list[float]) -> list[float]:
    """In nanoseconds."""
    return [value * 1e9 for value in seconds]


def node_of(text: str) -> Node:
    """A node with these rules."""
    return Node(Ruleset.parse(text), addresses=["172.18.0.2"])


def packet_to(service: int) -> Packet:
    """A first packet from a Pod to a Service."""
    return Packet("10.244.200.5", address_of(service), sport=40000, dport=80, in_iface="eth1")


def flow_to(service: int, number: int) -> Flow:
    """The same as numbers, from one of seven Pods."""
    source = address.number("10.244.200.1") + number % 7
    return source, 1024 + number % 60000, address.number(address_of(service)), 80
