"""Random packets: strangers, answers to what came through, and whole conversations."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from labkit.model.packet import FlowKey, Packet
from labkit.model.trace import Verdict
from labkit.netns.linux import Answer
from tests.linux.fuzz.worlds import PORTS, WORLDS, World

STORIES = {
    "tcp": (
        "c:SYN s:SYN,ACK c:ACK c:PSH,ACK s:ACK c:FIN,ACK s:FIN,ACK c:ACK",
        "c:SYN s:SYN,ACK c:ACK s:FIN,ACK c:ACK c:FIN,ACK s:ACK c:SYN s:SYN,ACK",
        "c:SYN s:SYN,ACK c:ACK c:ACK s:RST c:ACK c:SYN",
        "c:SYN s:RST,ACK c:SYN s:SYN,ACK",
        "c:SYN c:SYN s:SYN,ACK c:RST c:SYN",
        "c:SYN s:SYN s:SYN,ACK c:ACK",
        "c:SYN s:ACK s:SYN,ACK c:ACK c:ACK",
        "c:ACK s:ACK c:ACK c:FIN,ACK",
        "c:SYN s:icmp c:SYN s:SYN,ACK s:icmp",
    ),
    "udp": ("c: s: c: s:", "c: c: s: s:", "c: s:icmp c:"),
    "sctp": (
        "c:SYN s:SYN,ACK c:ACK s:PSH,ACK c: s: c:FIN s:FIN,ACK c:SYN",
        "c:SYN c:ACK s:SYN,ACK s: c:RST c:SYN s:SYN,ACK",
        "c:FIN,ACK c: s:RST",
        "c:SYN s:SYN,ACK c:ACK s:PSH,ACK s:FIN c:FIN,ACK s:",
        "c:SYN s:icmp s:SYN s:SYN,ACK c:SYN,ACK c:ACK s:PSH,ACK",
    ),
    "icmp": ("c: s: c: s:", "c: s:icmp c: s:"),
}
"""Who says what, in order: the client, the server, or an ICMP error from the server's side."""


def packet(luck: random.Random, world: World, hook: str) -> Packet:
    """A packet of the small world that comes in, or (``output``) is made on the node."""
    four = world.family == 4
    names = ("tcp",) * 8 + ("udp",) * 5 + ("sctp",) + (world.icmp,) * 3
    proto = luck.choice(names)
    source, iface = luck.choice(world.clients), luck.choice(("eth0", "eth0", "eth0", "eth1"))
    if hook == "output":
        source, iface = luck.choice(world.own), ""
    ports = luck.randrange(1000, 1008), luck.choice(PORTS)
    size, ttl = luck.choice((60, 80, 81, 100)), luck.choice((64, 64, 64, 63, 2))
    if not four:
        size, ttl = size + 20, 64
    dst = luck.choice(world.far)
    if "icmp" not in proto:
        return Packet(
            source,
            dst,
            proto,
            *ports,
            flags=flags(luck, proto),
            in_iface=iface,
            length=size,
            ttl=ttl,
        )
    if luck.random() < 0.12 and hook != "output":
        flow = (luck.choice(world.far), ports[1], source, ports[0])
        inner = FlowKey(luck.choice(("tcp", "udp")), *flow).reversed()
        return _error(luck, world, dst, source, inner, iface)
    kind = luck.choice((8, 8, 8, 0, 13) if four else (128, 128, 129))
    return Packet(
        source, dst, proto, ports[0], 0, in_iface=iface, length=size, ttl=ttl, icmp_type=kind
    )


def crowd(luck: random.Random, world: World, hook: str) -> list[Packet]:
    """More sources than a recent list holds, the same ones now and then."""
    if hook == "output":
        return [packet(luck, world, hook)]
    stem = "10.244.2." if world.family == 4 else "fd00:2::"
    found = []
    for _ in range(300):
        one = packet(luck, world, hook)
        if one.inner is None:
            found.append(replace(one, src=f"{stem}{luck.randrange(1, 251)}"))
    return found


def flags(luck: random.Random, proto: str) -> str:
    """TCP flags, or those that stand for a chunk of SCTP."""
    if proto == "sctp":
        return luck.choice(("SYN", "SYN", "SYN,ACK", "ACK", "PSH,ACK", "FIN,ACK", "RST", ""))
    return luck.choice(
        ("SYN", "SYN", "SYN", "ACK", "ACK", "SYN,ACK", "FIN,ACK", "RST", "RST,ACK", "")
    )


def reply(luck: random.Random, sent: Packet, said: Answer) -> list[Packet]:
    """What the other side may say to a packet that left: an answer, a reset, an ICMP error."""
    if sent.inner is not None:
        return []
    if luck.random() < 0.2 and "icmp" not in sent.proto:
        return answer("icmp", luck, sent, said)
    return answer(luck.choice(("SYN,ACK", "SYN,ACK", "RST,ACK", "ACK")), luck, sent, said)


def answer(word: str, luck: random.Random, sent: Packet, said: Answer) -> list[Packet]:
    """The answer that the word asks for, from where the packet came out; none to an answer."""
    world = WORLDS[6 if ":" in sent.src else 4]
    iface = said.out
    if word == "icmp":
        inner = FlowKey(sent.proto, said.src, said.sport, said.dst, said.dport)
        return [_error(luck, world, said.dst, said.src, inner, iface)]
    if "icmp" in sent.proto:
        kind = {8: 0, 13: 14, 128: 129}.get(sent.icmp_type)
        if kind is None:
            return []
        ports = said.sport, 0
        return [
            Packet(
                said.dst,
                said.src,
                sent.proto,
                *ports,
                icmp_type=kind,
                length=sent.length,
                in_iface=iface,
            )
        ]
    return [
        Packet(
            said.dst,
            said.src,
            sent.proto,
            said.dport,
            said.sport,
            flags=word,
            length=sent.length,
            in_iface=iface,
        )
    ]


def _error(
    luck: random.Random, world: World, src: str, dst: str, inner: FlowKey, iface: str
) -> Packet:
    """An ICMP error about a flow."""
    kind, code = luck.choice(world.errors)
    size = 100 if world.family == 4 else 140
    return Packet(
        src,
        dst,
        world.icmp,
        in_iface=iface,
        length=size,
        icmp_type=kind,
        icmp_code=code,
        inner=inner,
    )


@dataclass
class Conversation:
    """One connection that goes on for some packets.  ``seen`` is how its server sees it."""

    first: Packet
    words: list[str]
    seen: Answer | None = None

    @property
    def begun(self) -> bool:
        """Whether the server got a packet, so that it can answer."""
        return self.seen is not None and self.seen.verdict is Verdict.ACCEPTED


def conversations(luck: random.Random, world: World, hook: str, size: int) -> list[Conversation]:
    """So many new ones, all from clients or all from the node."""
    made = []
    for _ in range(size):
        first = packet(luck, world, hook)
        if first.inner is None:
            name = "icmp" if "icmp" in first.proto else first.proto
            words = luck.choice(STORIES[name]).split()
            if name == "icmp":
                first = replace(first, icmp_type=8 if world.family == 4 else 128)
            made.append(Conversation(first, words))
    return made
