"""A node with a long-lived state: connections, replies, timeouts, other rules."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from pathlib import Path

import pytest

from labkit.clock import ManualClock
from labkit.errors import RulesError
from labkit.model.packet import FlowKey, Packet
from labkit.model.trace import Trace, Verdict
from labkit.netfilter import Draws, Node, NodeState, Route
from labkit.ruleset import Ruleset

SAVES: dict[str, str] = json.loads(
    gzip.decompress((Path(__file__).parents[2] / "golden" / "saves" / "saves.json.gz").read_bytes())
)
VIP = "10.96.45.10"


def node_of(name: str) -> Node:
    """The worker of a saved cluster, with its Pods' interfaces."""
    return Node(
        Ruleset.parse(SAVES[name]),
        interfaces={"eth0": ["172.30.99.3/24"], "cbr0": ["10.244.1.1/24"]},
        routes=[
            Route("10.244.1.0/24", "cbr0"),
            Route("172.30.99.0/24", "eth0"),
            Route("10.244.0.0/16", "eth0", "172.30.99.4"),
            Route("0.0.0.0/0", "eth0", "172.30.99.1"),
        ],
    )


def new_state(seed: int = 1) -> NodeState:
    """A state whose clock the test turns."""
    return NodeState(clock=ManualClock(), draws=Draws(seed))


def turn(state: NodeState, seconds: float) -> None:
    """Let time pass."""
    assert isinstance(state.clock, ManualClock)
    state.clock.turn(seconds)


def connect(node: Node, state: NodeState, port: int, flags: str = "SYN") -> Trace:
    """A packet of a Pod of this node to the Service."""
    return node.receive(
        Packet("10.244.1.9", VIP, "tcp", port, 80, flags=flags, in_iface="cbr0"), state
    )


def test_reply_is_translated_back() -> None:
    """The answer of the endpoint reaches the client as the Service's."""
    node, state = node_of("base2/worker"), new_state()
    there = connect(node, state, 40000)
    assert there.dnat and there.packet.dst in ("10.244.1.2", "10.244.2.2")
    back = node.receive(there.packet.reply(), state)
    assert back.packet.source == f"{VIP}:80"
    assert back.packet.destination == "10.244.1.9:40000"
    assert (back.ctstate, back.out_iface) == ("ESTABLISHED", "cbr0")


def test_later_packets_follow_the_first() -> None:
    """Only the first packet walks table nat; the others go where it went."""
    node, state = node_of("replicas5/worker"), new_state()
    first = connect(node, state, 40000)
    node.receive(first.packet.reply(), state)
    for _ in range(5):
        later = connect(node, state, 40000, "ACK")
        assert later.packet.destination == first.packet.destination
        assert not [step for step in later.steps if step.table == "nat"]


def test_masquerade_takes_the_address_of_the_way_out() -> None:
    """To a local Pod the bridge's address, to the other node's Pod the node's."""
    node, state = node_of("base2/worker"), new_state()
    sources = {}
    for i in range(40):
        sent = node.emit(Packet("172.30.99.3", VIP, "tcp", 40000 + i, 80), state)
        assert sent.masqueraded
        sources.setdefault(sent.packet.dst, set()).add(sent.packet.src)
    assert sources == {"10.244.1.2": {"10.244.1.1"}, "10.244.2.2": {"172.30.99.3"}}


def test_hairpin_is_masqueraded_only_when_the_pod_drew_itself() -> None:
    """An endpoint that calls its own Service."""
    node, state = node_of("base2/worker"), new_state()
    for i in range(40):
        packet = Packet("10.244.1.2", VIP, "tcp", 40000 + i, 80, in_iface="cbr0")
        trace = node.receive(packet, state)
        assert trace.masqueraded == (trace.packet.dst == "10.244.1.2")


def test_no_endpoints_are_rejected_and_leave_no_entry() -> None:
    """REJECT refuses the packet; nothing is remembered, so each retry is new."""
    node, state = node_of("no_endpoints/worker"), new_state()
    for _ in range(3):
        trace = connect(node, state, 40000)
        assert trace.verdict is Verdict.REJECTED
        assert (trace.reject_with, trace.ctstate) == ("icmp-port-unreachable", "NEW")
    assert len(state.conntrack) == 0


def test_a_dropped_first_packet_draws_again() -> None:
    """A retry of an unconfirmed connection is a new draw."""
    rules = Ruleset.parse(SAVES["replicas5/worker"]).restore(
        "*filter\n-A FORWARD -p tcp --dport 8080 -j DROP\nCOMMIT\n"
    )
    node, state = node_of("replicas5/worker").with_rules(rules), new_state()
    seen = {connect(node, state, 40000).packet.dst for _ in range(60)}
    assert len(seen) == 5
    assert len(state.conntrack) == 0


def test_session_affinity_lasts_as_long_as_its_timeout() -> None:
    """Within 120 s the client keeps its endpoint; afterwards it draws again."""
    node, state = node_of("affinity_timeout120/worker"), new_state()
    first = connect(node, state, 20000).packet.dst
    for i in range(1, 30):
        turn(state, 119)
        assert connect(node, state, 20000 + i).packet.dst == first
    seen = set()
    for i in range(30, 80):
        turn(state, 121)
        seen.add(connect(node, state, 20000 + i).packet.dst)
    assert len(seen) == 2


def test_entries_are_forgotten_in_time() -> None:
    """SYN_SENT lasts 120 s, UDP 30 s, an answered UDP flow that goes on 120 s."""
    node, state = node_of("base2/worker"), new_state()
    asks = Packet("10.244.1.9", "8.8.8.8", "udp", 5000, 53, in_iface="cbr0")
    answer = Packet("8.8.8.8", "10.244.1.9", "udp", 53, 5000, in_iface="eth0")
    for step, living in (
        (lambda: connect(node, state, 40000), (119, 2)),
        (lambda: node.receive(asks, state), (29, 2)),
    ):
        step()
        turn(state, living[0])
        assert len(list(state.conntrack.entries(state.now))) == 1
        turn(state, living[1])
        assert not list(state.conntrack.entries(state.now))
    node.receive(asks, state)
    node.receive(answer, state)
    turn(state, 3)
    node.receive(asks, state)
    turn(state, 119)
    assert len(list(state.conntrack.entries(state.now))) == 1


def test_conntrack_lines_look_like_the_tool() -> None:
    """The states of a whole connection, as conntrack -L prints them."""
    node, state = node_of("replicas1/worker"), new_state()
    there = connect(node, state, 40000)
    line = state.conntrack_lines()[0]
    assert line.startswith("tcp      6 120 SYN_SENT src=10.244.1.9 dst=10.96.45.10 sport=40000 ")
    assert "dport=80 [UNREPLIED] src=10.244.1.2 dst=10.244.1.9 sport=8080 dport=40000" in line
    node.receive(there.packet.reply(), state)
    connect(node, state, 40000, "ACK")
    (entry,) = state.conntrack.entries(state.now)
    assert (entry.state, entry.assured) == ("ESTABLISHED", True)
    connect(node, state, 40000, "FIN,ACK")
    node.receive(there.packet.reply("FIN,ACK"), state)
    connect(node, state, 40000, "ACK")
    assert "TIME_WAIT" in state.conntrack_lines()[0]


def test_udp_entries_can_be_flushed_by_address() -> None:
    """As kube-proxy does when an endpoint of a UDP Service goes away."""
    node, state = node_of("udp/worker"), new_state()
    rules = node.rules["nat"]["KUBE-SERVICES"]
    service = next(r for r in rules if "backend" in r.comment and r.header.proto == 17)
    dport = service.matches[-1].dport.low  # type: ignore[attr-defined]
    for i in range(10):
        node.receive(Packet("10.244.1.9", VIP, "udp", 5000 + i, dport, in_iface="cbr0"), state)
    ends = Counter(e.reply.src for e in state.conntrack.entries(state.now))
    gone = next(iter(ends))
    assert state.conntrack.flush(state.now, proto="udp", reply_src=gone) == ends[gone]
    assert state.conntrack.flush(state.now, proto="udp", original_dst=VIP) == 10 - ends[gone]
    assert not state.conntrack_lines()


def test_other_rules_keep_connections_and_counters_of_the_same_chains() -> None:
    """with_rules: old connections live on, a changed chain counts from zero."""
    node, state = node_of("base2/worker"), new_state()
    first = connect(node, state, 40000)
    node.receive(first.packet.reply(), state)
    other = node.with_rules(Ruleset.parse(SAVES["no_endpoints/worker"]))
    later = connect(other, state, 40000, "ACK")
    assert later.packet.destination == first.packet.destination
    assert connect(other, state, 40001).verdict is Verdict.REJECTED
    assert state.counters.packets("nat", "PREROUTING", 1) == 2
    assert state.counters.packets("nat", "KUBE-SERVICES", 1) == 0


def test_counters_are_printed_as_iptables_save_does() -> None:
    """canonical(counters) carries what was counted, and is read back."""
    node, state = node_of("base2/worker"), new_state()
    for i in range(10):
        connect(node, state, 40000 + i)
    text = node.rules.canonical(state.counters)
    assert "[10:600] -A PREROUTING -m comment" in text
    again = Ruleset.parse(text)
    assert again["nat"]["PREROUTING"][0].counters == (10, 600)
    assert (
        sum(
            (rule.counters or (0, 0))[0]
            for rule in again["nat"]["KUBE-SVC-ZZAJ2COS27FT6J6V"]
            if rule.number > 1
        )
        == 10
    )


def test_kinds_real_counters_are_within_the_band() -> None:
    """1,000 requests on a kind cluster: both shares lie where the emulator's law puts them."""
    rules = Ruleset.parse(SAVES["kind/base2-after-1000-requests.worker"])
    chain = rules["nat"]["KUBE-SVC-ZZAJ2COS27FT6J6V"]
    real = [rule.counters[0] for rule in chain if rule.counters and "->" in rule.comment]
    outcomes = Node(rules, addresses=["172.18.0.3"]).outcomes(
        Packet("10.244.1.5", VIP, "tcp", 40000, 80, in_iface="veth0")
    )
    assert sum(real) == 1000
    for count, share in zip(real, outcomes.by_destination.values(), strict=True):
        p = float(share)
        assert abs(count - 1000 * p) < 5 * math.sqrt(1000 * p * (1 - p))


def test_kinds_rules_count_the_emulators_packets_alike() -> None:
    """1,000 emulated requests through kind's own rules count what kind counted, draws aside."""
    rules = Ruleset.parse(SAVES["kind/base2-after-1000-requests.worker"])
    node = Node(rules, addresses=["172.18.0.3"])
    state = NodeState(tracing=False)
    for i in range(1000):
        node.receive(Packet("10.244.1.5", VIP, "tcp", 20000 + i, 80, in_iface="veth0"), state)
    services = rules["nat"]["KUBE-SERVICES"]
    rule = next(r for r in services if r.comment.startswith("default/backend-service"))
    assert rule.counters == (1000, 60000) == state.counters[rule.key]


def test_loopback_service_comes_back_in() -> None:
    """A local packet to the node's own address leaves through lo and is delivered."""
    node, state = node_of("base2/worker"), new_state()
    trace = node.emit(Packet("172.30.99.3", "172.30.99.3", "tcp", 40000, 10250), state)
    assert trace.delivered_local and trace.packet.in_iface == "lo"
    hooks = [step.hook for step in trace.steps if step.what == "policy"]
    assert hooks.index("OUTPUT") < hooks.index("PREROUTING") < hooks.index("INPUT")


def test_without_a_route_the_sender_is_told() -> None:
    """No route: net unreachable before any rule of OUTPUT or FORWARD."""
    node = Node(
        Ruleset.parse("*filter\n-A OUTPUT -j DROP\n-A FORWARD -j DROP\nCOMMIT\n"),
        addresses=["192.0.2.1"],
        routes=[],
    )
    for hook, src in (("output", "192.0.2.1"), ("prerouting", "192.0.2.9")):
        trace = node.trace(Packet(src, "10.0.0.1", "tcp", 1, 80), hook=hook)
        assert (trace.verdict, trace.reject_with) == (Verdict.REJECTED, "icmp-net-unreachable")


def test_icmp_error_is_related_and_translated() -> None:
    """An error about a translated packet reaches the client from the Service's side."""
    node, state = node_of("replicas1/worker"), new_state()
    there = connect(node, state, 40000)
    inner = FlowKey(
        "tcp", there.packet.src, there.packet.sport, there.packet.dst, there.packet.dport
    )
    error = Packet(
        "10.244.1.2", "10.244.1.9", "icmp", icmp_type=3, icmp_code=3, inner=inner, in_iface="cbr0"
    )
    trace = node.receive(error, state)
    assert trace.ctstate == "RELATED"
    assert trace.packet.src == VIP
    stray = Packet(
        "10.244.1.2",
        "10.244.1.9",
        "icmp",
        icmp_type=3,
        inner=FlowKey("tcp", "1.2.3.4", 1, "5.6.7.8", 2),
    )
    assert node.receive(stray, state).ctstate == "INVALID"


def test_ping_is_tracked_by_its_identifier() -> None:
    """An echo reply belongs to its request; without one it is INVALID."""
    node, state = node_of("base2/worker"), new_state()
    ping = Packet("10.244.1.9", "8.8.8.8", "icmp", 77, icmp_type=8)
    assert (
        node.receive(Packet("8.8.8.8", "10.244.1.9", "icmp", 77, icmp_type=0), state).ctstate
        == "INVALID"
    )
    node = Node(node.rules, addresses=["172.30.99.3"])
    assert node.receive(ping, state).ctstate == "NEW"
    assert (
        node.receive(Packet("8.8.8.8", "10.244.1.9", "icmp", 77, icmp_type=0), state).ctstate
        == "ESTABLISHED"
    )


@pytest.mark.parametrize(
    "text",
    [
        "*filter\n-A INPUT -j NOWHERE\nCOMMIT\n",
        "*filter\n:A - [0:0]\n:B - [0:0]\n-A INPUT -j A\n-A A -j B\n-A B -g A\nCOMMIT\n",
    ],
)
def test_rules_that_linux_refuses_are_refused(text: str) -> None:
    """Dangling jumps and loops: parse reads them (lint explains them), Node refuses them."""
    with pytest.raises(RulesError):
        Node(Ruleset.parse(text))


def test_nth_counters_begin_anew_on_legacy_only() -> None:
    """A change elsewhere in the table resets nth on legacy, not on nft."""
    text = "*filter\n-A FORWARD -m statistic --mode nth --every 4 --packet 0 -j DROP\nCOMMIT\n"
    packet = Packet("10.0.0.1", "10.0.0.2", "udp", 1, 53)
    for backend, verdict in (("nft", Verdict.ACCEPTED), ("legacy", Verdict.DROPPED)):
        node, state = Node(Ruleset.parse(text), backend=backend), new_state()
        assert node.receive(packet, state).verdict is Verdict.DROPPED
        other = node.with_rules(node.rules.restore("*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"))
        assert other.receive(packet, state).verdict is verdict


def test_trace_tells_the_story_in_both_languages() -> None:
    """The text names every rule that matched and the end, in English and in Spanish."""
    trace = node_of("base2/worker").trace(Packet("10.244.1.9", VIP, "tcp", 40000, 80))
    english, spanish = trace.text("en"), trace.text("es")
    for step in trace.steps:
        if step.number:
            assert step.rule in english and step.rule in spanish
    assert english.splitlines()[-1].startswith("=> leaves through")
    assert spanish.splitlines()[-1].startswith("=> sale por")
    assert [s.number for s in trace.steps if s.what == "nat"] == [2]
