"""ipsets and ``-m set``: reading, errors, and the modes that must agree."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from labkit.errors import BatchUnsupported, RulesError, UnsupportedExtension
from labkit.model import address
from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.netfilter import Node, NodeState
from labkit.netfilter.batch import PacketBatch
from labkit.netfilter.compiled import Compiled
from labkit.ruleset import Ruleset

SETS = """create web hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add web 10.96.0.10,tcp:80
create pods hash:net
add pods 10.244.0.0/16
add pods 10.244.1.0/24 nomatch
create either list:set size 8
add either pods
"""
RULES = """*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m set --match-set web dst,dst -m set ! --match-set pods src -j MARK --set-mark 1
-A PREROUTING -m set --match-set either src -j MARK --or-mark 2
-A PREROUTING -m set --match-set web dst,dst -j DNAT --to-destination 10.244.9.9:8080
COMMIT
"""


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("create a hash:mac", 1, "hash:mac"),
        ("create a hash:ip\ncreate a hash:ip", 2, "a"),
        ("create a hash:ip family inet7", 1, "inet7"),
        ("create a hash:ip color red", 1, "color"),
        ("create a hash:ip timeout", 1, "timeout"),
        ("create a hash:ip netmask x", 1, "0.0.0.0/x"),
        ("add b 10.0.0.1", 1, "b"),
        ("create a hash:ip\n\nadd a 10.0.0.256", 3, "10.0.0.256"),
        ("create a hash:ip\nadd a fd00::1", 2, "fd00::1"),
        ("create a hash:ip\nadd a 10.0.0.0/8", 2, "10.0.0.0/8"),
        ("create a hash:ip\nadd a 10.0.0.9-10.0.0.1", 2, "10.0.0.9-10.0.0.1"),
        ("create a hash:ip\nadd a 10.0.0.1 nomatch", 2, "10.0.0.1"),
        ("create a hash:ip counters\nadd a 10.0.0.1 packets -1", 2, "10.0.0.1"),
        ("create a hash:net\nadd a 0.0.0.0/0", 2, "0.0.0.0/0"),
        ("create a hash:net\nadd a 10.0.0.0/255.0.255.0", 2, "10.0.0.0/255.0.255.0"),
        ("create a hash:ip,port\nadd a 10.0.0.1", 2, "10.0.0.1"),
        ("create a hash:ip,port\nadd a 10.0.0.1,tcp:99999", 2, "10.0.0.1,tcp:99999"),
        ("create a hash:ip,port\nadd a 10.0.0.1,nope:1", 2, "10.0.0.1,nope:1"),
        ("create a bitmap:port range 0-9\nadd a ²", 2, "²"),
        ("create a list:set\nadd a b", 2, "b"),
        ("create a list:set\ncreate b list:set\nadd a b", 3, "b"),
        ("swap a b", 1, "swap"),
        ("create", 1, "create"),
    ],
)
def test_what_is_no_save_is_refused_with_line_and_word(text: str, line: int, word: str) -> None:
    """An error says where, and what is not known is refused by name."""
    with pytest.raises(RulesError) as refused:
        IpSets.parse(text, source="sets")
    assert (refused.value.line, refused.value.word) == (line, word)
    assert refused.value.source == "sets"
    assert isinstance(refused.value, UnsupportedExtension) == (word in ("hash:mac", "color"))


def test_a_node_wants_the_sets_that_its_rules_name() -> None:
    """Without the set the node is refused, with the line of the rule and the set's name."""
    with pytest.raises(RulesError, match="no ipset 'web'") as refused:
        Node(Ruleset.parse(RULES))
    assert (refused.value.line, refused.value.word) == (3, "web")


def packets() -> list[Packet]:
    """From everywhere to everything that the rules tell apart."""
    return [
        Packet(src, dst, "tcp", 4000 + dport, dport, in_iface="eth1")
        for src in ("10.244.0.5", "10.244.1.5", "10.9.9.9")
        for dst in ("10.96.0.10", "10.96.0.11")
        for dport in (80, 81)
    ]


def test_walker_exact_mode_compiled_and_columns_agree() -> None:
    """One packet, exact mode, the fast path and NumPy columns give one answer."""
    node = Node(Ruleset.parse(RULES), sets=IpSets.parse(SETS))
    sent = packets()
    ends = [node.trace(packet) for packet in sent]
    assert {trace.packet.mark for trace in ends} == {0, 1, 2}
    assert {trace.dnat for trace in ends} == {True, False}
    for packet, trace in zip(sent, ends, strict=True):
        (only,) = node.outcomes(packet)
        assert (only.label, only.destination) == (trace.label, trace.packet.destination)
        flow = address.number(packet.src), packet.sport, address.number(packet.dst), packet.dport
        end, _ = Compiled(node, packet).first(flow)
        assert (end.mark, address.text(end.dst)) == (trace.packet.mark, trace.packet.dst)
    columns = {
        "src": np.array([address.number(p.src) for p in sent]),
        "dst": np.array([address.number(p.dst) for p in sent]),
        "dport": np.array([p.dport for p in sent]),
    }
    result = node.simulate(PacketBatch(replace(sent[0], sport=4000), len(sent), columns))
    # a port that differs within one outcome of the columns is not shown
    assert result.by_label == Counter(
        trace.packet.destination if trace.dnat else trace.packet.dst for trace in ends
    )
    state = NodeState()
    for packet in sent:
        node.receive(packet, state)
    assert {k: v for k, v in result.counters.items() if k[2]} == {
        k: v for k, v in state.counters.items() if k[2]
    }


def test_counters_of_entries_depend_on_the_order_and_are_refused_in_bulk() -> None:
    """A rule that asks for an entry's counter is refused by name where order is unknown."""
    text = RULES.replace("web dst,dst -j", "web dst,dst --packets-lt 3 -j")
    node = Node(Ruleset.parse(text), sets=IpSets.parse(SETS))
    with pytest.raises(BatchUnsupported, match="-m set"):
        node.simulate(PacketBatch(packets()[0], 10))
    with pytest.raises(BatchUnsupported, match="-m set"):
        Compiled(node, packets()[0])
