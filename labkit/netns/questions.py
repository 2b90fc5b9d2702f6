"""Packets that a ruleset gives a reason to send: for each address and port that it names.

For every rule a packet that it is about, one that just misses it (the next port, the address
after the network), from clients of every kind: outside, inside each network that rules name as
a source, the endpoints of DNAT, the node itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from labkit.model import address
from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netns.linux import Answer
from labkit.ruleset.tables import Rule, Ruleset
from labkit.xt.dnat import Dnat
from labkit.xt.ip import Network
from labkit.xt.multiport import Multiport
from labkit.xt.sctp import Sctp
from labkit.xt.tcp import Tcp
from labkit.xt.udp import Udp

OUTSIDE = {4: ("198.51.100.7", "203.0.113.9"), 6: ("2001:db8:1::7", "2001:db8:2::9")}
"""Somebody out there: as a client and as a destination."""

PROTOCOLS = {6: "tcp", 17: "udp", 132: "sctp", 1: "icmp", 58: "ipv6-icmp"}
OTHER_PORT = 8081
LENGTHS = {4: 60, 6: 80}
"""Bytes of a packet, enough for the headers of every protocol."""
MOST_CLIENTS = 6


@dataclass(frozen=True, slots=True)
class Target:
    """Where a packet should go."""

    dst: str
    proto: str
    dport: int


def packets(
    rules: Ruleset, local: Sequence[str], most: int = 4000
) -> tuple[list[Packet], list[Packet]]:
    """(packets that come in, packets made on the node), at most so many of each."""
    family = rules.family
    aims = list(dict.fromkeys(targets(rules, local)))
    own = [a for a in local if address.family(a) == family]
    clients = sources(rules, own)
    come, made = [], []
    for number, aim in enumerate(aims):
        sport = 20_000 + number % 40_000
        packet = Packet(clients[0], aim.dst, aim.proto, sport, aim.dport, length=LENGTHS[family])
        if aim.proto == "ipv6-icmp":
            packet = replace(packet, icmp_type=128)
        come += [replace(packet, src=client) for client in clients if client != aim.dst]
        made += [replace(packet, src=mine) for mine in own[:1]]
    return come[:most], made[:most]


def sources(rules: Ruleset, local: Sequence[str]) -> list[str]:
    """Clients: outside, in each source network and just out of it, endpoints of DNAT."""
    family = rules.family
    found = [OUTSIDE[family][0]]
    for rule in rules.rules():
        net = rule.header.src
        if net is not None and net.mask and net.family == family:
            found += [inside(net), after(net)]
    found += [aim.dst for aim in endpoints(rules)][:2]
    return [one for one in dict.fromkeys(found) if usable(one, local)][:MOST_CLIENTS]


def targets(rules: Ruleset, local: Sequence[str]) -> Iterator[Target]:
    """Every address, protocol and port that a rule names, and the nearest that it does not."""
    family = rules.family
    own = [a for a in local if address.family(a) == family][:1]
    every = [OUTSIDE[family][1], *own]
    for rule in rules.rules():
        net = rule.header.dst
        places = every
        if net is not None and net.mask and net.family == family:
            places = [inside(net), after(net)]
        proto = PROTOCOLS.get(rule.header.proto, "")
        for place in places:
            if not usable(place, ()):
                continue
            for port in {*ports(rule), OTHER_PORT}:
                for name in [proto] if proto else ["tcp", "udp"]:
                    yield Target(place, name, 0 if "icmp" in name else port)
    yield from endpoints(rules)
    yield Target(every[0], "icmp" if family == 4 else "ipv6-icmp", 0)


def endpoints(rules: Ruleset) -> list[Target]:
    """Where DNAT sends connections: packets go there directly too."""
    return [
        Target(
            address.text(wanted.low, rules.family),
            PROTOCOLS.get(rule.header.proto, "tcp"),
            wanted.port_low,
        )
        for rule in rules.rules()
        if isinstance(rule.target, Dnat)
        for wanted in [rule.target.to]
        if wanted.low is not None
    ]


def ports(rule: Rule) -> set[int]:
    """The destination ports that the rule names, at the borders of its ranges and beyond."""
    found: set[int] = set()
    for match in rule.matches:
        spans = []
        if isinstance(match, (Tcp, Udp, Sctp)) and match.dport is not None:
            spans = [match.dport]
        elif isinstance(match, Multiport):
            spans = list(match.ports)
        for span in spans:
            found |= {span.low, span.high, min(span.high + 1, 65535)}
    return found - {0}


def answers(sent: Iterable[tuple[Packet, Answer]], way_in: str) -> list[Packet]:
    """What the other side says to the packets that left: the way back through NAT."""
    found = []
    for packet, said in sent:
        if said.verdict is Verdict.ACCEPTED and said.out:
            seen = replace(
                packet, src=said.src, dst=said.dst, sport=said.sport, dport=said.dport, mark=0
            )
            if "icmp" in packet.proto:
                continue
            back = replace(seen.reply(), in_iface=said.out or way_in, length=packet.length)
            found.append(back)
    return found


def inside(net: Network) -> str:
    """An address in the network, neither its first nor its last where there are others."""
    bits = address.BITS[net.family]
    room = (1 << bits) - 1 ^ net.mask
    return address.text(net.network + (min(9, room - 1) if room > 1 else 0), net.family)


def after(net: Network) -> str:
    """The first address after the network."""
    bits = address.BITS[net.family]
    room = (1 << bits) - 1 ^ net.mask
    return address.text(min(net.network + room + 1, (1 << bits) - 1), net.family)


def usable(host: str, local: Sequence[str]) -> bool:
    """Whether Linux takes packets from and to it without a look at rules (ip_route_input)."""
    value = address.number(host)
    if host in local:
        return False
    if ":" in host:
        return value >> 120 != 0xFF and value > 1
    return 0 < value >> 24 < 224 and value >> 24 != 127
