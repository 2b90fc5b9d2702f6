"""Who answered: read from what the backend's Pods say, kept in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from labkit.lab import verdict
from labkit.lab.verdict import Judgement
from labkit.model.balance import Balance
from labkit.words import Language, Words, by_words

SENTENCE = re.compile(r"Hello from Pod (?P<pod>\S+) on node (?P<node>\S+)")
LITERAL = "$(HOSTNAME)"
"""What the seed's manifest answers instead of the Pod's name: nothing expands it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: which Pod gave it, on which node, and the node of the client that asked."""

    pod: str
    node: str
    client_node: str


@dataclass(frozen=True, slots=True)
class Place:
    """A backend Pod and the node it runs on."""

    pod: str
    node: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in their order, and the ``places`` that could have answered.

    ``literal`` tells that the Pods could not say their names (the seed's ``$(HOSTNAME)``) and
    were told apart by their nodes.
    """

    items: tuple[Answer, ...]
    places: tuple[Place, ...]
    language: Language = "en"
    literal: bool = False
    odds: Mapping[str, Fraction] | None = None

    def __len__(self) -> int:
        return len(self.items)

    @property
    def labels(self) -> tuple[str, ...]:
        """The Pods' names in the order of their answers."""
        return tuple(item.pod for item in self.items)

    @property
    def pods(self) -> tuple[str, ...]:
        """All Pods that could have answered, then any others that did."""
        return tuple(dict.fromkeys((*(place.pod for place in self.places), *self.labels)))

    def tally(self) -> dict[str, int]:
        """How often each Pod answered; a Pod that never did is in there with 0."""
        return {pod: self.labels.count(pod) for pod in self.pods}

    def nodes(self) -> dict[str, str]:
        """The node of each Pod."""
        known = {place.pod: place.node for place in self.places}
        return known | {item.pod: item.node for item in self.items}

    @property
    def switches(self) -> int:
        """How often an answer came from another Pod than the answer before."""
        return verdict.switches(self.labels)

    def judge(self) -> Judgement:
        """Random or round robin?"""
        return verdict.judge(self.labels, self.pods)

    def with_odds(self, odds: Mapping[str, Fraction] | None) -> Answers:
        """The same with each Pod's exact probability."""
        return replace(self, odds=odds)

    def balance(self) -> Balance:
        """The same as a picture's noun; without exact odds they are even."""
        pods, n = self.pods, len(self)
        odds = self.odds or {pod: Fraction(1, len(pods)) for pod in pods}
        alarm = verdict.ALARM if len(odds) == 2 else verdict.ALARM / max(len(odds), 1)
        band = {pod: verdict.band(n, chance, alarm) for pod, chance in odds.items()}
        return Balance(self.labels, odds, band, self.nodes())

    def pictured(self) -> Balance:
        """What ``show`` draws."""
        return self.balance()

    def text(self) -> str:
        """A line per answer, then the tally: what a learner reads."""
        words = Words(self.language)
        lines = [
            words("lab.answer", number=number, pod=item.pod, node=item.node)
            for number, item in enumerate(self.items, start=1)
        ]
        return "\n".join([*lines, "", self.summary()])

    def summary(self) -> str:
        """The tally per Pod and node with the band that chance leaves."""
        words = Words(self.language)
        judged = self.judge()
        return "\n".join(
            [*tally_table(self, judged, words), *map(by_words, verdict_lines(judged, words))]
        )

    def verdict(self) -> str:
        """The verdict in words, with the numbers that it rests on."""
        return self.summary()

    def __repr__(self) -> str:
        """The summary; of a single answer, which nobody would judge, the table alone."""
        if len(self) == 1:
            return "\n".join(tally_table(self, self.judge(), Words(self.language)))
        return self.summary()


def read_answers(
    lines: Iterable[str], places: Sequence[Place], client_node: str, language: Language = "en"
) -> Answers:
    """Every answer among ``lines``, in order; other lines are not answers.

    A Pod that could not say its name is found by its node, when it is the only one there;
    else its name stays as it was written.
    """
    found = [match for line in lines if (match := SENTENCE.search(line))]
    literal = any(match["pod"] == LITERAL for match in found)
    items = tuple(
        Answer(true_name(match["pod"], match["node"], places), match["node"], client_node)
        for match in found
    )
    return Answers(items, tuple(places), language, literal)


def true_name(said: str, node: str, places: Sequence[Place]) -> str:
    """The Pod's name; for the literal one, that of the only Pod on the node."""
    if said != LITERAL:
        return said
    there = [place.pod for place in places if place.node == node]
    return there[0] if len(there) == 1 else said


def tally_table(answers: Answers, judged: Judgement, words: Words) -> list[str]:
    """The tally as aligned lines, with shares and the band."""
    nodes, tally = answers.nodes(), answers.tally()
    low, high = judged.band
    head = (words("lab.pod"), words("lab.node"), words("lab.answers"), words("lab.share"))
    rows = [
        (pod, nodes.get(pod, "?"), str(count), f"{count / max(len(answers), 1):.1%}")
        for pod, count in tally.items()
    ]
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(4)]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), row[1].ljust(widths[1])]
            + [row[i].rjust(widths[i]) for i in (2, 3)]
        )
        for row in (head, *rows)
    ]
    if len(answers) == 1:
        return lines
    if judged.kind == "too-few":
        return [lines[0], *lines[1:], words("lab.band.none", n=len(answers))]
    return [*lines, words("lab.band", low=low, high=high)]


def verdict_lines(judged: Judgement, words: Words) -> list[str]:
    """Switches and verdict in words."""
    if judged.pods < 2 or judged.answers < 2:
        return [words(f"lab.verdict.{judged.kind}", n=judged.answers)]
    expected = float(verdict.expected_switches(judged.answers, judged.pods))
    low, high = judged.switch_band
    return [
        words(
            "lab.switches",
            seen=judged.switches,
            most=judged.answers - 1,
            expected=f"{expected:g}",
            low=low,
            high=high,
        ),
        words(f"lab.verdict.{judged.kind}", n=judged.answers),
    ]
