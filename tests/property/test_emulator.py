"""Laws of the emulator for rules and packets that nobody chose."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.errors import BatchUnsupported, LabkitError
from labkit.model import address
from labkit.model.packet import Packet
from labkit.netfilter import Draws, Node, NodeState
from labkit.netfilter.batch import PacketBatch
from labkit.ruleset import Ruleset

SETTINGS = settings(max_examples=80, deadline=None)

MATCHES = st.sampled_from(
    [
        "",
        "-s 10.0.0.0/30",
        "! -s 10.0.0.2",
        "-d 10.1.0.0/31",
        "-p tcp",
        "! -p tcp",
        "-p tcp -m tcp --dport 80:81",
        "-p tcp -m tcp ! --dport 80",
        "-p udp -m udp --sport :2000",
        "-m mark --mark 0x1/0x3",
        "-m mark ! --mark 0x2",
        "-m conntrack --ctstate NEW",
        "-m addrtype --dst-type LOCAL",
        "-p tcp -m multiport --dports 80,443",
        "-i eth+",
        "-p tcp -m tcp --syn",
        '-m comment --comment "ns/svc:p a \\"b\\" \\\\"',
        "-m conntrack ! --ctstate ESTABLISHED,DNAT",
    ]
)
DRAWS = st.one_of(
    st.just(""),
    st.integers(0, 20).map(lambda n: f"-m statistic --mode random --probability {n / 20}"),
    st.integers(1, 9).map(lambda n: f"-m statistic --mode random ! --probability {n / 10}"),
)


@st.composite
def rulesets(draw: st.DrawFn, stateful: bool = False) -> str:
    """Tables mangle, nat and filter; chains jump only forwards, so there is no loop."""
    tables = []
    for table, hooks, ends in (
        (
            "mangle",
            ["PREROUTING", "POSTROUTING"],
            ["-j MARK --set-xmark 0x1/0x3", "-j MARK --xor-mark 0x2", "-j ACCEPT"],
        ),
        (
            "nat",
            ["PREROUTING"],
            [
                "-p tcp -j DNAT --to-destination 10.2.0.1:8080",
                "-j DNAT --to-destination 10.2.0.2",
                "-j RETURN",
            ],
        ),
        ("filter", ["FORWARD", "INPUT"], ["-j ACCEPT", "-j DROP", "-j REJECT", "-j RETURN"]),
    ):
        own = [f"C{i}" for i in range(3)]
        lines = [f"*{table}", *(f":{name} - [0:0]" for name in own)]
        for place, chain in [(-1, hook) for hook in hooks] + list(enumerate(own)):
            for _ in range(draw(st.integers(0, 4))):
                jumps = [f"-{kind} {name}" for name in own[place + 1 :] for kind in "jg"]
                rule = [draw(MATCHES), draw(DRAWS), draw(st.sampled_from(["", *ends, *jumps]))]
                if stateful and draw(st.booleans()):
                    rule.insert(
                        1,
                        draw(
                            st.sampled_from(
                                [
                                    "-m statistic --mode nth --every 2 --packet 1",
                                    "-m recent --update --seconds 60 --hitcount 2 --name x",
                                    "-m recent --set --name x --rdest",
                                ]
                            )
                        ),
                    )
                if chain == "POSTROUTING":
                    rule[0] = rule[0].replace("-i eth+", "")
                if " ".join(rule).count("-p ") > 1:
                    rule[-1] = ""
                lines.append(" ".join(filter(None, [f"-A {chain}", *rule])))
        tables.append("\n".join([*lines, "COMMIT"]))
    return "\n".join(tables) + "\n"


PACKETS = st.builds(
    Packet,
    st.sampled_from([f"10.0.0.{i}" for i in range(1, 6)]),
    st.sampled_from(["10.1.0.0", "10.1.0.1", "10.9.9.9", "192.0.2.1"]),
    st.sampled_from(["tcp", "udp"]),
    st.integers(1024, 4000),
    st.sampled_from([80, 81, 443]),
    flags=st.sampled_from(["SYN", "ACK"]),
    mark=st.integers(0, 3),
    in_iface=st.just("eth1"),
)


def node_of(text: str) -> Node:
    """A node that owns 192.0.2.1."""
    return Node(Ruleset.parse(text), addresses=["192.0.2.1"])


@SETTINGS
@given(rulesets(stateful=True))
def test_reading_what_was_written_gives_the_same_rules(text: str) -> None:
    """parse(render(r)) == r, and the canonical form is its own canonical form."""
    rules = Ruleset.parse(text)
    assert Ruleset.parse(rules.render()) == rules
    canonical = rules.canonical()
    assert Ruleset.parse(canonical).canonical() == canonical


@SETTINGS
@given(rulesets(), PACKETS)
def test_outcomes_sum_to_one_and_hold_every_trace(text: str, packet: Packet) -> None:
    """The sum is checked in integers by Outcomes; no walk ends where exact mode saw no end."""
    node = node_of(text)
    outcomes = node.outcomes(packet)
    labels = {outcome.label for outcome in outcomes if outcome.numerator}
    for ordinal in range(8):
        trace = node.trace(packet, seed=3, ordinal=ordinal)
        assert trace.label in labels, trace.text()


@SETTINGS
@given(rulesets(), PACKETS, st.integers(0, 1 << 32), st.sampled_from(["", "sources", "all"]))
def test_walker_and_numpy_mode_make_the_same_choices(
    text: str, packet: Packet, seed: int, columns: str
) -> None:
    """Same draws, same outcomes, same counters, whether packets differ or not."""
    node, size = node_of(text), 60
    packets = [packet] * size
    given_columns = {}
    if columns == "sources":
        hosts = ("10.0.0.1", "10.0.0.3", "10.1.0.1", "127.0.0.1", "224.0.0.1", "192.0.2.1")
        packets = [replace(packet, src=hosts[i % 6], in_iface="eth1") for i in range(size)]
        packet = packets[0]
        given_columns = {"src": np.array([address.number(p.src) for p in packets])}
    if columns == "all":
        packets = [
            replace(
                packet,
                src=f"10.0.0.{1 + i % 5}",
                sport=1024 + 7 * i,
                mark=i % 4,
                dst=["10.1.0.1", "10.9.9.9", "192.0.2.1"][i % 3],
            )
            for i in range(size)
        ]
        given_columns = {
            "src": np.array([address.number(p.src) for p in packets]),
            "dst": np.array([address.number(p.dst) for p in packets]),
            "sport": np.array([p.sport for p in packets]),
            "mark": np.array([p.mark for p in packets]),
        }
    batch = node.simulate(PacketBatch(packet, size, given_columns), seed=seed)
    ends: Counter[str] = Counter()
    counters: Counter[tuple[str, str, int]] = Counter()
    for ordinal, one in enumerate(packets):
        state = NodeState(draws=Draws(seed))
        state.ordinal = ordinal
        ends[node.receive(one, state).label] += 1
        counters.update({key: count for key, (count, _) in state.counters.items()})
    assert dict(ends) == batch.by_label
    assert dict(counters) == {key: count for key, (count, _) in batch.counters.items()}


@SETTINGS
@given(rulesets(stateful=True), PACKETS)
def test_numpy_mode_refuses_state_by_name(text: str, packet: Packet) -> None:
    """Rules whose answer depends on earlier packets are refused, never done wrong."""
    said = ""
    try:
        batch = node_of(text).simulate(PacketBatch(packet, 5))
    except BatchUnsupported as error:
        said = str(error)
    if said:
        assert "recent" in said or "statistic" in said
    else:
        assert sum(count for _, count in batch.outcomes) == 5


@SETTINGS
@given(st.text(max_size=200), st.integers(0, 400))
def test_garbage_is_refused_in_words(garbage: str, place: int) -> None:
    """Any text, also pushed into the middle of rules, is read or refused as LabkitError."""
    good = "*nat\n:A - [0:0]\n-A A -s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j RETURN\nCOMMIT\n"
    for text in (garbage, good[:place] + garbage + good[place:]):
        try:
            Ruleset.parse(text)
        except LabkitError:
            continue


@pytest.mark.parametrize("count", [2, 7, 40])
def test_shares_of_many_connections_lie_in_their_band(count: int) -> None:
    """A million connections: every endpoint's count within 6 standard deviations."""
    lines = [
        f"-A SVC -m statistic --mode random --probability {1 / (count - i):.10f} -j S{i}"
        for i in range(count - 1)
    ] + [f"-A SVC -j S{count - 1}"]
    ends = [f"-A S{i} -p tcp -j DNAT --to-destination 10.1.0.{i}:80" for i in range(count)]
    chains = [":SVC - [0:0]", *(f":S{i} - [0:0]" for i in range(count))]
    text = "\n".join(["*nat", *chains, "-A PREROUTING -j SVC", *lines, *ends, "COMMIT", ""])
    size = 1_000_000
    result = node_of(text).simulate(PacketBatch(Packet("10.0.0.1", "10.9.9.9", "tcp", 1, 80), size))
    mean = size / count
    assert len(result.by_destination) == count
    for found in result.by_destination.values():
        assert abs(found - mean) < 6 * (mean * (1 - 1 / count)) ** 0.5
