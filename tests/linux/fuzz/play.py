"""One case of the fuzz test: a ruleset and its packets, on Linux and in the emulator."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labkit.model.packet import FlowKey, Packet
from labkit.model.trace import Verdict
from labkit.netfilter.replay import INTERFACES, ROUTES
from labkit.netns.compare import Comparison, Difference
from labkit.netns.linux import Answer
from labkit.ruleset.tables import Key, Ruleset
from tests.linux.fuzz.generate import PAUSE, WORLDS, Maker, packet

SLOW_EVERY = 100
"""One case in so many has rules about seconds, and waits for Linux's clock."""

Segment = tuple[str, list[Packet], list[float]]


@dataclass
class Watched:
    """A session with Linux that writes down what it was asked and what it answered."""

    linux: Any
    segments: list[tuple[str, list[Packet], list[float], list[Answer]]] = field(
        default_factory=list
    )
    counted: dict[Key, tuple[int, int]] = field(default_factory=dict)

    interfaces = INTERFACES
    routes = ROUTES

    def load(self, text: str, backend: str, family: int) -> None:
        self.linux.load(text, backend, family)

    def trace_rules(self) -> None:
        raise AssertionError("the fuzz test has no random rules")

    def send(
        self, packets: Sequence[Packet], *, hook: str = "prerouting", pauses: Sequence[float] = ()
    ) -> list[Answer]:
        said: list[Answer] = self.linux.send(packets, hook=hook, pauses=pauses)
        self.segments.append((hook, list(packets), list(pauses), said))
        return said

    def counters(self) -> Mapping[Key, tuple[int, int]]:
        self.counted = dict(self.linux.counters())
        return self.counted


@dataclass(frozen=True)
class Case:
    """What was compared."""

    seed: int
    backend: str
    family: int
    text: str
    packets: int
    rules: int
    differences: list[Difference]
    watched: Watched


def play(linux: Any, seed: int, backend: str, size: int = 250, slow: bool | None = None) -> Case:
    """Make the case of a seed, send its packets, compare everything."""
    luck = random.Random(seed)
    world = WORLDS[6 if luck.random() < 0.3 else 4]
    slow = seed % SLOW_EVERY == 7 if slow is None else slow
    text = Maker(luck, world, seed, slow).ruleset()
    rules = Ruleset.parse(text, family=world.family)
    watched = Watched(linux)
    both = Comparison(watched, rules, backend, traced=False)  # type: ignore[arg-type]
    if slow:
        return slowly(both, watched, luck, world, seed, backend, text)
    known: list[Packet] = []
    while both.packets < size:
        hook = luck.choice(("prerouting", "prerouting", "prerouting", "output"))
        some = [packet(luck, world, hook) for _ in range(luck.randrange(20, 60))]
        said = both.send(some, hook)
        if hook == "prerouting":
            known += some
        back = [
            answer
            for one, end in zip(some, said, strict=True)
            if end.verdict is Verdict.ACCEPTED and end.out and luck.random() < 0.5
            for answer in replies(luck, one, end)
        ]
        if back:
            both.send(back)
        if known and luck.random() < 0.7:
            more = [
                replace(one, flags=luck.choice(("ACK", "ACK", "FIN,ACK", "RST", "SYN")))
                for one in luck.choices(known, k=15)
            ]
            both.send(more)
    found = both.finish()
    return Case(
        seed, backend, world.family, text, both.packets, len(list(rules.rules())), found, watched
    )


def slowly(
    both: Comparison,
    watched: Watched,
    luck: random.Random,
    world: Any,
    seed: int,
    backend: str,
    text: str,
) -> Case:
    """Few packets, with pauses in between, for rules about seconds."""
    some = [packet(luck, world, "prerouting") for _ in range(40)]
    pauses = [PAUSE if luck.random() < 0.15 else 0.0 for _ in some]
    both.send(some, "prerouting", pauses)
    size = sum(1 for _ in both.rules.rules())
    return Case(seed, backend, world.family, text, both.packets, size, both.finish(), watched)


def replies(luck: random.Random, sent: Packet, said: Answer) -> list[Packet]:
    """What the other side may say to a packet that left: an answer, a reset, an ICMP error."""
    four = ":" not in sent.src
    kind = luck.random()
    seen = replace(sent, src=said.src, dst=said.dst, sport=said.sport, dport=said.dport, mark=0)
    if "icmp" in sent.proto:
        if sent.icmp_type not in (8, 128):
            return []
        back = Packet(
            said.dst,
            said.src,
            sent.proto,
            said.sport,
            0,
            icmp_type=0 if four else 129,
            length=sent.length,
        )
    elif kind < 0.2:
        inner = FlowKey(sent.proto, said.src, said.sport, said.dst, said.dport)
        back = Packet(
            said.dst,
            said.src,
            "icmp" if four else "ipv6-icmp",
            length=120,
            icmp_type=3 if four else 1,
            icmp_code=1 if four else 4,
            inner=inner,
        )
    else:
        flags = luck.choice(("SYN,ACK", "SYN,ACK", "RST,ACK", "ACK"))
        back = seen.reply(flags)
    return [replace(back, in_iface=said.out)]
