"""Rules that were looked at and did not match, in a trace."""

from __future__ import annotations

import pytest

from labkit.model.packet import Packet
from labkit.netfilter import Node
from labkit.netfilter.traversed import traversed
from labkit.ruleset import Ruleset

RULES = Ruleset.parse("""*nat
:KUBE-SVC - [0:0]
:A - [0:0]
:B - [0:0]
:C - [0:0]
-A PREROUTING -d 10.96.0.9 -j KUBE-SVC
-A PREROUTING -d 10.96.0.1 -j KUBE-SVC
-A PREROUTING -j RETURN
-A KUBE-SVC -s 10.9.9.9 -j MARK --set-mark 1
-A KUBE-SVC -m statistic --mode random --probability 0.33333333349 -j A
-A KUBE-SVC -p tcp -m statistic --mode random --probability 0.5 -j B
-A KUBE-SVC -j C
-A A -j DNAT --to-destination 10.0.0.1
-A B -j DNAT --to-destination 10.0.0.2
-A C -p udp -j RETURN
-A C -j DNAT --to-destination 10.0.0.3
COMMIT
""")
PACKET = Packet("10.244.0.1", "10.96.0.1", "tcp", 40000, 80)


def test_a_draw_that_failed_is_shown() -> None:
    """The draws before the one that hit are in the trace, and no other rule that missed."""
    seen = set()
    for ordinal in range(60):
        trace = Node(RULES).trace(PACKET, ordinal=ordinal)
        missed = [(s.chain, s.number, s.note) for s in trace.steps if s.what == "miss"]
        chosen = int(trace.packet.dst[-1])
        assert missed == [("KUBE-SVC", 1 + n, "chance") for n in range(1, chosen)]
        assert trace.text("en").count("the draw fell otherwise") == chosen - 1
        assert trace.text("es").count("el sorteo decidió que no") == chosen - 1
        seen.add(chosen)
    assert seen == {1, 2, 3}


@pytest.mark.parametrize("ordinal", range(8))
def test_every_rule_that_was_looked_at(ordinal: int) -> None:
    """With ``every`` the trace holds as many rules as Linux looks at, and the same end."""
    node = Node(RULES)
    short = node.trace(PACKET, ordinal=ordinal)
    full = node.trace(PACKET, ordinal=ordinal, every=True)
    rules = [step for step in full.steps if step.number]
    assert len(rules) == traversed(RULES, short.events) == traversed(RULES, full.events)
    assert full.packet == short.packet
    assert [s for s in full.steps if s.what != "miss"] == [
        s for s in short.steps if s.what != "miss"
    ]
    assert [(s.table, s.chain, s.number) for s in rules][:2] == [
        ("nat", "PREROUTING", 1),
        ("nat", "PREROUTING", 2),
    ]
