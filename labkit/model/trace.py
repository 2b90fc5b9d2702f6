"""What happened to a packet: verdicts, steps, traces, and exact outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from labkit.model.packet import Packet, Snap, picture
from labkit.model.step import Step, Verdict
from labkit.model.tracetext import render


def _step(
    lang: str,
    start: Packet,
    hook: str,
    table: str,
    chain: str,
    number: int,
    rule: Any,
    what: Any,
    before: Snap,
    after: Snap,
    depth: int,
    note: Any,
) -> Step:
    """A step from what the walker noted: texts are made only now, when somebody looks.

    A note may be a text, a function that makes it, or a pair of texts, English and Spanish.
    """
    if isinstance(note, tuple):
        note = note[lang == "es"]
    word = note() if callable(note) else str(note or "")
    what = getattr(what, "value", what)
    if what == "continue":
        what = "match"
    elif what == "accept" and table == "nat" and word.partition(" ")[0] != "ACCEPT":
        what = "nat"
    return Step(
        hook,
        table,
        chain,
        number,
        "" if rule is None else str(rule),
        what,
        picture(start, before),
        picture(start, after),
        depth,
        word,
    )


@dataclass(frozen=True, slots=True)
class Trace:
    """One packet's way through one node.

    ``packet`` is the packet as it leaves (after NAT).  ``reject_with`` is the type of the
    refusal (``icmp-port-unreachable``, ``tcp-reset``, ``icmp-net-unreachable`` when there is
    no route) and empty unless the verdict is REJECTED.  ``out_iface`` and ``via`` (next hop,
    empty when the destination is on the link) say where it goes; ``delivered_local`` that
    a process of the node gets it.  ``ctstate`` is the packet's state: NEW, ESTABLISHED,
    RELATED, INVALID, UNTRACKED.  ``service`` is the Service that the DNAT rule's comment names.
    """

    start: Packet
    packet: Packet
    verdict: Verdict
    reject_with: str = ""
    delivered_local: bool = False
    out_iface: str = ""
    via: str = ""
    ctstate: str = "NEW"
    dnat: bool = False
    masqueraded: bool = False
    service: str = ""
    ordinal: int = 0
    events: tuple[tuple[Any, ...], ...] = field(default=(), repr=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order (made when asked for: most packets are never looked at)."""
        return self.steps_in("en")

    def steps_in(self, lang: str) -> tuple[Step, ...]:
        """The steps with their notes in a language (en or es)."""
        return tuple(_step(lang, self.start, *event) for event in self.events)

    @property
    def accepted(self) -> bool:
        """Whether the packet got through."""
        return self.verdict is Verdict.ACCEPTED

    @property
    def label(self) -> str:
        """Where it ended, in a few words; the same for the same fate."""
        return fate(self)

    def text(self, lang: str = "en") -> str:
        """The way of the packet, for reading in a terminal (``lang``: en or es)."""
        return render(self, lang)

    def as_dict(self) -> dict[str, Any]:
        """The trace as plain data, ready for JSON."""
        return {
            "start": str(self.start),
            "packet": str(self.packet),
            "source": self.packet.source,
            "destination": self.packet.destination,
            "verdict": self.verdict.value,
            "rejectWith": self.reject_with,
            "deliveredLocal": self.delivered_local,
            "outInterface": self.out_iface,
            "via": self.via,
            "ctstate": self.ctstate,
            "dnat": self.dnat,
            "masqueraded": self.masqueraded,
            "service": self.service,
            "steps": [
                {
                    "hook": s.hook,
                    "table": s.table,
                    "chain": s.chain,
                    "number": s.number,
                    "rule": s.rule,
                    "what": s.what,
                    "note": s.note,
                    "depth": s.depth,
                    "before": str(s.before),
                    "after": str(s.after),
                }
                for s in self.steps
            ],
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """One possible end of a packet's way, with its exact probability.

    The probability is ``numerator / 2**exponent``: thresholds are kept in 31 bits by the
    kernel (xt_statistic), so every probability is such a number.
    """

    verdict: Verdict
    destination: str
    numerator: int
    exponent: int
    reject_with: str = ""
    masqueraded: bool = False
    dnat: bool = False
    delivered_local: bool = False
    source: str = ""
    out_iface: str = ""
    service: str = ""

    @property
    def probability(self) -> Fraction:
        """The exact probability."""
        return Fraction(self.numerator, 1 << self.exponent)

    @property
    def label(self) -> str:
        """Where it ended, in a few words."""
        return fate(self)

    def __float__(self) -> float:
        return float(self.probability)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Every possible end of a packet's way; the probabilities sum to exactly 1.

    Raises ``ValueError`` when they do not: that would be a bug of the emulator.
    """

    packet: Packet
    all: tuple[Outcome, ...]

    def __post_init__(self) -> None:
        exponent = max((o.exponent for o in self.all), default=0)
        total = sum(o.numerator << (exponent - o.exponent) for o in self.all)
        if total != 1 << exponent:
            raise ValueError(f"the outcomes of {self.packet} sum to {total}/2**{exponent}")

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, label: str) -> Fraction:
        """The probability of everything with this label (0 when there is none)."""
        return sum((o.probability for o in self.all if o.label == label), Fraction(0))

    @property
    def by_destination(self) -> dict[str, Fraction]:
        """Destination (address and port) of what is accepted -> probability."""
        return self._sums(lambda o: o.destination if o.verdict is Verdict.ACCEPTED else "")

    @property
    def by_label(self) -> dict[str, Fraction]:
        """Label -> probability."""
        return self._sums(lambda o: o.label)

    def _sums(self, key: Any) -> dict[str, Fraction]:
        sums: dict[str, Fraction] = {}
        for outcome in self.all:
            name = key(outcome)
            if name:
                sums[name] = sums.get(name, Fraction(0)) + outcome.probability
        return sums


def fate(end: Trace | Outcome) -> str:
    """``default/web -> 10.244.1.5:8080 (masqueraded)``, ``rejected icmp-port-unreachable`` ..."""
    if end.verdict is Verdict.REJECTED:
        return f"rejected {end.reject_with}"
    if end.verdict is Verdict.DROPPED:
        return "dropped"
    goal = end.packet.destination if isinstance(end, Trace) else end.destination
    text = f"{end.service} -> {goal}" if end.service else goal
    if end.delivered_local:
        text += " (local)"
    return f"{text} (masqueraded)" if end.masqueraded else text


__all__ = ["Outcome", "Outcomes", "Step", "Trace", "Verdict", "fate"]
