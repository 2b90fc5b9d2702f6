"""One case of the fuzz test: a ruleset and its packets, on Linux and in the emulator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labkit.model.ipset import IpSets
from labkit.model.packet import Packet
from labkit.model.trace import Verdict
from labkit.netfilter.replay import INTERFACES, ROUTES
from labkit.netns.compare import Comparison, Difference
from labkit.netns.linux import Answer
from labkit.ruleset.tables import Ruleset
from tests.linux.fuzz.generate import ruleset
from tests.linux.fuzz.traffic import (
    Conversation,
    answer,
    conversations,
    crowd,
    flags,
    packet,
    reply,
)
from tests.linux.fuzz.worlds import WORLDS, World

SLOW_EVERY = 100
"""One case in so many has rules about seconds, and waits for Linux's clock."""

SLOW_EVERY = 100
"""One case in so many has rules about seconds, and waits for Linux's clock."""

SLOW_PACKETS = 100

MANY_LISTS = 14
"""Rules about recent lists that make crowds worth while: a list holds a hundred."""

CHANCE_EVERY = 8
"""One case in so many has rules of chance, and asks Linux for its trace."""

PAUSE = 1.3
"""Seconds between packets where Linux's clock matters: with ``--seconds 2`` no sum of pauses
comes nearer than 0.6 s to the border."""


@dataclass
class Watched:
    """A session with Linux that writes down what it was asked and what it answered."""

    linux: Any
    segments: list[tuple[str, list[Packet], list[float], list[Answer]]] = field(
        default_factory=list
    )
    saved: str = ""

    interfaces = INTERFACES
    routes = ROUTES

    def load(self, text: str, backend: str, family: int, sets: str) -> None:
        self.linux.load(text, backend, family, sets)

    def trace_rules(self) -> None:
        self.linux.trace_rules()

    def send(
        self, packets: Sequence[Packet], *, hook: str = "prerouting", pauses: Sequence[float] = ()
    ) -> list[Answer]:
        said: list[Answer] = self.linux.send(packets, hook=hook, pauses=pauses)
        self.segments.append((hook, list(packets), list(pauses), said))
        return said

    def save(self) -> str:
        self.saved = self.linux.save()
        return self.saved


@dataclass(frozen=True)
class Case:
    """What was compared."""

    seed: int
    backend: str
    family: int
    text: str
    traced: bool
    packets: int
    rules: int
    differences: list[Difference]
    watched: Watched


def by_chance(seed: int) -> bool:
    """Whether the case of this seed has rules of chance (they need a session that traces)."""
    return seed % CHANCE_EVERY == 3


def play(linux: Any, seed: int, backend: str, size: int = 250, slow: bool | None = None) -> Case:
    """Make the case of a seed, send its packets, compare everything."""
    luck = random.Random(seed)
    world = WORLDS[6 if luck.random() < 0.3 else 4]
    slow = seed % SLOW_EVERY == 7 if slow is None else slow
    traced = by_chance(seed)
    text = ruleset(luck, world, seed, slow, traced)
    rules = Ruleset.parse(text, family=world.family)
    watched = Watched(linux)
    both = Comparison(watched, rules, backend, traced, IpSets.parse(world.sets), text)  # type: ignore[arg-type]
    crowds = 0.0 if slow else 0.05 if text.count("-m recent") < MANY_LISTS else 0.25
    Player(both, luck, world, slow, crowds).play(min(size, SLOW_PACKETS) if slow else size)
    found = both.finish()
    size = sum(1 for _ in rules.rules())
    return Case(seed, backend, world.family, text, traced, both.packets, size, found, watched)


@dataclass
class Player:
    """Sends the packets of one case."""

    both: Comparison
    luck: random.Random
    world: World
    slow: bool
    crowds: float
    known: list[Packet] = field(default_factory=list)

    def play(self, size: int) -> None:
        """At least so many packets, until something differs."""
        while self.both.packets < size and not self.both.differences:
            hook = self.luck.choice(("prerouting", "prerouting", "prerouting", "output"))
            kind = self.luck.random()
            if kind < self.crowds:
                self.send(crowd(self.luck, self.world, hook), hook)
            elif kind < self.crowds + 0.4:
                self.talk(conversations(self.luck, self.world, hook, 10), hook)
            else:
                self.meet(hook)

    def send(self, packets: list[Packet], hook: str) -> list[Answer]:
        """On both; where time matters, with a pause before some."""
        pauses = [PAUSE if self.luck.random() < 0.08 else 0.0 for _ in packets]
        return self.both.send(packets, hook, pauses if self.slow else ())

    def meet(self, hook: str) -> None:
        """Strangers, answers to some of them, and those who come again."""
        luck = self.luck
        some = [packet(luck, self.world, hook) for _ in range(luck.randrange(20, 60))]
        said = self.send(some, hook)
        if hook == "prerouting":
            self.known += some
        back = [
            one
            for sent, end in zip(some, said, strict=True)
            if end.verdict is Verdict.ACCEPTED and end.out and luck.random() < 0.5
            for one in reply(luck, sent, end)
        ]
        if back:
            self.send(back, "prerouting")
        if self.known and luck.random() < 0.7:
            again = luck.choices(self.known, k=15)
            more = [replace(one, flags=flags(luck, one.proto)) for one in again]
            self.send(more, "prerouting")

    def talk(self, talks: list[Conversation], hook: str) -> None:
        """Each conversation one word further, until all are over."""
        while talks := [one for one in talks if one.words]:
            turns: dict[str, list[tuple[Conversation, Packet]]] = {}
            for one in talks:
                who, _, word = one.words.pop(0).partition(":")
                if who == "c":
                    turns.setdefault(hook, []).append((one, replace(one.first, flags=word)))
                elif one.begun and one.seen is not None:
                    side = "output" if one.seen.delivered_local else "prerouting"
                    said = answer(word, self.luck, one.first, one.seen)
                    turns.setdefault(side, []).extend((one, back) for back in said)
            for side, pairs in turns.items():
                ends = self.send([p for _, p in pairs], side)
                for (one, sent), end in zip(pairs, ends, strict=True):
                    if sent.flow == one.first.flow and not one.begun:
                        one.seen = end
