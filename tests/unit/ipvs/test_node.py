"""The verbs of a node with IPVS, on a small cluster that kube-proxy's texts describe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import pytest

from labkit.ipvs import read_table
from labkit.model.packet import Packet
from labkit.model.step import Verdict
from labkit.netfilter.ipvsnode import IpvsNode, IpvsNodeState
from tests.unit.ipvs.cluster import ALSO_HERE, ELSEWHERE, HERE, node, texts

POD, OTHER_POD, OUTSIDE, NODE_IP = "10.244.1.9", "10.244.0.9", "192.0.2.7", "172.18.0.3"

# Client, destination, hook -> what becomes of it.  The first pick of rr is the server that
# was added last; FAR has no endpoint on this node, where IPVS mode (unlike iptables) falls back.
FLOWS = [
    (POD, "10.96.0.10", 80, "tcp", f"default/web:http -> {ALSO_HERE}:8080"),
    (OUTSIDE, "10.96.0.10", 80, "tcp", f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"),
    (ALSO_HERE, "10.96.0.10", 80, "tcp", f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"),
    (OUTSIDE, NODE_IP, 30080, "tcp", f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"),
    (OUTSIDE, "1.2.3.4", 80, "tcp", f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"),
    ("9.1.1.1", "5.6.7.8", 80, "tcp", f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"),
    ("7.7.7.7", "5.6.7.8", 80, "tcp", f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"),
    ("7.7.7.8", "5.6.7.8", 80, "tcp", "dropped"),
    (OUTSIDE, NODE_IP, 30081, "tcp", f"default/local:x -> {ALSO_HERE}:8080"),
    (OUTSIDE, "1.2.3.5", 80, "tcp", f"default/local:x -> {ALSO_HERE}:8080"),
    (OUTSIDE, NODE_IP, 30082, "tcp", f"default/far:x -> {ELSEWHERE}:8080"),
    (POD, "10.96.0.13", 53, "udp", f"default/names:dns -> {HERE}:53"),
    (OUTSIDE, NODE_IP, 30083, "sctp", f"default/signal:x -> {HERE}:80"),
    (POD, "10.96.0.14", 80, "tcp", "rejected icmp-port-unreachable"),
    (POD, "10.96.0.10", 81, "tcp", "rejected icmp-port-unreachable"),
    (POD, "10.96.0.10", 0, "icmp", "rejected icmp-port-unreachable"),
    (OUTSIDE, NODE_IP, 22, "tcp", f"{NODE_IP}:22 (local)"),
    (POD, OTHER_POD, 8080, "tcp", f"{OTHER_POD}:8080"),
]


def packet(source: str, goal: str, port: int, proto: str = "tcp") -> Packet:
    """The first packet of a connection."""
    return Packet(source, goal, proto, 40000 if port else 0, port)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f"{f[0]}>{f[1]}:{f[2]}/{f[3]}")
def test_flow(flow: tuple[str, str, int, str, str]) -> None:
    """Where a packet ends, whether it is masqueraded, and that exact mode says the same."""
    source, goal, port, proto, wanted = flow
    worker, first = node(), packet(source, goal, port, proto)
    trace = worker.trace(first)
    assert trace.label == wanted, trace.text()
    assert worker.outcomes(first).by_label == {wanted: Fraction(1)}


def test_local_client_meets_ipvs_in_output() -> None:
    """A process of the node itself reaches the Service, masqueraded since it is no Pod."""
    end = node().trace(packet(NODE_IP, "10.96.0.10", 80), hook="output")
    assert end.label == f"default/web:http -> {ALSO_HERE}:8080 (masqueraded)"
    assert not any(step.hook == "INPUT" for step in end.steps)


def test_node_is_kept_out_by_source_ranges() -> None:
    """Source ranges without the node's address bind the node itself (source: the address)."""
    end = node().trace(packet("5.6.7.8", "5.6.7.8", 80), hook="output")
    assert end.verdict is Verdict.DROPPED


def test_trace_says_who_chose() -> None:
    """The trace names virtual server, scheduler, its state and the server, in both languages."""
    worker, first = node(), packet(POD, "10.96.0.10", 80)
    english = worker.trace(first, ordinal=1).text()
    assert f"TCP 10.96.0.10:80, scheduler rr (last {ALSO_HERE}:8080) chooses {HERE}:8080" in english
    spanish = worker.trace(first, ordinal=1).text("es")
    assert f"el planificador rr (last {ALSO_HERE}:8080) elige {HERE}:8080" in spanish


def test_later_packet_follows_the_first() -> None:
    """Later packets of a connection pass over rules and scheduler, masqueraded as the first."""
    worker = node()
    state = worker.state()
    first = worker.receive(packet(OUTSIDE, "10.96.0.10", 80), state)
    back = worker.receive(first.packet.reply("SYN,ACK"), state)
    assert (back.packet.source, back.packet.destination) == ("10.96.0.10:80", f"{OUTSIDE}:40000")
    assert back.ctstate == "ESTABLISHED"
    again = worker.receive(packet(OUTSIDE, "10.96.0.10", 80), state)
    assert again.packet.destination == first.packet.destination
    assert again.packet.src == first.packet.src == NODE_IP
    assert again.masqueraded and again.ctstate == "ESTABLISHED"
    assert not [step for step in again.steps if step.table == "nat"]


ROUND_TRIPS = [
    (POD, "10.96.0.10", 80, "prerouting"),
    (OUTSIDE, NODE_IP, 30080, "prerouting"),
    (NODE_IP, "10.96.0.10", 80, "output"),
    (ALSO_HERE, "10.96.0.10", 80, "prerouting"),
    (OUTSIDE, NODE_IP, 30081, "prerouting"),
]


@pytest.mark.parametrize("trip", ROUND_TRIPS, ids=lambda t: f"{t[0]}>{t[1]}:{t[2]}")
def test_answers_come_from_the_virtual_server(trip: tuple[str, str, int, str]) -> None:
    """Whatever the server sends back reaches the client from the address that it had asked."""
    source, goal, port, hook = trip
    worker = node()
    state = worker.state()
    there = worker.trace(packet(source, goal, port), hook=hook, state=state)
    back = worker.receive(there.packet.reply("SYN,ACK"), state)
    assert back.packet.source == f"{goal}:{port}"
    assert back.packet.destination == f"{source}:40000"
    assert back.delivered_local == (source == NODE_IP)


def test_server_on_the_node_itself() -> None:
    """A server that is the node (hostNetwork) gets the packet and answers as the virtual one."""
    lines = f"-A -t 10.96.0.1:443 -s rr\n-a -t 10.96.0.1:443 -r {NODE_IP}:6443 -m -w 1\n"
    worker = IpvsNode(read_table(lines), addresses=(NODE_IP,))
    state = worker.state()
    there = worker.receive(packet(POD, "10.96.0.1", 443), state)
    assert there.delivered_local and there.packet.destination == f"{NODE_IP}:6443"
    back = worker.emit(there.packet.reply("SYN,ACK"), state)
    assert back.packet.source == "10.96.0.1:443" and back.packet.destination == f"{POD}:40000"


def test_a_port_that_is_used_again() -> None:
    """After its end a connection's port may begin a new one: scheduled anew, answered as ever."""
    worker = node()
    state = worker.state()
    first = packet(POD, "10.96.0.10", 80)
    goals = []
    for _ in range(6):
        there = worker.receive(first, state)
        goals.append(there.packet.destination)
        for flags in ("SYN,ACK", "FIN,ACK"):
            back = worker.receive(there.packet.reply(flags), state)
            assert back.packet.source == "10.96.0.10:80", goals
        worker.receive(replace(first, flags="FIN,ACK"), state)
        worker.receive(there.packet.reply("ACK"), state)
    assert len(set(goals)) == 3 and goals[:3] == goals[3:]


def test_ipvs_forwards_like_a_router() -> None:
    """What is sent on has a hop less; a packet at its last hop is not, and its sender is told."""
    worker = node()
    first = packet(POD, "10.96.0.10", 80)
    assert worker.trace(first).packet.ttl == first.ttl - 1
    last = worker.trace(replace(first, ttl=1))
    assert (last.verdict, last.reject_with) == (Verdict.REJECTED, "icmp-ttl-exceeded")


def test_only_a_syn_begins_a_connection() -> None:
    """A TCP segment of no connection is not scheduled: it reaches the node, which has no socket."""
    worker = IpvsNode(read_table(texts().servers), addresses=(NODE_IP,))
    stray = Packet(POD, "10.96.0.10", sport=40000, dport=80, flags="ACK")
    assert worker.trace(stray).label == "10.96.0.10:80 (local)"


def test_outcomes_leave_the_state_alone() -> None:
    """Asking what comes next changes nothing: the same answer twice, and the trace agrees."""
    worker = node()
    state = worker.state()
    first = packet(POD, "10.96.0.10", 80)
    worker.receive(first, state)
    second = packet(POD, "10.96.0.10", 80)
    second = Packet(second.src, second.dst, sport=40001, dport=80)
    asked = [worker.outcomes(second, state=state).by_destination for _ in range(3)]
    assert asked == [{f"{HERE}:8080": Fraction(1)}] * 3
    assert worker.receive(second, state).packet.destination == f"{HERE}:8080"


def test_shares_agree_with_counts() -> None:
    """Over whole cycles each server gets exactly its share; shares sum to one."""
    lines = "-A -t 10.96.0.10:80 -s {}\n" + "".join(
        f"-a -t 10.96.0.10:80 -r 10.244.{i}.2:80 -m -w {w}\n" for i, w in ((1, 3), (2, 2), (3, 1))
    )
    for scheduler in ("rr", "wrr", "lc", "wlc", "sed", "nq", "fo"):
        worker = IpvsNode(read_table(lines.format(scheduler)))
        shares = worker.shares(packet(POD, "10.96.0.10", 80))
        assert sum(shares.values()) == 1, scheduler
        counts = worker.simulate(Many(packet(POD, "10.96.0.10", 80), 600)).by_destination
        for server, share in shares.items():
            # The least-connection family starts from idle: a few picks off at the most.
            slack = 0 if scheduler in ("rr", "wrr", "fo") else 2
            assert abs(counts[server] - 600 * share) <= slack, scheduler


@dataclass(frozen=True)
class Many:
    """So many connections that begin with one packet."""

    packet: Packet
    size: int
    columns: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize("scheduler", ["rr", "wlc", "sh", "dh", "mh", "nq", "fo"])
def test_simulate_agrees_with_traces(scheduler: str) -> None:
    """The many connections of simulate meet, in order, what receive meets one by one."""
    worker = node(scheduler)
    sports = [30000 + 7 * n for n in range(60)]
    sources = [0x0A640101 + n % 9 for n in range(60)]
    batch = Many(packet(POD, "10.96.0.10", 80), 60, {"sport": sports, "src": sources})
    state = worker.state()
    wanted = []
    for sport, source in zip(sports, sources, strict=True):
        text = f"10.100.1.{source & 255}"
        wanted.append(worker.receive(Packet(text, "10.96.0.10", sport=sport, dport=80), state))
    made = worker.simulate(batch)
    assert made.destinations == [trace.packet.destination for trace in wanted]
    assert sum(made.by_label.values()) == 60
    assert set(made.by_label) == {trace.label for trace in wanted}


def test_simulate_honours_persistence() -> None:
    """With session affinity each client has one server, and clients are spread in turn."""
    sources = [0x0AF40009 + n % 4 for n in range(40)]
    made = node().simulate(Many(packet(POD, "10.96.0.13", 53, "udp"), 40, {"src": sources}))
    by_client: dict[int, set[str]] = {}
    for source, goal in zip(sources, made.destinations, strict=True):
        by_client.setdefault(source, set()).add(goal)
    assert all(len(goals) == 1 for goals in by_client.values())
    assert made.by_destination == {f"{HERE}:53": 20, f"{ELSEWHERE}:53": 20}


def test_cost_does_not_grow_with_services() -> None:
    """A thousand Services more cost not one rule or look-up more."""
    alone, made = node(), texts()
    more = made.servers + "".join(
        f"-A -t 10.97.{n // 250}.{n % 250}:80 -s rr\n" for n in range(1000)
    )
    crowded = IpvsNode(read_table(more), sets=made.sets, rules=made.saved, addresses=(NODE_IP,))
    first = packet(POD, "10.96.0.10", 80)
    assert crowded.cost(first) == alone.cost(first)
    assert alone.cost(first).rules > 10 and alone.cost(first).lookups > 5


def test_addresses_are_asked_before_sets() -> None:
    """As in the kernel the header is compared first, wherever -s stands in the text."""
    costs = []
    for words in ("-m set --match-set S dst ! -s {0}", "! -s {0} -m set --match-set S dst"):
        rule = words.format("10.244.0.0/16")
        worker = IpvsNode(
            read_table(texts().servers),
            sets="create S hash:ip\nadd S 10.96.0.10\n",
            rules=f"*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING {rule} -j RETURN\nCOMMIT\n",
        )
        costs.append([worker.cost(packet(a, "10.96.0.10", 80)).lookups for a in (POD, OUTSIDE)])
    assert costs == [[1, 2], [1, 2]]


def test_without_rules_only_ipvs_acts() -> None:
    """A table alone translates and masquerades nobody."""
    worker = IpvsNode(read_table(texts().servers), addresses=(NODE_IP,))
    end = worker.trace(packet(OUTSIDE, "10.96.0.10", 80))
    assert end.label == f"{ALSO_HERE}:8080"
    assert end.packet.src == OUTSIDE
    assert isinstance(worker.state(), IpvsNodeState)
