"""Linux's answers, written down once: cases that any machine can hold the emulator against.

``python -m tests.linux.fuzz.record`` makes ``recording.json.gz`` anew (it needs Linux).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from labkit.model.ipset import IpSets
from labkit.model.packet import FlowKey, Packet
from labkit.model.trace import Verdict
from labkit.netfilter.replay import INTERFACES, ROUTES
from labkit.netns.compare import Comparison, Difference
from labkit.netns.linux import Answer, Linux
from labkit.ruleset.tables import Key, Ruleset
from tests.linux.fuzz.play import Case, by_chance, play
from tests.linux.fuzz.worlds import WORLDS

RECORDING = Path(__file__).with_name("recording.json.gz")
FIELDS = (
    "src",
    "dst",
    "proto",
    "sport",
    "dport",
    "flags",
    "in_iface",
    "length",
    "ttl",
    "icmp_type",
    "icmp_code",
)
NOTEWORTHY = 20
"""Milliseconds of a segment that are worth writing down."""

SLOW = 8
"""So many of the cases have rules about seconds."""


@dataclass
class Recorded:
    """Answers like ``Linux``, from the recording; ``send`` must be called as it was then."""

    case: Mapping[str, Any]
    at: int = 0
    now: float = 1.0
    release: str = ""
    interfaces: Mapping[str, Iterable[str]] = field(default_factory=lambda: INTERFACES)
    routes: Any = ROUTES

    def load(self, text: str, backend: str, family: int, sets: str) -> None:
        """The rules are those of the recording."""

    def trace_rules(self) -> None:
        """The trace is in the recording."""

    def send(
        self, packets: Sequence[Packet], *, hook: str = "prerouting", pauses: Sequence[float] = ()
    ) -> list[Answer]:
        """What Linux answered."""
        segment = self.case["segments"][self.at]
        self.at += 1
        answers = [answer_of(p, said) for p, said in zip(packets, segment["answers"], strict=True)]
        waits = segment["waits"] or [0] * len(answers)
        for number, wait in enumerate(waits):
            self.now += wait / 1000
            answers[number] = replace(answers[number], at=self.now)
        if not self.case["ways"]:
            return answers
        return [
            replace(said, path=tuple(map(tuple, (self.case["ways"][at] for at in way))))
            for said, way in zip(answers, segment["paths"], strict=True)
        ]

    def save(self) -> str:
        """What ``iptables-save -c`` printed in the end."""
        saved: str = self.case["saved"]
        return saved


def replayed(case: Mapping[str, Any]) -> Iterable[Difference]:
    """The emulator against one recorded case; stops at the first packet that differs."""
    rules = Ruleset.parse(case["text"], family=case["family"])
    sets = IpSets.parse(WORLDS[case["family"]].sets)
    traced, text = bool(case["ways"]), case["text"]
    both = Comparison(Recorded(case), rules, case["backend"], traced, sets, text)  # type: ignore[arg-type]
    for segment in case["segments"]:
        both.send([packet_of(p) for p in segment["packets"]], segment["hook"])
        if both.differences:
            return both.differences
    return both.finish()


def written(case: Case, family: int) -> dict[str, Any]:
    """A case that was played on Linux, as plain data.

    Where it was traced, ``ways`` are the rules that matched, and the paths are numbers in it.
    """
    ways: dict[Key, int] = {}
    return {
        "seed": case.seed,
        "backend": case.backend,
        "family": family,
        "text": case.text,
        "segments": [
            {
                "hook": hook,
                "waits": waits(last, answers),
                "packets": [packet_as(p) for p in packets],
                "answers": [answer_as(p, a) for p, a in zip(packets, answers, strict=True)],
                "paths": [[ways.setdefault(k, len(ways)) for k in a.path] for a in answers]
                if case.traced
                else [],
            }
            for last, (hook, packets, _, answers) in zip(
                [0.0, *(answers[-1].at for *_, answers in case.watched.segments)],
                case.watched.segments,
                strict=False,
            )
        ],
        "ways": list(ways),
        "saved": only(case.watched.saved, case.text),
    }


def waits(last: float, answers: Sequence[Answer]) -> list[int]:
    """Milliseconds before each packet; nothing when it was quick."""
    times = [round(1000 * at) for at in (last or answers[0].at, *(one.at for one in answers))]
    found = [now - then for then, now in pairwise(times)]
    return found if sum(found) >= NOTEWORTHY else []


def only(saved: str, text: str) -> str:
    """Of a save the tables that stand in the text (empty ones are left from earlier cases)."""
    tables = re.findall(r"^\*.*?^COMMIT\n", saved, re.M | re.S)
    return "".join(table for table in tables if f"{table.split()[0]}\n" in text)


def packet_as(packet: Packet) -> list[Any]:
    """A packet as a list; the flow that an ICMP error quotes comes last."""
    inner = packet.inner
    quoted = [inner.proto, inner.src, inner.sport, inner.dst, inner.dport] if inner else None
    return [*(getattr(packet, name) for name in FIELDS), quoted]


def packet_of(data: list[Any]) -> Packet:
    """And back."""
    inner = FlowKey(*data[-1]) if data[-1] else None
    return Packet(**dict(zip(FIELDS, data[:-1], strict=True)), inner=inner)


def answer_as(packet: Packet, said: Answer) -> list[Any]:
    """An answer as a list; addresses that are those of the packet are left out."""
    end = [said.src, said.sport, said.dst, said.dport]
    same = end == [packet.src, packet.sport, packet.dst, packet.dport]
    return [
        said.verdict.value,
        None if same else end,
        said.mark,
        said.out,
        said.delivered_local,
        said.reject_with,
    ]


def answer_of(packet: Packet, data: list[Any]) -> Answer:
    """And back."""
    verdict, end, mark, out, local, told = data
    src, sport, dst, dport = end or (packet.src, packet.sport, packet.dst, packet.dport)
    return Answer(Verdict(verdict), src, sport, dst, dport, mark, out, local, told)


def cases() -> list[dict[str, Any]]:
    """The committed recording."""
    found: list[dict[str, Any]] = json.loads(gzip.decompress(RECORDING.read_bytes()))
    return found


def main() -> int:
    """Ask Linux and write the recording."""
    parser = argparse.ArgumentParser(prog="python -m tests.linux.fuzz.record", description=__doc__)
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--packets", type=int, default=120)
    parser.add_argument("--first", type=int, default=50_000)
    options = parser.parse_args()
    made = []
    with Linux(INTERFACES, ROUTES) as plain, Linux(INTERFACES, ROUTES) as traced:
        for number in range(options.cases):
            seed = options.first + number
            backend = ("nft", "legacy")[number // 2 % 2]
            linux = traced if by_chance(seed) else plain
            case = play(linux, seed, backend, options.packets, slow=number < SLOW)
            if case.differences:
                print(f"seed {seed}: {case.differences[0]}", file=sys.stderr)
                return 1
            made.append(written(case, case.family))
    text = json.dumps(made, separators=(",", ":")).encode()
    RECORDING.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{len(made)} cases, {RECORDING.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
