"""Each target: what it does to a packet, and how the walk goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.errors import BatchUnsupported
from labkit.model.packet import Packet
from labkit.model.trace import Trace, Verdict
from labkit.netfilter import Node, NodeState
from labkit.netfilter.batch import PacketBatch
from labkit.ruleset import Ruleset

TCP = Packet("10.0.0.5", "10.1.0.7", "tcp", 2000, 80, in_iface="eth1", mark=0x0F)


def through(text: str, packet: Packet = TCP, hook: str = "prerouting") -> Trace:
    """The trace of a packet on a node that owns 192.0.2.1 and 192.0.2.9."""
    rules = Ruleset.parse(text)
    node = Node(rules, interfaces={"eth0": ["192.0.2.1/24"], "eth1": ["192.0.2.9"]})
    return node.trace(packet, hook=hook)


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        ("--set-mark 0x30", 0x30),
        ("--set-mark 0x30/0x3", 0x3C),
        ("--set-xmark 0x30/0x3", 0x3C),
        ("--and-mark 0x5", 0x05),
        ("--or-mark 0x4000", 0x400F),
        ("--xor-mark 0x5", 0x0A),
    ],
)
def test_mark_arithmetic(words: str, mark: int) -> None:
    """mark = (mark & ~mask) ^ value, for each spelling."""
    assert through(f"*mangle\n-A PREROUTING -j MARK {words}\nCOMMIT\n").packet.mark == mark


@pytest.mark.parametrize(
    ("table", "hook", "words", "source", "destination"),
    [
        (
            "nat",
            "PREROUTING",
            "-j DNAT --to-destination 10.9.0.1:8080",
            "10.0.0.5:2000",
            "10.9.0.1:8080",
        ),
        ("nat", "PREROUTING", "-j DNAT --to-destination 10.9.0.1", "10.0.0.5:2000", "10.9.0.1:80"),
        ("nat", "PREROUTING", "-j DNAT --to-destination :8080", "10.0.0.5:2000", "10.1.0.7:8080"),
        ("nat", "PREROUTING", "-j REDIRECT --to-ports 8080", "10.0.0.5:2000", "192.0.2.9:8080"),
        ("nat", "PREROUTING", "-j NETMAP --to 10.9.0.0/16", "10.0.0.5:2000", "10.9.0.7:80"),
        (
            "nat",
            "POSTROUTING",
            "-j SNAT --to-source 198.51.100.1",
            "198.51.100.1:2000",
            "10.1.0.7:80",
        ),
        (
            "nat",
            "POSTROUTING",
            "-j SNAT --to-source 198.51.100.1:77",
            "198.51.100.1:77",
            "10.1.0.7:80",
        ),
        ("nat", "POSTROUTING", "-j NETMAP --to 10.9.0.0/16", "10.9.0.5:2000", "10.1.0.7:80"),
        ("nat", "POSTROUTING", "-j MASQUERADE", "192.0.2.1:2000", "10.1.0.7:80"),
    ],
)
def test_nat(table: str, hook: str, words: str, source: str, destination: str) -> None:
    """The packet leaves with the addresses that the target asks for."""
    trace = through(f"*{table}\n-A {hook} -p tcp {words}\nCOMMIT\n")
    assert (trace.packet.source, trace.packet.destination) == (source, destination)


def test_random_ports_stay_in_their_range() -> None:
    """--random-fully takes ports from 1024 up, --to-ports from the range given."""
    seen = set()
    for ordinal in range(50):
        rules = Ruleset.parse("*nat\n-A POSTROUTING -p tcp -j MASQUERADE --random-fully\nCOMMIT\n")
        trace = Node(rules, addresses=["192.0.2.1"]).trace(TCP, ordinal=ordinal)
        assert 1024 <= trace.packet.sport <= 65535
        seen.add(trace.packet.sport)
    assert len(seen) > 40
    trace = through("*nat\n-A POSTROUTING -p tcp -j MASQUERADE --to-ports 5000-5009\nCOMMIT\n")
    assert 5000 <= trace.packet.sport <= 5009


@pytest.mark.parametrize(
    ("words", "verdict", "how"),
    [
        ("-j ACCEPT", Verdict.ACCEPTED, ""),
        ("-j DROP", Verdict.DROPPED, ""),
        ("-j RETURN", Verdict.ACCEPTED, ""),
        ("-j LOG", Verdict.DROPPED, ""),
        ("-j NFLOG", Verdict.DROPPED, ""),
        ("", Verdict.DROPPED, ""),
        ("-j REJECT", Verdict.REJECTED, "icmp-port-unreachable"),
        ("-p tcp -j REJECT --reject-with tcp-reset", Verdict.REJECTED, "tcp-reset"),
        ("-j REJECT --reject-with admin-prohib", Verdict.REJECTED, "icmp-admin-prohibited"),
    ],
)
def test_verdicts(words: str, verdict: Verdict, how: str) -> None:
    """What ends the walk and what goes on to the next rule, which drops."""
    trace = through(f"*filter\n-A FORWARD {words}\n-A FORWARD -j DROP\nCOMMIT\n")
    assert (trace.verdict, trace.reject_with) == (verdict, how)


@pytest.mark.parametrize(
    ("state", "hook", "target"),
    [
        ("DNAT", "PREROUTING", "DNAT --to-destination 10.9.0.1"),
        ("SNAT", "INPUT", "SNAT --to-source 10.9.0.2"),
    ],
)
def test_states_dnat_and_snat_tell_which_side_was_changed(
    state: str, hook: str, target: str
) -> None:
    """The two states beside the five are true of that side alone, from then on."""
    local = replace(TCP, dst="192.0.2.1") if state == "SNAT" else TCP
    rules = Ruleset.parse(
        f"*nat\n-A {hook} -p tcp -j {target}\nCOMMIT\n*mangle\n"
        "-A PREROUTING -m conntrack --ctstate DNAT\n-A PREROUTING -m conntrack --ctstate SNAT\n"
        "COMMIT\n"
    )
    node, node_state = Node(rules, addresses=["192.0.2.1"]), NodeState()
    node.receive(local, node_state)
    node.receive(replace(local, flags="SYN"), node_state)
    counts = [node_state.counters.packets("mangle", "PREROUTING", n) for n in (1, 2)]
    assert counts == ([1, 0] if state == "DNAT" else [0, 1])


def test_goto_does_not_come_back() -> None:
    """After -g the end of the chain leads to the caller of the caller, here the policy."""
    text = "*filter\n:A - [0:0]\n-A FORWARD -{0} A\n-A FORWARD -j DROP\n-A A -s 9.9.9.9\nCOMMIT\n"
    assert through(text.replace("{0}", "g")).verdict is Verdict.ACCEPTED
    assert through(text.replace("{0}", "j")).verdict is Verdict.DROPPED


def test_notrack_keeps_a_packet_out() -> None:
    """-j CT --notrack: the state is UNTRACKED and NAT does not happen."""
    text = (
        "*raw\n-A PREROUTING -j CT --notrack\nCOMMIT\n"
        "*nat\n-A PREROUTING -p tcp -j DNAT --to-destination 10.9.0.1\nCOMMIT\n"
    )
    for spelling in (text, text.replace("CT --notrack", "NOTRACK")):
        trace = through(spelling)
        assert (trace.ctstate, trace.packet.dst) == ("UNTRACKED", "10.1.0.7")


def test_connmark_is_kept_and_brought_back() -> None:
    """save-mark on the first packet, restore-mark on the second."""
    rules = Ruleset.parse(
        "*mangle\n-A PREROUTING -m conntrack --ctstate NEW -m mark --mark 0xf "
        "-j CONNMARK --save-mark --mask 0x7\n-A PREROUTING -m mark --mark 0 "
        "-j CONNMARK --restore-mark\nCOMMIT\n"
    )
    node, state = Node(rules, addresses=["192.0.2.1"]), NodeState()
    node.receive(TCP, state)
    again = node.receive(replace(TCP, mark=0), state)
    assert again.packet.mark == 7
    assert "mark=7 " in state.conntrack_lines()[0]


def test_trace_target_does_nothing_to_the_packet() -> None:
    """-j TRACE lets the packet go on."""
    trace = through("*raw\n-A PREROUTING -j TRACE\nCOMMIT\n")
    assert trace.accepted and trace.packet.mark == TCP.mark


def test_nat_to_a_range_is_refused_by_numpy_mode() -> None:
    """The address of a range depends on each packet."""
    rules = Ruleset.parse("*nat\n-A PREROUTING -j DNAT --to-destination 1.1.1.1-1.1.1.9\nCOMMIT\n")
    with pytest.raises(BatchUnsupported, match="range"):
        Node(rules).simulate(PacketBatch(TCP, 2))
