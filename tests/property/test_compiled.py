"""The fast paths for single packets give what the reference walker gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.errors import BatchUnsupported
from labkit.model import address
from labkit.model.packet import Packet
from labkit.netfilter import Draws, Node, NodeState
from labkit.netfilter.batch import PacketBatch
from labkit.netfilter.compiled import Compiled, Established, Flow
from labkit.netfilter.traversed import traversed
from labkit.ruleset import Ruleset
from tests.property.test_emulator import PACKETS, SETTINGS, node_of, rulesets

FEW = settings(SETTINGS, max_examples=50)

MASQUERADE = (
    "-A POSTROUTING -s 10.0.0.1 -j MASQUERADE --random-fully\n"
    "-A POSTROUTING -m mark --mark 1/1 -j MASQUERADE\nCOMMIT\n*filter"
)


def flow_of(packet: Packet) -> Flow:
    """The packet as the fast paths take it."""
    return address.number(packet.src), packet.sport, address.number(packet.dst), packet.dport


@FEW
@given(rulesets(), PACKETS, st.integers(0, 1 << 32))
def test_walker_and_compiled_rules_make_the_same_choices(
    text: str, packet: Packet, seed: int
) -> None:
    """Same draws, same ends, same packets, same counters, also behind masquerade."""
    node = node_of(text.replace("COMMIT\n*filter", MASQUERADE))
    compiled = Compiled(node, packet, seed=seed)
    packets = [
        replace(
            packet,
            src=f"10.0.0.{1 + i % 5}",
            sport=500 + 37 * i,
            dst=["10.1.0.1", "10.9.9.9", "192.0.2.1"][i % 3],
        )
        for i in range(40)
    ]
    counters: Counter[tuple[str, str, int]] = Counter()
    answers = compiled.many(map(flow_of, packets))
    for ordinal, (one, (end, sport)) in enumerate(zip(packets, answers, strict=True)):
        state = NodeState(draws=Draws(seed))
        state.ordinal = ordinal
        trace = node.receive(one, state)
        after = trace.packet
        assert (end.verdict, sport, end.dport, end.mark) == (
            trace.verdict,
            after.sport,
            after.dport,
            after.mark,
        )
        assert (address.text(end.src), address.text(end.dst)) == (after.src, after.dst)
        counters.update({key: count for key, (count, _) in state.counters.items()})
    assert dict(counters) == {key: count for key, (count, _) in compiled.counters.items()}


@FEW
@given(rulesets(), PACKETS, st.integers(0, 1 << 32))
def test_later_packets_are_translated_as_the_walker_does(
    text: str, packet: Packet, seed: int
) -> None:
    """Once a connection is established, its flow is rewritten as the walker rewrites it."""
    packet = replace(packet, proto="tcp", flags="SYN")
    node, state = node_of(text), NodeState(draws=Draws(seed))
    there = node.receive(packet, state)
    if not there.accepted:
        return
    back = node.receive(there.packet.reply(), state)
    ack = replace(packet, flags="ACK")
    known = Established(node, state, ack)
    try:
        end, sport = known[flow_of(ack)]
    except BatchUnsupported:
        assert "statistic" in text or back.ctstate != "ESTABLISHED" or not back.accepted
        return
    trace = node.receive(ack, state)
    assert flow_of(ack) in known
    assert (end.verdict, sport, address.text(end.dst), end.dport, end.mark) == (
        trace.verdict,
        trace.packet.sport,
        trace.packet.dst,
        trace.packet.dport,
        trace.packet.mark,
    )


WAYS = """*nat
:A - [0:0]
:B - [0:0]
-A PREROUTING -p udp -j RETURN
-A PREROUTING -p tcp -j A
-A PREROUTING -p tcp -j ACCEPT
-A PREROUTING -p tcp
-A A -p udp
-A A -g B
-A A -p udp
-A B -p udp
-A B -p udp
COMMIT
*filter
:FORWARD DROP [0:0]
-A FORWARD -p udp
-A FORWARD -p tcp -j RETURN
-A FORWARD -p udp
COMMIT
"""


@pytest.mark.parametrize(("proto", "count"), [("tcp", 1 + 1 + 2 + 2 + 1 + 2), ("udp", 1 + 3)])
def test_rules_that_linux_looks_at_are_counted_by_hand(proto: str, count: int) -> None:
    """Jump, goto, end of chain, RETURN at base: counted on paper."""
    node = Node(Ruleset.parse(WAYS), addresses=["192.0.2.1"])
    trace = node.trace(Packet("10.0.0.1", "10.9.9.9", proto, 5000, 80, in_iface="eth1"))
    assert traversed(node.rules, trace.events) == count


def test_rules_that_remember_are_refused_by_name() -> None:
    """A rule of mode nth has no answer without the packets before."""
    text = "*nat\n-A PREROUTING -m statistic --mode nth --every 2 --packet 0 -j ACCEPT\nCOMMIT\n"
    with pytest.raises(BatchUnsupported, match="statistic"):
        Compiled(Node(Ruleset.parse(text)), Packet("10.0.0.1", "10.9.9.9"))


@FEW
@given(
    st.lists(
        st.tuples(
            st.integers(0, 6), st.sampled_from(["", "! ", "-p udp ", "/30", "-m mark --mark 1 "])
        ),
        min_size=20,
        max_size=40,
    )
)
def test_an_index_over_destinations_skips_no_rule(asked: list[tuple[int, str]]) -> None:
    """A long chain of destinations: exact mode and NumPy mode meet the rules the walker meets."""
    lines = []
    for number, extra in asked:
        negated, wide = extra == "! ", extra == "/30"
        rest = "" if negated or wide else extra
        host = f"10.9.0.{number}{'/30' if wide else ''}"
        lines.append(
            f"-A FORWARD {rest}{'! ' if negated else ''}-d {host} -j MARK --or-mark "
            f"{1 << len(lines) % 8}"
        )
    text = "\n".join(["*mangle", *lines, "COMMIT", ""])
    node = Node(Ruleset.parse(text), addresses=["192.0.2.1"])
    for number in range(7):
        packet = Packet("10.0.0.1", f"10.9.0.{number}", sport=5000, dport=80)
        state = NodeState()
        node.receive(packet, state)
        assert node.simulate(PacketBatch(packet, 1)).counters == state.counters
        lone = node.outcomes(packet)
        assert [outcome.numerator for outcome in lone] == [1]
