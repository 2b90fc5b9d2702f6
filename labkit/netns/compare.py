"""Emulator and Linux side by side: the same rules, the same packets, every difference.

Where chance decides, the emulator is given the choices that Linux made (they stand in Linux's
trace), so that counters and addresses must be equal there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from labkit.clock import ManualClock
from labkit.model.ipset import IpSets
from labkit.model.packet import PORT_PROTOCOLS, Packet, flag_bits, protocol_number
from labkit.model.trace import Trace, Verdict
from labkit.netfilter.node import Node, stages_of
from labkit.netfilter.passage import Passage
from labkit.netfilter.state import NodeState
from labkit.netns.linux import Answer, Linux, Way, counters_of
from labkit.ruleset.tables import Ruleset
from labkit.xt.base import CERTAIN
from labkit.xt.frame import Frame

RST = 4
COUNTERS = re.compile(r"^\[\d+:\d+\] |(?<= )\[\d+:\d+\]$")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two do not agree on.  ``what`` is a packet or a rule."""

    what: str
    linux: str
    emulator: str
    number: int = 0

    def __str__(self) -> str:
        return f"{self.what}: Linux {self.linux}, emulator {self.emulator}"


@dataclass(slots=True)
class Observed:
    """The dice of one packet, thrown by Linux: what it did is in its trace and its answer."""

    frame: Frame
    answer: Answer

    def chance(self, place: tuple[str, str], threshold: int) -> bool:
        """A random rule matched exactly when it is the next one in Linux's trace.

        What is certain is not asked of Linux.
        """
        if threshold in (0, CERTAIN):
            return threshold == CERTAIN
        at, path = len(way(self.frame.events or ())), self.answer.path
        return at < len(path) and path[at] == self.frame.rule.key

    def number(self, what: str, turn: int = 0, low: int = 0) -> int:
        """The offset of a port in its range, such that Linux's port comes out."""
        source = what.startswith("src") or self.frame.proto not in PORT_PROTOCOLS
        port = self.answer.sport if source else self.answer.dport
        return (max(port - low, 0) & 0xFFFF) << 48


@dataclass(slots=True)
class Comparison:
    """One ruleset on both, with the state of each, packet by packet.

    ``traced`` asks Linux for the rules that matched: needed for random rules, slower.
    ``text`` is what Linux loads; without it, the rules as the emulator prints them.
    """

    linux: Linux
    rules: Ruleset
    backend: str
    traced: bool = True
    sets: IpSets = field(default_factory=IpSets)
    text: str = ""
    differences: list[Difference] = field(default_factory=list)
    packets: int = 0
    last: float = 0.0
    node: Node = field(init=False)
    state: NodeState = field(init=False)
    clock: ManualClock = field(init=False, default_factory=ManualClock)

    def __post_init__(self) -> None:
        text = self.text or self.rules.canonical(zero=True)
        self.rules = Ruleset.parse(text, family=self.rules.family)
        self.node = Node(
            self.rules,
            interfaces=self.linux.interfaces,
            routes=self.linux.routes,
            backend=self.backend,
            sets=self.sets,
        )
        self.state = NodeState(self.clock)
        self.linux.load(text, self.backend, self.rules.family, self.sets.text)
        if self.traced:
            self.linux.trace_rules()

    def send(
        self, packets: Sequence[Packet], hook: str = "prerouting", pauses: Sequence[float] = ()
    ) -> list[Answer]:
        """The packets through both; Linux's answers.  The emulator's clock is set by Linux's."""
        answers = self.linux.send(packets, hook=hook, pauses=pauses)
        for packet, said in zip(packets, answers, strict=True):
            self.clock.turn(max(0.0, said.at - self.last) if self.last else 0.0)
            self.last = said.at
            trace = self.ask(packet, said, hook)
            self.packets += 1
            words = unlike(packet, said, trace) or (self.traced and detour(said, trace)) or None
            if words is not None:
                self.differences.append(Difference(f"{hook} {packet}", *words, self.packets))
        return answers

    def ask(self, packet: Packet, said: Answer, hook: str) -> Trace:
        """The emulator with Linux's dice (``Node.receive`` and ``Node.emit`` throw their own)."""
        self.state.adopt(self.rules, self.backend)
        passage = Passage(self.node, self.state)
        frame = passage.begin(packet, stages_of(hook))
        if self.traced:
            frame.events = []
        frame.dice = Observed(frame, said)
        while frame.verdict is None:
            assert frame.path is not None
            passage.do(frame, frame.path.pop())
        return passage.trace(frame, self.packets)

    def finish(self) -> list[Difference]:
        """Every rule and every policy that counted differently, every line that is printed
        differently; then all differences."""
        saved = self.linux.save()
        linux = counters_of(saved)
        declared = {
            (chain.table, chain.name, 0)
            for table in self.rules.tables.values()
            for chain in table.chains.values()
        }
        texts = {rule.key: rule.canonical for rule in self.rules.rules()}
        for key in sorted(texts.keys() | declared & linux.keys()):
            ours, theirs = self.state.counters.get(key, (0, 0)), linux.get(key, (0, 0))
            if ours != theirs:
                name = f"{key[0]} {texts.get(key, f'policy of {key[1]}')}"
                self.differences.append(Difference(name, counted(theirs), counted(ours)))
        self.differences += misprints(saved, self.rules, self.backend)
        return self.differences


def misprints(saved: str, rules: Ruleset, backend: str) -> Iterator[Difference]:
    """Lines that iptables-save prints otherwise than the emulator does, counters left out."""
    theirs, ours = tables_of(saved), tables_of(rules.canonical(zero=True, backend=backend))
    for table, lines in ours.items():
        for linux, line in zip_longest(theirs.get(table, []), lines, fillvalue="nothing"):
            if linux != line:
                yield Difference(f"{table} as it is printed", linux, line)
                break


def tables_of(text: str) -> dict[str, list[str]]:
    """The lines of each table, without counters."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("*"):
            lines = found.setdefault(line, [])
        elif line.startswith((":", "-A", "[")):
            lines.append(COUNTERS.sub("", line))
    return found


def counted(figures: tuple[int, int]) -> str:
    """``3 packets, 180 bytes``."""
    return f"{figures[0]} packets, {figures[1]} bytes"


def unlike(packet: Packet, said: Answer, trace: Trace) -> tuple[str, str] | None:
    """What Linux did and what the emulator says, when they are not the same."""
    linux, ours = fate_of_answer(said), fate_of_trace(trace)
    if linux == ours:
        return None
    if said.verdict is Verdict.DROPPED and trace.verdict is Verdict.REJECTED:
        if silent(packet, trace.reject_with):
            return None
    return linux, ours


def detour(said: Answer, trace: Trace) -> tuple[str, str] | None:
    """The first place where the rules that matched are not the same on the way."""
    ours = way(trace.events)
    if ours == said.path:
        return None
    at = next(
        (i for i, (one, two) in enumerate(zip(said.path, ours, strict=False)) if one != two),
        min(len(said.path), len(ours)),
    )
    return f"went {place(said.path, at)}", f"went {place(ours, at)}"


def way(events: Iterable[Sequence[Any]]) -> Way:
    """The rules and policies on the emulator's way, as ``Answer.path`` has them."""
    return tuple(
        (table, chain, number)
        for _, table, chain, number, _, what, *_ in events
        if table and what != "miss" and (number or what == "policy")
    )


def place(path: Way, at: int) -> str:
    """``nat PREROUTING rule 3``, with its position on the way."""
    if at >= len(path):
        return f"nowhere after step {at}"
    table, chain, number = path[at]
    return f"{table} {chain} {f'rule {number}' if number else 'policy'} at step {at + 1}"


def fate_of_answer(said: Answer) -> str:
    """Linux's end of a packet in words."""
    if said.verdict is not Verdict.ACCEPTED:
        return f"{said.verdict} {said.reject_with}".strip()
    where = "local" if said.delivered_local else said.out
    return (
        f"{said.verdict} {where} {said.src} {said.sport} > {said.dst} {said.dport} "
        f"mark {said.mark:#x}"
    )


def fate_of_trace(trace: Trace) -> str:
    """The same of the emulator's."""
    if trace.verdict is not Verdict.ACCEPTED:
        return f"{trace.verdict} {trace.reject_with}".strip()
    where = "local" if trace.delivered_local else trace.out_iface
    end = trace.packet
    return (
        f"{trace.verdict} {where} {end.src} {end.sport} > {end.dst} {end.dport} mark {end.mark:#x}"
    )


def silent(packet: Packet, how: str) -> bool:
    """Whether REJECT is only a DROP: no reset answers a reset (nf_reset), no error an error."""
    number = protocol_number(packet.proto)
    if how == "tcp-reset":
        return number == 6 and bool(flag_bits(packet.flags) & RST)
    return packet.inner is not None
