"""Each match, packet by packet: what the kernel's source says must match, and what must not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from labkit.clock import ManualClock
from labkit.errors import BatchUnsupported
from labkit.model import address
from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netfilter import Node, NodeState
from labkit.netfilter.batch import PacketBatch
from labkit.ruleset import Ruleset

TCP = Packet("10.0.0.5", "10.1.0.7", "tcp", 2000, 80, in_iface="eth1", mark=0x4001, length=60)
UDP = replace(TCP, proto="udp")
PING = replace(TCP, proto="icmp", sport=9, dport=0)

# (words of the rule, packets that match, packets that do not)
TABLE: list[tuple[str, list[Packet], list[Packet]]] = [
    ("", [TCP, UDP, PING], []),
    ("-s 10.0.0.4/30", [TCP, replace(TCP, src="10.0.0.7")], [replace(TCP, src="10.0.0.8")]),
    ("! -s 10.0.0.4/30", [replace(TCP, src="10.0.0.8")], [TCP]),
    ("-d 10.1.0.7", [TCP], [replace(TCP, dst="10.1.0.6")]),
    ("! -d 10.1.0.7", [replace(TCP, dst="10.1.0.6")], [TCP]),
    ("-s 10.0.0.5/255.0.0.255", [replace(TCP, src="10.9.9.5")], [replace(TCP, src="10.0.0.6")]),
    ("-i eth1", [TCP], [replace(TCP, in_iface="eth10"), replace(TCP, in_iface="")]),
    ("-i eth+", [TCP, replace(TCP, in_iface="eth")], [replace(TCP, in_iface="veth1")]),
    ("! -i eth1", [replace(TCP, in_iface="cbr0"), replace(TCP, in_iface="")], [TCP]),
    ("-o eth0", [TCP], []),
    ("! -o eth+", [], [TCP]),
    ("-p udp", [UDP], [TCP]),
    ("! -p udp", [TCP, PING], [UDP]),
    ("-p 47", [replace(TCP, proto="gre", dport=0)], [TCP]),
    (
        "-p tcp --dport 80:90",
        [TCP, replace(TCP, dport=90)],
        [replace(TCP, dport=79), replace(TCP, dport=91), UDP],
    ),
    (
        "-p tcp --sport :2000 ! --dport 22",
        [TCP],
        [replace(TCP, sport=2001), replace(TCP, dport=22)],
    ),
    ("-p tcp --syn", [TCP], [replace(TCP, flags="SYN,ACK"), replace(TCP, flags="RST")]),
    ("-p tcp ! --tcp-flags ALL SYN", [replace(TCP, flags="SYN,PSH")], [TCP]),
    ("-p tcp --tcp-flags SYN,FIN NONE", [replace(TCP, flags="ACK")], [TCP]),
    ("-p udp --dport 80", [UDP], [TCP, replace(UDP, dport=81)]),
    ("-p udp ! --sport 1:1999", [UDP], [replace(UDP, sport=1999)]),
    ("-p sctp --dport 80", [replace(TCP, proto="sctp")], [replace(TCP, proto="sctp", dport=1)]),
    ('-m comment --comment "any text"', [TCP, UDP, PING], []),
    ("-m mark --mark 0x4000/0x4000", [TCP], [replace(TCP, mark=1)]),
    ("-m mark ! --mark 0x4001", [replace(TCP, mark=0x4000)], [TCP]),
    ("-m mark --mark 0x4001/0x4000", [], [TCP]),  # the value is not masked (xt_mark.c:39)
    ("-m conntrack --ctstate NEW", [TCP, UDP, PING], [replace(TCP, flags="RST")]),
    ("-m conntrack --ctstate INVALID", [replace(TCP, flags="RST")], [TCP]),
    ("-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT", [TCP], []),
    ("-m conntrack --ctstatus NONE", [], [TCP, replace(TCP, flags="RST")]),
    ("-m conntrack --ctdir ORIGINAL ! --ctstatus NONE", [TCP], [replace(TCP, flags="RST")]),
    ("-m state --state NEW,RELATED", [TCP], [replace(TCP, flags="FIN")]),
    ("-m addrtype --src-type UNICAST", [TCP], []),
    ("-m addrtype --src-type LOCAL", [], [TCP]),
    ("-m addrtype ! --src-type LOCAL --dst-type UNICAST", [TCP], []),
    ("-m addrtype ! --src-type UNICAST --dst-type UNICAST", [], [TCP]),
    ("-p tcp -m multiport --dports 22,79:80", [TCP], [replace(TCP, dport=81)]),
    (
        "-p tcp -m multiport --ports 2000",
        [TCP, replace(TCP, sport=1, dport=2000)],
        [replace(TCP, sport=1)],
    ),
    ("-p tcp -m multiport ! --sports 2000,2002", [replace(TCP, sport=2001)], [TCP]),
    ("-p icmp --icmp-type echo-request", [PING], []),
    ("-p icmp ! --icmp-type 8/1", [PING], [replace(PING, icmp_code=1)]),
    ("-m iprange --src-range 10.0.0.5-10.0.0.6", [TCP], [replace(TCP, src="10.0.0.7")]),
    ("-m iprange ! --dst-range 10.1.0.8-10.1.0.9", [TCP], [replace(TCP, dst="10.1.0.8")]),
    ("-m length --length 60:100", [TCP], [replace(TCP, length=59), replace(TCP, length=101)]),
    ("-m ttl --ttl-gt 62", [TCP], [replace(TCP, ttl=63)]),
    ("-m ttl --ttl-lt 63", [replace(TCP, ttl=63)], [TCP]),
    ("-m ttl ! --ttl-eq 63", [replace(TCP, ttl=9)], [TCP]),
    ("-m connmark --mark 0", [TCP], [replace(TCP, flags="RST")]),
    ("-m physdev ! --physdev-is-bridged", [TCP], []),
    ("-m physdev --physdev-in eth1", [], [TCP]),
    ("-m nfacct --nfacct-name counted", [TCP, UDP], []),
    ("-m statistic --mode random --probability 1", [TCP], []),
    ("-m statistic --mode random --probability 0", [], [TCP]),
    ("-m statistic --mode random ! --probability 0", [TCP], []),
]
ROWS = [
    pytest.param(words, packet, hit, id=f"{words or 'nothing'}-{hit}-{i}")
    for words, yes, no in TABLE
    for hit, packets in ((True, yes), (False, no))
    for i, packet in enumerate(packets)
]


def node_of(words: str, hook: str = "FORWARD") -> Node:
    """A node that drops what the words match."""
    text = f"*filter\n-A {hook} {words} -j DROP\nCOMMIT\n"
    return Node(Ruleset.parse(text), addresses=["192.0.2.1"])


@pytest.mark.parametrize(("words", "packet", "hit"), ROWS)
def test_packet(words: str, packet: Packet, hit: bool) -> None:
    """The rule matches exactly the packets that it should."""
    trace = node_of(words).trace(packet)
    assert (trace.verdict is Verdict.DROPPED) == hit, trace.text()


@pytest.mark.parametrize(("words", "packet", "hit"), ROWS)
def test_the_same_as_outcome_and_in_columns(words: str, packet: Packet, hit: bool) -> None:
    """Exact mode and NumPy mode give the same answer, the latter also with arrays."""
    node = node_of(words)
    (only,) = node.outcomes(packet)
    assert (only.verdict is Verdict.DROPPED) == hit
    columns: dict[str, Any] = {
        "src": np.full(3, address.number(packet.src)),
        "mark": np.full(3, packet.mark),
        "dst": np.full(3, address.number(packet.dst)),
        "dport": np.full(3, packet.dport),
        "sport": np.full(3, packet.sport),
    }
    for batch in (PacketBatch(packet, 3), PacketBatch(packet, 3, columns)):
        ((end, count),) = node.simulate(batch).outcomes
        assert (count, end.verdict is Verdict.DROPPED) == (3, hit)


def test_owner_is_that_of_the_local_sender() -> None:
    """uid and gid match for local packets; a packet from elsewhere has no owner."""
    node = node_of("-m owner --uid-owner 1000-1999 ! --gid-owner 5", "OUTPUT")
    local = Packet("192.0.2.1", "10.0.0.1", "tcp", 1, 80, uid=1500, gid=6)
    for packet, hit in (
        (local, True),
        (replace(local, uid=2000), False),
        (replace(local, gid=5), False),
        (replace(local, uid=None, gid=None), False),
    ):
        assert (node.trace(packet, hook="output").verdict is Verdict.DROPPED) == hit


def test_nth_takes_every_third_from_the_second_on() -> None:
    """--every 3 --packet 1 takes packets 1, 4, 7 ..., and counts what later tests refuse."""
    node, state = node_of("-m statistic --mode nth --every 3 --packet 1 -s 10.0.0.5"), NodeState()
    taken = [node.receive(TCP, state).verdict is Verdict.DROPPED for _ in range(9)]
    assert taken == [False, True, False] * 3
    node, state = node_of("-m statistic --mode nth ! --every 2 --packet 0"), NodeState()
    taken = [node.receive(TCP, state).verdict is Verdict.DROPPED for _ in range(4)]
    assert taken == [False, True, False, True]


def test_limit_lets_a_burst_through_and_then_the_rate() -> None:
    """A burst of 2 at once, then one for each 10 s."""
    node, clock = node_of("-m limit --limit 6/minute --limit-burst 2"), ManualClock()
    state = NodeState(clock=clock)
    taken = []
    for pause in (0, 0, 0, 9.9, 0.2, 0, 100, 0, 0):
        clock.turn(pause)
        taken.append(node.receive(TCP, state).verdict is Verdict.DROPPED)
    assert taken == [True, True, False, False, True, False, True, True, False]


def test_recent_by_destination_and_network() -> None:
    """--rdest lists destinations, --mask whole networks; --remove takes them off."""
    text = (
        "*filter\n-A FORWARD -p tcp -m recent --set --name d --rdest --mask 255.255.255.0\n"
        "-A FORWARD -p udp -m recent --remove --name d --rdest --mask 255.255.255.0 -j RETURN\n"
        "-A FORWARD -p icmp -m recent --rcheck --name d --rdest --mask 255.255.255.0 -j DROP\n"
        "COMMIT\n"
    )
    node, state = Node(Ruleset.parse(text)), NodeState()
    told = []
    for packet in (
        PING,
        TCP,
        replace(PING, dst="10.1.0.99"),
        replace(PING, dst="10.1.1.7"),
        replace(UDP, dst="10.1.0.1"),
        PING,
    ):
        told.append(node.receive(packet, state).verdict is Verdict.DROPPED)
    assert told == [False, False, True, False, False, False]


def test_recent_reaps_one_old_address_only() -> None:
    """--reap removes the address touched longest ago, one at a time."""
    text = (
        "*filter\n-A FORWARD -p tcp -m recent --set --name d\n"
        "-A FORWARD -p udp -m recent --rcheck --seconds 10 --reap --name d -j DROP\nCOMMIT\n"
    )
    node, clock = Node(Ruleset.parse(text)), ManualClock()
    state = NodeState(clock=clock)
    for last in (1, 2, 3):
        node.receive(replace(TCP, src=f"10.0.0.{last}"), state)
    clock.turn(11)
    assert node.receive(replace(UDP, src="10.0.0.3"), state).accepted
    assert len(state.memory.read(("recent", "d"))) == 2


@pytest.mark.parametrize(
    "words",
    [
        "-m recent --set",
        "-m statistic --mode nth --every 2 --packet 0",
        "-m limit",
    ],
)
def test_numpy_mode_names_what_it_refuses(words: str) -> None:
    """Order-dependent matches are refused by name."""
    name = words.split()[1]
    with pytest.raises(BatchUnsupported, match=name):
        node_of(words).simulate(PacketBatch(TCP, 2))


def test_nfacct_counts_packets_and_bytes() -> None:
    """The named counter is that of ``nfacct list``."""
    node, state = node_of("-m nfacct --nfacct-name lost"), NodeState()
    node.receive(TCP, state)
    node.receive(replace(TCP, length=100), state)
    assert state.nfacct() == {"lost": (2, 160)}
