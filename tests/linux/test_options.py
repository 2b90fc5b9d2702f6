"""Every option of every match and target is printed and meant as Linux prints and means it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from labkit.errors import RulesError
from labkit.model.packet import Packet
from labkit.netfilter import Node, NodeState, Route
from labkit.netns.linux import Linux
from labkit.ruleset import Ruleset
from labkit.ruleset.rule import FLAGS
from labkit.xt.icmp import NAMES, NAMES6
from labkit.xt.registry import MATCHES, TARGETS
from tests.linux.wire import require_linux

pytestmark = pytest.mark.linux
ROUTES = (Route("0.0.0.0/0", "eth1"), Route("::/0", "eth1"))
INTERFACES = {"eth0": ("192.168.77.1/24", "fd77::1/64"), "eth1": ("192.168.78.1/24", "fd78::1/64")}
NOT_MODELLED = {
    "--ctevents",
    "--expevents",
    "--helper",
    "--timeout",
    "--zone",
    "--zone-orig",
    "--zone-reply",
    "--vmethod",
    "--vportctl",
}
"""Options of -j CT and -m ipvs that the emulator has not: they are refused by name."""

PRINTED = (
    "-A INPUT -p tcp --tcp-option 5 --dport 80 --syn",
    "-A INPUT -p tcp ! --tcp-option 255 ! --sport 5",
    "-A INPUT -p sctp --chunk-types any DATA,INIT",
    "-A INPUT -p sctp ! --chunk-types all DATA:BeU,ABORT:t,HEARTBEAT --dport 5",
    "-A INPUT -p sctp --chunk-types only DATA:Bei,SHUTDOWN_COMPLETE:T,ASCONF,ASCONF_ACK,PAD",
    "-A INPUT -p sctp --chunk-types all ALL\n-A INPUT -p sctp --chunk-types any none",
    "-A INPUT -m addrtype --dst-type LOCAL --limit-iface-in",
    "-A FORWARD -m addrtype --limit-iface-out --src-type LOCAL,UNICAST ! --dst-type LOCAL",
    "-A INPUT -m conntrack --ctproto tcp --ctorigsrc 10.0.0.1 --ctorigdst 10.1.2.3/8 "
    "--ctreplsrc 10.0.0.0/255.0.255.0 ! --ctrepldst 1.2.3.4 --ctstate NEW --ctdir ORIGINAL "
    "--ctexpire 5:10 --ctstatus NONE",
    "-A INPUT -m conntrack --ctproto 17 ! --ctorigsrcport 80 --ctorigdstport 80:90 "
    "--ctreplsrcport :80 --ctrepldstport 1024:",
    "-A INPUT -m conntrack ! --ctproto all ! --ctexpire 7\n-A INPUT -m conntrack --ctexpire 7:",
    "-A INPUT -m conntrack --ctorigsrc 0.0.0.0/0 --ctorigdstport 90:80",
    "-A OUTPUT -m owner --gid-owner 5 --suppl-groups",
    "-A INPUT -m recent --rcheck --rttl --seconds 5 --reap --hitcount 2",
    "-A INPUT -m recent ! --update --rttl --rdest --name A --mask 255.255.0.0",
    "-A INPUT -j CONNMARK --set-mark 5 --left-shift-mark 3",
    "-A INPUT -j CONNMARK --set-xmark 5/0xff --right-shift-mark 31",
    "-A INPUT -j CONNMARK --save-mark --left-shift-mark 3",
    "-A INPUT -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf0 --right-shift-mark 1",
    "-A INPUT -j CONNMARK --and-mark 5 --right-shift-mark 0",
    "-A INPUT -j NFLOG --nflog-size 5 --nflog-prefix x",
    "-A INPUT -p icmp --icmp-type parameter\n-A INPUT -p icmp --icmp-type ECHO-request",
    *(f"-A INPUT -p icmp --icmp-type {name}" for name in NAMES),
)
REFUSED = (
    "-A INPUT -p tcp --tcp-option 0",
    "-A INPUT -p sctp --chunk-types none DATA",
    "-A INPUT -p sctp --chunk-types any INIT:B",
    "-A INPUT -p sctp --chunk-types any DATA:q",
    "-A INPUT -p sctp --chunk-types any NOPE",
    "-A INPUT -m addrtype --src-type LOCAL --limit-iface-out",
    "-A OUTPUT -m addrtype --src-type LOCAL --limit-iface-in",
    "-A FORWARD -m addrtype --limit-iface-out --limit-iface-in --dst-type LOCAL",
    "-A FORWARD -m addrtype --limit-iface-out",
    "-A INPUT -m conntrack --ctorigdst fd00::1",
    "-A OUTPUT -m owner --uid-owner 5 --suppl-groups",
    "-A INPUT -m recent --set --rttl",
    "-A INPUT -m recent --remove --rttl",
    "-A INPUT -j CONNMARK --left-shift-mark 3",
    "-A INPUT -j CONNMARK --restore-mark --right-shift-mark 32",
    "-A INPUT -j NFLOG --nflog-range 5 --nflog-size 5",
    "-A INPUT -p icmp --icmp-type host-u",
    "-A INPUT -j REJECT --reject-with icmp6-no-route",
    "-A INPUT -j REJECT --reject-with tcp-reset",
)


@pytest.fixture(scope="module", params=("nft", "legacy"))
def linux(request: pytest.FixtureRequest) -> Iterator[tuple[Linux, str]]:
    """A node of real Linux and the back end."""
    require_linux()
    with Linux(INTERFACES, ROUTES) as made:
        yield made, request.param


def test_no_option_is_missing(linux: tuple[Linux, str]) -> None:
    """Each option that ``iptables -m NAME --help`` names is known, or listed above with why."""
    real, _ = linux
    options = re.compile(r"--[a-z0-9][a-z0-9-]*")
    general = set(options.findall(real.run("iptables", "--help")["out"])) | {"--modprobe"}
    missing = set()
    for flag, table in (("-m", MATCHES), ("-j", TARGETS)):
        for name, kind in table.items():
            tool = "ip6tables" if name == "icmp6" else "iptables"
            done = real.run(tool, flag, name, "--help")
            own = set(options.findall(done["out"])) - general
            assert own or not kind.FLAGS or name == "state", (name, done["err"])
            missing |= {(name, one) for one in own - set(FLAGS[kind]) if one not in NOT_MODELLED}
    assert not missing


@pytest.mark.parametrize("lines", PRINTED)
def test_options_are_printed_as_iptables_save_prints_them(
    linux: tuple[Linux, str], lines: str
) -> None:
    """canonical() of each option is what the back end says after loading it."""
    real, backend = linux
    text = f"*filter\n{lines}\nCOMMIT\n"
    real.load(text, backend)
    saved = Ruleset.parse(real.save(), family=4).canonical(zero=True)
    assert Ruleset.parse(text, family=4).canonical() == saved
    plain = re.sub(r"^\[\d+:\d+\] ", "", real.save(), flags=re.M)
    assert [line for line in plain.splitlines() if line[0] == "-"] == [
        line for line in saved.splitlines() if line[0] == "-"
    ]


@pytest.mark.parametrize("name", NAMES6)
def test_icmp6_names_are_printed_as_numbers(linux: tuple[Linux, str], name: str) -> None:
    """Every name of an ICMPv6 type has the number that ip6tables gives it."""
    real, backend = linux
    text = f"*filter\n-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type {name}\nCOMMIT\n"
    real.load(text, backend, 6)
    assert Ruleset.parse(text, family=6)["filter"]["INPUT"][0].canonical in real.save()


@pytest.mark.parametrize("line", REFUSED)
def test_what_iptables_refuses_is_refused(linux: tuple[Linux, str], line: str) -> None:
    """Options that do not go together, or not there, are refused with their line."""
    real, backend = linux
    text = f"*filter\n{line}\nCOMMIT\n"
    with pytest.raises(RulesError):
        real.load(text, backend)
    with pytest.raises(RulesError) as refused:
        Ruleset.parse(text, family=4)
    assert refused.value.line == 2


CONDITIONS = (
    "-m addrtype --dst-type LOCAL --limit-iface-in",
    "-m addrtype ! --dst-type LOCAL --limit-iface-in",
    "-m addrtype --src-type UNICAST --dst-type BROADCAST --limit-iface-in",
    "-m conntrack --ctproto tcp",
    "-m conntrack ! --ctproto udp --ctorigsrc 10.0.0.1",
    "-m conntrack --ctorigdst 10.1.2.3/8",
    "-m conntrack ! --ctreplsrc 10.9.0.0/16",
    "-m conntrack --ctrepldst 10.0.0.0/255.0.255.255",
    "-m conntrack --ctorigdstport 80",
    "-m conntrack ! --ctorigsrcport 1100:2000 --ctreplsrcport 8080:",
    "-m conntrack --ctrepldstport :1023",
    "-p tcp -m conntrack --ctexpire 0",
    "-m conntrack --ctexpire 20:200",
    "-m conntrack --ctdir REPLY --ctorigdst 10.96.0.1",
    "-m conntrack --ctstatus SEEN_REPLY",
    "-p tcp --tcp-option 2",
    "-p tcp ! --tcp-option 2",
    "-p sctp --chunk-types any INIT,DATA",
    "-p sctp --chunk-types all INIT",
    "-p sctp --chunk-types all INIT,INIT_ACK",
    "-p sctp ! --chunk-types only COOKIE_ECHO",
    "-p sctp --chunk-types all NONE",
    "-p sctp --chunk-types any ALL",
    "-m connmark --mark 0x28",
    "-m connmark --mark 0x5/0xf",
    "-m mark --mark 0x2/0x2",
    "-m recent --name L --rcheck --rttl",
    "-m recent --name L --rcheck",
    "-m recent --name L --update --rttl --hitcount 3",
    "-m recent --name L --set",
    "-m recent --name L --remove",
    "-m recent --name M --set --rdest",
    "-m recent --name M --update --hitcount 2 --rdest",
)
ACTIONS = (
    "",
    "-j CONNMARK --set-mark 5 --left-shift-mark 3",
    "-j CONNMARK --set-xmark 0xf0/0xff --right-shift-mark 4",
    "-j CONNMARK --save-mark --left-shift-mark 1",
    "-j CONNMARK --restore-mark --right-shift-mark 2",
    "-j MARK --set-mark 0x3",
)


def rules_of(luck: random.Random) -> str:
    """Conditions at random in mangle, which sees every packet, and one DNAT."""
    lines = ["*nat", "-A PREROUTING -d 10.96.0.1 -j DNAT --to-destination 10.9.0.1", "COMMIT"]
    lines.append("*mangle")
    for _ in range(40):
        chain = luck.choice(("PREROUTING", "FORWARD"))
        action = luck.choice(ACTIONS) if luck.random() < 0.5 else ""
        lines.append(f"-A {chain} {luck.choice(CONDITIONS)} {action}".rstrip())
    return "\n".join((*lines, "COMMIT", ""))


def packets_of(luck: random.Random) -> list[Packet]:
    """Connections and answers, other TTLs, other protocols."""
    made = []
    for _ in range(150):
        src = luck.choice(("10.0.0.1", "10.0.0.2", "10.9.0.1"))
        dst = luck.choice(
            ("10.96.0.1", "10.9.0.1", "10.9.0.2", "192.168.77.1", "192.168.78.1", "192.168.77.255")
        )
        proto = luck.choice(("tcp", "udp", "sctp", "icmp"))
        # On a clash Linux draws a port below 1024 for one below it and above for one above, so no
        # rule may tell apart what it draws.
        ports = (0, 0) if proto == "icmp" else (luck.choice((1022, 1500)), luck.choice((80, 8080)))
        if src == "10.9.0.1":
            proto = "tcp" if proto == "sctp" else proto
            ports = ports[::-1]
            dst = luck.choice(("10.0.0.1", "10.0.0.2"))
        # SCTP's own connection tracking is not modelled beyond INIT
        flags = "SYN" if proto == "sctp" else luck.choice(("SYN", "SYN,ACK", "ACK"))
        kind = luck.choice((8, 0)) if proto == "icmp" else 8
        ttl = luck.choice((64, 64, 33))
        iface = "eth1" if src == "10.9.0.1" else "eth0"
        made.append(Packet(src, dst, proto, *ports, flags, in_iface=iface, ttl=ttl, icmp_type=kind))
    return made


@pytest.mark.parametrize("seed", range(8))
def test_options_match_what_linux_matches(linux: tuple[Linux, str], seed: int) -> None:
    """Every rule counts as on Linux, whatever the options, the connection and the TTL."""
    real, backend = linux
    luck = random.Random(seed)
    text, packets = rules_of(luck), packets_of(luck)
    rules = Ruleset.parse(text, family=4)
    real.load(text, backend)
    answers = real.send(packets)
    node = Node(rules, interfaces=INTERFACES, routes=ROUTES, backend=backend)
    state = NodeState()
    for packet, answer in zip(packets, answers, strict=True):
        trace = node.receive(packet, state)
        assert trace.packet.mark == answer.mark, (packet, trace.text())
    counted = real.counters()
    for rule in rules.rules():
        ours = state.counters.get(rule.key, (0, 0))[0]
        assert counted[rule.key][0] == ours, rule.canonical
