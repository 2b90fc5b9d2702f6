"""``-m set`` against real ipsets: the same sets, rules and packets, the same counters."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator

import pytest

from labkit.errors import RulesError
from labkit.model.ipset import KINDS, IpSets
from labkit.model.packet import Packet
from labkit.netfilter import Node, NodeState, Route
from labkit.netns.linux import Linux
from labkit.ruleset import Ruleset
from tests.linux.wire import require_linux
from tests.support import need

pytestmark = pytest.mark.linux
ROUTES = (Route("0.0.0.0/0", "eth1"), Route("::/0", "eth1"))
INTERFACES = {"eth0": ("192.168.77.1/24", "fd77::1/64"), "eth1": ("192.168.78.1/24", "fd78::1/64")}

SETS = """
create ip hash:ip
add ip 10.0.0.1
add ip 10.0.0.2
create ip24 hash:ip netmask 24
add ip24 10.1.0.0
create net hash:net counters
add net 10.0.0.0/8
add net 10.1.0.0/16 nomatch
add net 10.1.0.7
create port hash:ip,port counters
add port 10.0.0.1,80-82
add port 10.0.0.1,udp:53 packets 5 bytes 300
add port 10.0.0.2,icmp:echo-request
add port 10.0.0.2,gre:0
add port 10.0.0.2,sctp:80
create pair hash:ip,port,ip
add pair 10.0.0.1,tcp:80,10.0.0.2
add pair 10.1.0.7,udp:53,10.1.0.7
create from hash:ip,port,net
add from 10.0.0.1,tcp:80,10.1.0.0/16
add from 10.0.0.1,tcp:80,10.1.0.7 nomatch
create netport hash:net,port
add netport 10.1.0.0/16,udp:53
create netif hash:net,iface
add netif 10.0.0.0/8,eth0
create some bitmap:ip range 10.0.0.0-10.0.0.255
add some 10.0.0.2
create bare bitmap:port range 0-65535
add bare 80-81
create list list:set size 8
add list ip
add list net
create ip6 hash:ip family inet6
add ip6 fd00::1
create port6 hash:ip,port family inet6
add port6 fd00::1,icmpv6:echo-request
add port6 fd00::1,tcp:80
"""

HOSTS = ("10.0.0.1", "10.0.0.2", "10.0.0.9", "10.1.0.7", "10.1.0.8", "11.0.0.1")
HOSTS6 = ("fd00::1", "fd00::2")
EXTRAS = (
    "--return-nomatch",
    "! --update-counters",
    "--packets-gt 6",
    "--packets-lt 8",
    "! --packets-eq 7 ! --update-counters",
    "--bytes-gt 400 --packets-lt 20",
    "! --update-subcounters --packets-eq 0",
)


@pytest.fixture(params=("nft", "legacy"))
def linux(request: pytest.FixtureRequest) -> Iterator[tuple[Linux, str]]:
    """A node of real Linux with the sets in it, and the back end."""
    require_linux()
    if not shutil.which("ipset"):
        need("linux", False, "no ipset (apt install ipset)")
    with Linux(INTERFACES, ROUTES) as made:
        done = made.run("ipset", "restore", stdin=SETS)
        if done["status"]:
            need("linux", False, f"this Linux has not all kinds of sets: {done['err']}")
        yield made, request.param


def rules_of(luck: random.Random, family: int) -> str:
    """Rules that only count, each with a set, sides and options drawn at random."""
    sets = IpSets.parse(SETS)
    lines = ["*raw", ":PREROUTING ACCEPT [0:0]"]
    for _ in range(60):
        name = luck.choice([n for n, s in sets.items() if s.family in (0, family)])
        sides = [luck.choice(("src", "dst")) for _ in range(luck.randint(1, 4))]
        if luck.random() < 0.7:
            sides = [luck.choice(("src", "dst")) for _ in KINDS[sets[name].kind]]
        extra = f" {luck.choice(EXTRAS)}" if luck.random() < 0.4 and family == 4 else ""
        no = luck.choice(("", "! "))
        lines.append(f"-A PREROUTING -m set {no}--match-set {name} {','.join(sides)}{extra}")
    return "\n".join((*lines, "COMMIT", ""))


def packet_of(luck: random.Random, hosts: tuple[str, ...]) -> Packet:
    """A packet between some of the addresses."""
    proto = luck.choice(("tcp", "udp", "ipv6-icmp" if ":" in hosts[0] else "icmp", "sctp"))
    ports = (80, 81, 53, 9999)
    src, dst = luck.choice(hosts), luck.choice(hosts)
    kind = 128 if proto == "ipv6-icmp" else 8
    sport, dport = luck.choice(ports), luck.choice(ports)
    if "icmp" in proto:
        sport = dport = 0
    return Packet(src, dst, proto, sport, dport, in_iface="eth0", icmp_type=kind)


@pytest.mark.parametrize("seed", range(6))
def test_sets_take_the_packets_that_linux_takes(linux: tuple[Linux, str], seed: int) -> None:
    """Every kind of set, any sides, negation, nomatch entries and counters: all counts alike."""
    real, backend = linux
    luck = random.Random(seed)
    family = 6 if seed == 5 else 4
    text = rules_of(luck, family)
    packets = [packet_of(luck, HOSTS6 if family == 6 else HOSTS) for _ in range(200)]
    rules = Ruleset.parse(text, family=family)
    real.load(text, backend, family)
    assert rules.canonical() == Ruleset.parse(real.save(), family=family).canonical(zero=True)
    real.send(packets)
    node = Node(
        rules, interfaces=INTERFACES, routes=ROUTES, backend=backend, sets=IpSets.parse(SETS)
    )
    state = NodeState()
    for packet in packets:
        node.receive(packet, state)
    counted = real.counters()
    for rule in rules.rules():
        # in IPv6 the packets on the wire are longer than the 60 bytes the emulator is told
        packets_only = slice(None) if family == 4 else slice(1)
        ours = state.counters.get(rule.key, (0, 0))
        assert counted[rule.key][packets_only] == ours[packets_only], rule.canonical


@pytest.mark.parametrize(
    "words",
    [
        "--match-set nosuch src",
        "--match-set ip6 src",
        "--match-set ip foo",
        "--match-set ip src,",
        "--match-set ip SRC",
        "--match-set ip",
        "",
        "--match-set ip src --match-set net dst",
        "--match-set net src --packets-lt 5 --packets-gt 2",
        "--match-set net src ! --packets-lt 5",
        "--match-set ip src,dst,src,dst,src,dst,src",
    ],
)
def test_what_iptables_refuses_is_refused(linux: tuple[Linux, str], words: str) -> None:
    """A set that is not there, of the other family, with wrong sides or options twice."""
    real, backend = linux
    text = f"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set {words} -j ACCEPT\nCOMMIT\n"
    with pytest.raises(RulesError):
        real.load(text, backend)
    with pytest.raises(RulesError) as refused:
        Node(Ruleset.parse(text, family=4), backend=backend, sets=IpSets.parse(SETS))
    assert refused.value.line == 3


def test_a_saved_set_is_read_as_it_stands(linux: tuple[Linux, str]) -> None:
    """What ``ipset save`` prints is read back to the same sets as what was restored."""
    real, _ = linux
    saved = IpSets.parse(real.run("ipset", "save")["out"])
    written = IpSets.parse(SETS)
    assert set(saved) == set(written)
    for name, one in saved.items():
        assert one.entries == written[name].entries, name
        assert one.masks == written[name].masks
        assert one.counts == written[name].counts
