"""Reading: ipvsadm's two forms, ipset save, and the rules; errors say where."""

from __future__ import annotations

import pytest

from labkit.errors import RulesError, UnsupportedExtension
from labkit.ipvs import IpvsTable, RealServer, VirtualServer, read_table
from labkit.netfilter.ipvsnode import IpvsNode
from tests.unit.ipvs.cluster import texts

# From the documentation of kube-proxy and from ipvsadm -Ln on a node.
LISTED = """IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.10:53 rr persistent 10800
  -> 10.244.0.2:53                Masq    1      0          0
  -> 10.244.0.3:53                Masq    0      3          2
TCP  [fd00::a]:443 mh (mh-port)
  -> [fd00:1::5]:6443             Masq    1      0          0
UDP  10.96.0.10:53 wrr
"""


def test_listing() -> None:
    """Address, weight, persistence and flags of a listing are read."""
    assert read_table(LISTED) == IpvsTable(
        (
            VirtualServer(
                "tcp",
                "10.96.0.10",
                53,
                "rr",
                10800,
                (),
                (RealServer("10.244.0.2", 53), RealServer("10.244.0.3", 53, 0)),
            ),
            VirtualServer(
                "tcp", "fd00::a", 443, "mh", 0, ("mh-port",), (RealServer("fd00:1::5", 6443),)
            ),
            VirtualServer("udp", "10.96.0.10", 53, "wrr"),
        )
    )


def test_both_forms_say_the_same() -> None:
    """The rule form and the listing of one node hold the same virtual and real servers."""
    made = texts()
    rules, listed = read_table(made.servers), read_table(made.listing)

    def by_key(table: IpvsTable) -> dict[object, object]:
        return {v.key: (v.scheduler, v.persistence, set(v.servers)) for v in table}

    assert by_key(rules) == by_key(listed) and len(rules) == 13


BAD = [
    ("-A -t 10.96.0.10:80 -s lblc", "lblc"),
    ("-A -t 10.96.0.10 -s rr", "10.96.0.10"),
    ("-A -t 10.96.0.10:80 -s rr -p soon", "soon"),
    ("-A -t 10.96.0.10:80 -s rr\n-A -t 10.96.0.10:80 -s rr", "line 2"),
    ("-a -t 10.96.0.10:80 -r 10.244.0.2:80 -m", "line 1"),
    ("-A -t 10.96.0.10:80 -s rr\n-a -t 10.96.0.10:80 -r 10.244.0.2:80 -g", "-g"),
    ("-A -t 10.96.0.10:80 -s rr\n-a -t 10.96.0.10:80 -r 10.244.0.2:80 -m -x 5", "-x"),
    ("TCP  10.96.0.10:80 rr\n  -> 10.244.0.2:80 Route 1 0 0", "Route"),
    ("hello there", "hello"),
    ("-A -t 10.96.0.10:80 -s rr -b mh-sort", "mh-sort"),
]


@pytest.mark.parametrize(("text", "word"), BAD)
def test_bad_table_is_refused_by_name(text: str, word: str) -> None:
    """What cannot be read is an error that names it, never passed over."""
    with pytest.raises(RulesError, match=word.replace("(", "")):
        read_table(text)


BAD_RULES = [
    ("-A KUBE-SERVICES -m time --timestart 8:00 -j ACCEPT", "time"),
    ("-A KUBE-SERVICES -m set --match-set NOBODY dst -j ACCEPT", "NOBODY"),
    ("-A KUBE-SERVICES -m ipvs --vmethod TUN -j ACCEPT", "--vmethod"),
    ("-A KUBE-SERVICES -m ipvs --vaddr 10.0.0.300 -j ACCEPT", "10.0.0.300"),
    ("-A KUBE-SERVICES -s", "-s"),
    ("flush", "flush"),
]


@pytest.mark.parametrize(("line", "word"), BAD_RULES)
def test_bad_rule_is_refused_by_name(line: str, word: str) -> None:
    """A rule around IPVS that is not understood is refused, never taken to match."""
    with pytest.raises(RulesError, match=word):
        IpvsNode(IpvsTable(), rules=f"*nat\n:KUBE-SERVICES - [0:0]\n{line}\nCOMMIT\n")


def test_bad_set_is_refused() -> None:
    """Unknown kinds, misfitting entries and other lines of ipset are errors with their line."""
    with pytest.raises(UnsupportedExtension, match="hash:mac"):
        IpvsNode(IpvsTable(), sets="create A hash:mac\n")
    with pytest.raises(RulesError, match="line 2"):
        IpvsNode(IpvsTable(), sets="create A hash:ip,port\nadd A 10.0.0.1\n")
    with pytest.raises(RulesError, match="swap"):
        IpvsNode(IpvsTable(), sets="swap A B\n")
