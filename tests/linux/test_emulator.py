"""The emulator against iptables in a network namespace: same rules, same packets, same counts."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.model.packet import Packet
from labkit.netfilter import NodeState
from labkit.ruleset import Ruleset
from tests.linux.wire import RealNode, emulated, real_node

pytestmark = pytest.mark.linux
SAVES = Path(__file__).parents[1] / "golden" / "saves" / "saves.json.gz"
BACKENDS = ("nft", "legacy")


@pytest.fixture(params=BACKENDS)
def node(request: pytest.FixtureRequest):
    """A fresh node of real Linux for each back end."""
    with real_node(request.param) as made:
        yield made


def both(node: RealNode, text: str, packets: list[Packet]) -> tuple[Counter, Counter]:
    """What the rules of Linux and of the emulator counted for the same packets."""
    node.load(text)
    node.send(packets)
    twin, state = emulated(text, node.backend), NodeState()
    for packet in packets:
        twin.receive(replace(packet, in_iface="cli0"), state)
    ours = Counter({rule.key: state.counters.packets(*rule.key) for rule in twin.rules.rules()})
    return Counter(node.counts()), ours


def differences(linux: Counter, ours: Counter, text: str) -> str:
    """Every rule that counted differently, for the failure message."""
    rules = {rule.key: rule.canonical for rule in Ruleset.parse(text).rules()}
    return "\n".join(
        f"Linux {linux[key]}, emulator {ours[key]}: {key} {rule}"
        for key, rule in rules.items()
        if linux[key] != ours[key]
    )


def save_of(name: str) -> str:
    """One of the committed saves."""
    text: str = json.loads(gzip.decompress(SAVES.read_bytes()))[name]
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith("#"))


def test_kube_proxys_rules_count_as_on_linux(node: RealNode) -> None:
    """With two endpoints every rule counts alike, but for the draw, which stays in its band."""
    text = save_of("base2/worker")
    total = 600
    packets = [Packet("10.244.1.9", "10.96.45.10", "tcp", 20000 + i, 80) for i in range(total)] + [
        Packet("10.244.1.2", "10.96.45.10", "tcp", 20000 + i, 443) for i in range(20)
    ]
    linux, ours = both(node, text, packets)
    drawn = [key for key in linux if "SEP" in key[1] or key[1] == "KUBE-SVC-ZZAJ2COS27FT6J6V"]
    for key in drawn:
        linux.pop(key)
        ours.pop(key)
    assert linux == ours, differences(linux, ours, text)
    chosen = node.counts()
    shares = [chosen["nat", "KUBE-SVC-ZZAJ2COS27FT6J6V", rule] for rule in (2, 3)]
    assert sum(shares) == total
    assert abs(shares[0] - total / 2) < 5 * math.sqrt(total / 4)


def test_node_client_is_masqueraded_with_the_address_of_the_way_out(node: RealNode) -> None:
    """A client that is no Pod gets MASQUERADE; Linux and emulator choose the same address."""
    text = save_of("replicas1/worker")
    packet = Packet("192.0.2.7", "10.96.45.10", "tcp", 30000, 80)
    node.load(text)
    node.send([packet])
    lines = [line for line in node.connections() if "dport=80 " in line]
    twin, state = emulated(text, node.backend), NodeState()
    trace = twin.receive(replace(packet, in_iface="cli0"), state)
    assert trace.masqueraded
    (entry,) = state.conntrack.entries(state.now)
    assert len(lines) == 1
    assert f"src={entry.reply.src} dst={entry.reply.dst} sport={entry.reply.sport}" in lines[0]


@pytest.mark.parametrize("seed", range(6))
def test_random_rulesets_count_alike(node: RealNode, seed: int) -> None:
    """Rules made at random count every packet as Linux does, and are printed as it prints."""
    luck = random.Random(seed)
    text = random_ruleset(luck)
    packets = [random_packet(luck) for _ in range(300)]
    linux, ours = both(node, text, packets)
    assert linux == ours, differences(linux, ours, text)
    saved = Ruleset.parse(node.save(counters=False))
    assert Ruleset.parse(text).canonical(zero=True) == saved.canonical(zero=True)
    assert node.save(counters=False).count("\n") == saved.canonical().count("\n")


@pytest.mark.parametrize(
    "lines",
    [
        "-A INPUT -s 10.1.2.3/8 -d 0.0.0.0/0 -p tcp --dport :80 --sport 1024: -j ACCEPT",
        "-A OWN ! -s 10.0.0.1 ! -i eth+ -o + ! -p udp -j DROP",
        '-A INPUT -m comment --comment "it\'s a \\"quoted\\" \\\\ word" -j ACCEPT',
        "-A INPUT -m comment --comment bare-word_1 -p udp -m udp -j REJECT",
        "-A INPUT -p tcp --syn -m multiport --dports 80,8000:8100 -j REJECT --reject-with tcp-reset",  # noqa: E501
        '-A INPUT -s 10.0.0.1,10.0.0.2 -d 10.1.0.0/255.255.0.0 -j LOG --log-prefix "a b"',
        "-A INPUT -j LOG --log-level info --log-uid --log-tcp-options",
        "-A INPUT -m statistic --mode nth --every 3 --packet 1 -j RETURN",
        "-A INPUT -m statistic --mode random ! --probability 0.3333333333 -j ACCEPT",
        "-A INPUT -m recent --rcheck --seconds 60 --hitcount 3 --reap --rdest -j DROP",
        "-A INPUT -m conntrack ! --ctstate ESTABLISHED,NEW,SNAT -m state --state RELATED,NEW -j DROP",  # noqa: E501
        "-A INPUT -m addrtype ! --src-type LOCAL,UNICAST -m mark ! --mark 0x10 -g OWN",
        "-A INPUT -p tcp ! --dport 80 ! --tcp-flags SYN,RST SYN -j OWN",
        "-A INPUT -m conntrack --ctstate NEW",
        "-A INPUT -m limit --limit 5/min --limit-burst 7 -j ACCEPT",
        "-A INPUT -m limit -j ACCEPT\n-A INPUT -m limit --limit 90/minute\n-A INPUT -m limit "
        "--limit 24/day\n-A INPUT -m limit --limit 7/hour\n-A INPUT -m limit --limit 100/s",
        "-A INPUT -p icmp --icmp-type ping -j ACCEPT\n-A INPUT -p icmp -m icmp ! --icmp-type 3/1\n"
        "-A INPUT -p icmp -m icmp --icmp-type any",
        "-A INPUT -m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.1.0.1-10.1.0.2",
        "-A INPUT -m length ! --length 20:100 -m ttl --ttl-lt 5\n-A INPUT -m ttl ! --ttl 64",
        "-A OUTPUT -m owner ! --uid-owner 0-99 --gid-owner 5\n-A OUTPUT -m owner --socket-exists",
        "-A INPUT -m connmark ! --mark 0x1/0xff\n-A INPUT -m connmark --mark 7",
        '-A INPUT -j NFLOG --nflog-group 3 --nflog-prefix "a b" --nflog-threshold 5\n-A INPUT -j NFLOG',  # noqa: E501
        "-A INPUT -m physdev ! --physdev-in eth0 --physdev-is-bridged",
        "-A INPUT -m conntrack --ctstatus ASSURED,SEEN_REPLY --ctdir REPLY -j ACCEPT",
        "-A INPUT -p sctp -m sctp --dport 80:90 --sport 5 -j ACCEPT",
        "-A INPUT -p icmp -j REJECT --reject-with host-prohib\n-A INPUT -p 47 -j DROP",
    ],
)
def test_a_rule_is_printed_as_iptables_save_prints_it(node: RealNode, lines: str) -> None:
    """canonical() is what iptables-save says after loading the same text."""
    text = f"*filter\n:OWN - [0:0]\n{lines}\nCOMMIT\n"
    node.load(text)
    assert Ruleset.parse(text).canonical() == node.save(counters=False)


@pytest.mark.parametrize(
    "lines",
    [
        "-A PREROUTING -j MARK --set-mark 0x10/0xf0\n-A PREROUTING -j MARK --and-mark 0xff",
        "-A PREROUTING -j MARK --or-mark 0x4000\n-A PREROUTING -j MARK --xor-mark 0x4000",
        "-A PREROUTING -j CONNMARK --set-mark 3/7\n-A PREROUTING -j CONNMARK --save-mark\n"
        "-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf0",
        "-A PREROUTING -j CONNMARK --save-mark --mask 0xff\n-A PREROUTING -j CONNMARK --or-mark 4",
    ],
)
def test_mark_spellings(node: RealNode, lines: str) -> None:
    """All five ways to change a mark are printed as --set-xmark, as Linux does."""
    text = f"*mangle\n{lines}\nCOMMIT\n"
    node.load(text)
    assert Ruleset.parse(text).canonical() == node.save(counters=False)


@pytest.mark.parametrize(
    "lines",
    [
        "-A PREROUTING -p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9:80-90 --random",
        "-A PREROUTING -p tcp -j REDIRECT --to-ports 8080",
        "-A POSTROUTING -p tcp -j MASQUERADE --to-ports 1024-2047 --random-fully",
        "-A POSTROUTING -j SNAT --to-source 10.0.0.1 --persistent",
        "-A PREROUTING -p tcp -j DNAT --to-destination :8080",
        "-A PREROUTING -d 10.1.0.0/16 -j NETMAP --to 10.2.0.0/16\n-A PREROUTING -j NETMAP --to 1.2.3.4",  # noqa: E501
    ],
)
def test_nat_spellings(node: RealNode, lines: str) -> None:
    """NAT targets are printed as iptables-save prints them."""
    text = f"*nat\n{lines}\nCOMMIT\n"
    node.load(text)
    assert Ruleset.parse(text).canonical() == node.save(counters=False)


@pytest.mark.parametrize(
    "lines",
    ["-A PREROUTING -j CT --notrack", "-A OUTPUT -j NOTRACK", "-A PREROUTING -p tcp -j TRACE"],
)
def test_raw_spellings(node: RealNode, lines: str) -> None:
    """Targets of table raw are printed as iptables-save prints them."""
    text = f"*raw\n{lines}\nCOMMIT\n"
    node.load(text)
    assert Ruleset.parse(text).canonical() == node.save(counters=False)


def test_marks_of_connections_and_untracked_packets(node: RealNode) -> None:
    """CONNMARK, connmark, CT --notrack and NETMAP count as on Linux, packet after packet."""
    text = (
        "*raw\n-A PREROUTING -p udp --dport 53 -j CT --notrack\nCOMMIT\n"
        "*mangle\n-A PREROUTING -m connmark --mark 0x5\n"
        "-A PREROUTING -m connmark --mark 0x5 -j CONNMARK --restore-mark\n"
        "-A PREROUTING -m mark --mark 0x5\n-A PREROUTING -p tcp -j MARK --set-mark 5\n"
        "-A PREROUTING -p tcp --dport 80 -j CONNMARK --save-mark\n"
        "-A PREROUTING -m conntrack --ctstate UNTRACKED\n"
        "-A FORWARD -d 10.2.0.7 -m conntrack --ctstate DNAT\nCOMMIT\n"
        "*nat\n-A PREROUTING -d 10.1.0.0/16 -j NETMAP --to 10.2.0.0/16\nCOMMIT\n"
    )
    luck = random.Random(9)
    packets = [
        Packet(
            "10.244.1.5",
            luck.choice(["10.1.0.7", "8.8.8.8"]),
            luck.choice(["tcp", "udp"]),
            luck.randrange(3000, 3006),
            luck.choice([80, 53]),
            flags=luck.choice(["SYN", "ACK"]),
        )
        for _ in range(200)
    ]
    linux, ours = both(node, text, packets)
    assert linux == ours, differences(linux, ours, text)


def test_recent_list_forgets_the_oldest_of_more_than_a_hundred(node: RealNode) -> None:
    """With 130 sources the list of 100 turns over exactly as in the kernel."""
    text = (
        "*raw\n-A PREROUTING -m recent --rcheck --name seen\n"
        "-A PREROUTING -m recent --update --seconds 600 --hitcount 2 --name seen\n"
        "-A PREROUTING -m recent --set --name seen\n"
        "-A PREROUTING -p tcp --dport 81 -m recent --remove --name seen\nCOMMIT\n"
    )
    luck = random.Random(5)
    packets = [
        Packet(
            f"10.244.7.{luck.randrange(1, 131)}",
            "203.0.113.9",
            "tcp",
            2000 + i,
            luck.choice([80, 80, 80, 81]),
        )
        for i in range(900)
    ]
    linux, ours = both(node, text, packets)
    assert linux == ours, differences(linux, ours, text)


def test_range_of_addresses_is_chosen_by_the_kernels_hash(node: RealNode) -> None:
    """DNAT to a range gives each source the address that Linux gives it."""
    text = (
        "*nat\n-A PREROUTING -d 198.51.100.1 -j DNAT --to-destination 10.9.0.1-10.9.0.77\n"
        "-A PREROUTING -d 198.51.100.2 -j DNAT --to-destination 10.9.0.1-10.9.0.77 --persistent\n"
        "COMMIT\n"
    )
    packets = [
        Packet(f"10.244.1.{i}", f"198.51.100.{1 + i % 2}", "udp", 5000, 53) for i in range(2, 60)
    ]
    node.load(text)
    node.send(packets)
    real = {
        line.split("src=")[1].split()[0]: line.split("src=")[2].split()[0]
        for line in node.connections()
        if "dst=198.51.100." in line
    }
    twin, state = emulated(text, node.backend), NodeState()
    for packet in packets:
        twin.receive(replace(packet, in_iface="cli0"), state)
    ours = {e.original.src: e.reply.src for e in state.conntrack.entries(state.now)}
    assert real == ours
    assert len(set(ours.values())) > 10


def test_a_taken_port_is_replaced(node: RealNode) -> None:
    """Two clients with the same port behind one address: the second gets another port."""
    text = "*nat\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n"
    packets = [Packet(f"10.244.1.{i}", "203.0.113.9", "udp", 4444, 53) for i in (5, 6)]
    node.load(text)
    node.send(packets)
    real = sorted(
        line.rsplit("dport=", 1)[1].split()[0] == "4444"
        for line in node.connections()
        if "203.0.113.9" in line
    )
    twin, state = emulated(text, node.backend), NodeState()
    for packet in packets:
        twin.receive(replace(packet, in_iface="cli0"), state)
    ours = sorted(e.reply.dport == 4444 for e in state.conntrack.entries(state.now))
    assert real == ours == [False, True]


STORIES = [
    "c:SYN",
    "c:SYN s:SYN,ACK",
    "c:SYN s:SYN,ACK c:ACK",
    "c:SYN s:RST,ACK",
    "c:SYN s:SYN",
    "c:SYN s:SYN,ACK c:ACK c:FIN,ACK",
    "c:SYN s:SYN,ACK c:ACK s:FIN,ACK c:ACK",
    "c:SYN s:SYN,ACK c:ACK c:FIN,ACK s:FIN,ACK c:ACK",
    "c:SYN s:SYN,ACK c:ACK s:RST",
    "c:SYN s:SYN,ACK c:ACK c:FIN,ACK s:ACK s:FIN,ACK c:ACK c:SYN",
    "c:ACK",
    "c:SYN,ACK",
    "c:RST",
    "c:FIN,ACK",
    "c:ACK s:ACK",
    "c:SYN c:ACK",
    "c:SYN s:ACK",
    "c:SYN c:RST",
    "c:SYN s:SYN,ACK c:RST c:SYN",
    "c:SYN s:SYN,ACK c:ACK c:SYN",
    "c:SYN s:SYN s:SYN,ACK",
]


def test_tcp_states_follow_the_kernel(node: RealNode) -> None:
    """After each story of segments conntrack shows the same state on both sides."""
    text = (
        "*nat\n-A PREROUTING -d 10.96.0.1 -p tcp -j DNAT --to-destination 203.0.113.9:8080\n"
        "COMMIT\n*filter\n-A FORWARD -m conntrack --ctstate NEW\n"
        "-A FORWARD -m conntrack --ctstate INVALID\n"
        "-A FORWARD -m conntrack --ctstate ESTABLISHED\n"
        "-A FORWARD -m conntrack --ctstate DNAT\nCOMMIT\n"
    )
    node.load(text)
    node.inside("node", "sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_be_liberal=1")
    twin, state = emulated(text, node.backend), NodeState()
    real, ours = {}, {}
    for number, story in enumerate(STORIES):
        for word in story.split():
            who, flags = word.split(":")
            there = Packet("10.244.1.5", "10.96.0.1", "tcp", 6000 + number, 80, flags=flags)
            back = Packet("203.0.113.9", "10.244.1.5", "tcp", 8080, 6000 + number, flags=flags)
            packet, iface, host = (there, "cli0", "client") if who == "c" else (back, "up0", "sink")
            node.send([packet], host)
            twin.receive(replace(packet, in_iface=iface), state)
        for lines, found in ((node.connections(), real), (state.conntrack_lines(), ours)):
            found[story] = [_shown(line) for line in lines if _port(line) == 6000 + number]
    assert ours == real
    counted = node.counts()
    for rule in range(1, 5):
        assert counted["filter", "FORWARD", rule] == state.counters.packets(
            "filter", "FORWARD", rule
        ), f"rule {rule} of FORWARD"


def _port(line: str) -> int:
    return int(line.split("sport=")[1].split()[0])


def _shown(line: str) -> tuple[str, int, bool, bool]:
    """State, the time-out that is running, and the two signs."""
    words = line.split()
    timeout = min(t for t in (10, 30, 60, 120, 300, 432000) if t >= int(words[2]))
    return words[3], timeout, "[UNREPLIED]" in line, "[ASSURED]" in line


def test_nesting_that_iptables_nft_refuses_is_refused(node: RealNode) -> None:
    """Both back ends' limits of nested chains are the emulator's limits."""
    for depth in (14, 15, 16, 40):
        lines = ["*filter", *(f":C{i} - [0:0]" for i in range(depth)), "-A FORWARD -j C0"]
        lines += [f"-A C{i} -j C{i + 1}" for i in range(depth - 1)]
        text = "\n".join([*lines, "COMMIT", ""])
        refused = False
        try:
            emulated(text, node.backend)
        except Exception:
            refused = True
        assert node.refuses(text) == refused, f"{depth} chains"


NETS = ["10.244.1.0/24", "10.244.1.2", "203.0.113.0/28", "203.0.113.9", "10.96.0.0/16", "8.8.8.8"]


def random_packet(luck: random.Random) -> Packet:
    """A packet from a small world, so that rules do match."""
    proto = luck.choice(["tcp", "tcp", "udp", "icmp"])
    ports = (luck.randrange(1000, 1010), luck.choice([22, 53, 79, 80, 81, 443]))
    if proto == "icmp":
        ports = (luck.randrange(1000, 1010), 0)
    return Packet(
        f"10.244.1.{luck.randrange(2, 8)}",
        luck.choice(["203.0.113.9", "203.0.113.200", "10.96.0.1", "8.8.8.8"]),
        proto,
        *ports,
        flags=luck.choice(["SYN", "SYN", "ACK", "RST", "FIN,ACK"]),
        length=luck.choice([60, 100]),
        ttl=luck.choice([2, 64]),
    )


def random_ruleset(luck: random.Random) -> str:
    """Tables raw, mangle and filter with chains of their own; no jump goes back."""
    tables = []
    for table, hooks, ends in (
        ("raw", ["PREROUTING"], ["ACCEPT", "DROP"]),
        ("mangle", ["PREROUTING", "FORWARD", "POSTROUTING"], ["ACCEPT"]),
        ("filter", ["FORWARD"], ["ACCEPT", "DROP", "REJECT"]),
    ):
        own = [f"C{i}" for i in range(5)]
        lines = [f"*{table}"]
        lines += [f":{hook} {luck.choice(['ACCEPT', 'ACCEPT', 'DROP'])} [0:0]" for hook in hooks]
        lines += [f":{name} - [0:0]" for name in own]
        for place, chain in [(-1, hook) for hook in hooks] + list(enumerate(own)):
            for _ in range(luck.randrange(2, 7)):
                rule = f"-A {chain} {random_match(luck, chain)}"
                later = own[place + 1 :]
                what = luck.randrange(10)
                if what < 4 and later:
                    rule += f" -{luck.choice('jjg')} {luck.choice(later)}"
                elif what == 4:
                    rule += f" -j {luck.choice(ends)}"
                elif what == 5:
                    rule += " -j RETURN"
                elif what < 8 and table == "mangle":
                    how = luck.choice(["set", "set-x", "and", "or", "xor"]).replace("set-x", "setx")
                    flag = "--set-xmark" if how == "setx" else f"--{how}-mark"
                    rule += f" -j MARK {flag} {luck.randrange(16):#x}"
                lines.append(rule)
        tables.append("\n".join([*lines, "COMMIT"]))
    return "\n".join(tables) + "\n"


def random_match(luck: random.Random, chain: str) -> str:
    """Some matches in one rule; nth before and after others, since it counts even so."""
    parts = []
    if luck.random() < 0.4:
        parts.append(f"{luck.choice(['', '! '])}-s {luck.choice(NETS)}")
    if luck.random() < 0.3:
        parts.append(f"{luck.choice(['', '! '])}-d {luck.choice(NETS)}")
    if luck.random() < 0.1 and chain != "POSTROUTING":
        parts.append(luck.choice(["-i cli0", "-i cli+", "! -i cli0", "-i up+"]))
    if luck.random() < 0.3:
        parts.append(
            f"-m statistic --mode nth {luck.choice(['', '! '])}--every 3 --packet "
            f"{luck.randrange(3)}"
        )
    kind = luck.random()
    if kind < 0.3:
        flag = luck.choice(
            [
                "--dport 80",
                "! --dport 80",
                "--dport 53:80",
                "--sport :1004",
                "--syn",
                "! --syn",
                "--tcp-flags SYN,ACK,FIN ACK,FIN",
            ]
        )
        parts.append(f"-p tcp -m tcp {flag}")
    elif kind < 0.5:
        parts.append(f"-p udp -m udp --dport {luck.choice(['53', '80:', '22:79'])}")
    elif kind < 0.6:
        parts.append(
            "-p tcp -m multiport "
            f"{luck.choice(['', '! '])}{luck.choice(['--dports', '--ports'])} "
            "80,443,1003:1005"
        )
    elif kind < 0.65:
        parts.append(luck.choice(["! -p tcp", "-p icmp", "-p icmp -m icmp --icmp-type 8"]))
    if luck.random() < 0.25:
        parts.append(
            f"-m mark {luck.choice(['', '! '])}--mark {luck.randrange(8):#x}"
            f"{luck.choice(['', '/0x7', '/0x3'])}"
        )
    if luck.random() < 0.2:
        parts.append(
            luck.choice(
                [
                    "-m length --length 61:",
                    "-m length ! --length 60",
                    "-m ttl --ttl-eq 64",
                    "-m ttl --ttl-gt 3",
                    "-m iprange --src-range 10.244.1.3-10.244.1.5",
                    "-m iprange ! --dst-range 8.8.0.0-10.0.0.0",
                    "-m connmark --mark 0",
                    "-m conntrack --ctstate NEW",
                    "-m conntrack ! --ctstate INVALID,UNTRACKED",
                    "-m physdev ! --physdev-is-bridged",
                ]
            )
        )
    if luck.random() < 0.15:
        parts.append(f"-m addrtype {luck.choice(['', '! '])}--dst-type LOCAL,UNICAST")
    return " ".join(parts)
