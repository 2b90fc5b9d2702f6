"""The match on what IPVS translates."""

from __future__ import annotations

import pytest

from labkit.ipvs import read_table
from labkit.model.packet import Packet
from labkit.netfilter.ipvsnode import IpvsNode
from labkit.ruleset.tables import Ruleset

TABLE = "-A -t 10.96.0.10:80 -s rr\n-a -t 10.96.0.10:80 -r 10.244.1.2:8080 -m -w 1\n"

# Options of -m ipvs in filter OUTPUT -> whether a packet that IPVS sends on is dropped there.
ASKED = [
    ("--ipvs", True),
    ("! --ipvs", False),
    ("--vaddr 10.96.0.10", True),
    ("--vaddr 10.96.0.0/24", True),
    ("! --vaddr 10.96.0.10", False),
    ("--vproto 6 --vaddr 10.96.0.10 --vport 80", True),
    ("--vproto 17 --vaddr 10.96.0.10", False),
    ("--vport 81", False),
    ("! --vport 81", True),
    ("--vdir REPLY", False),
    ("--vdir ORIGINAL", True),
]


@pytest.mark.parametrize(("words", "drops"), ASKED)
def test_what_ipvs_sends_on(words: str, drops: bool) -> None:
    """All that is asked must hold of the virtual server (libxt_ipvs(8)); others never match."""
    rules = f"*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m ipvs {words} -j DROP\nCOMMIT\n"
    node = IpvsNode(read_table(TABLE), rules=rules)
    served = Packet("10.244.1.9", "10.96.0.10", sport=40000, dport=80)
    assert (node.trace(served).label == "dropped") is drops
    other = Packet("10.0.0.1", "10.244.1.9", sport=40000, dport=80)
    assert (node.trace(other, hook="output").label == "dropped") is (words == "! --ipvs")


def test_words_are_kept() -> None:
    """A rule is written as iptables-save does: protocol as a number, in front."""
    line = "-A OUTPUT -m ipvs --vaddr 10.96.0.10 --vproto tcp --vport 80 -j DROP"
    text = f"*filter\n:OUTPUT ACCEPT [0:0]\n{line}\nCOMMIT\n"
    saved = "-A OUTPUT -m ipvs --vproto 6 --vaddr 10.96.0.10 --vport 80 -j DROP"
    assert saved in Ruleset.parse(text).render().splitlines()
