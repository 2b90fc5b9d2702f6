"""Answers are read from what Pods say, in order."""

from __future__ import annotations

from fractions import Fraction

from labkit.lab.answers import Answers, Place, read_answers

PLACES = (
    Place("backend-app-7d4-abcde", "labkit-control-plane"),
    Place("backend-app-7d4-fghij", "labkit-worker"),
)


def said(pod: str, node: str) -> str:
    """What a backend Pod answers."""
    return f"Hello from Pod {pod} on node {node}"


def test_order_and_tally() -> None:
    """Lines that are no answers are passed over; a Pod that never answered counts 0."""
    lines = [
        "Connecting to backend-service...",
        said("backend-app-7d4-fghij", "labkit-worker"),
        "",
        said("backend-app-7d4-fghij", "labkit-worker"),
    ]
    answers = read_answers(lines, PLACES, "labkit-worker")
    assert [(one.pod, one.client_node) for one in answers.items] == [
        ("backend-app-7d4-fghij", "labkit-worker")
    ] * 2
    assert answers.tally() == {"backend-app-7d4-abcde": 0, "backend-app-7d4-fghij": 2}
    assert answers.switches == 0
    assert not answers.literal


def test_literal_hostname_is_told_by_node() -> None:
    """The seed's $(HOSTNAME) is replaced by the only Pod of the node, and marked."""
    lines = [said("$(HOSTNAME)", "labkit-worker"), said("$(HOSTNAME)", "labkit-control-plane")]
    answers = read_answers(lines, PLACES, "labkit-worker")
    assert answers.labels == ("backend-app-7d4-fghij", "backend-app-7d4-abcde")
    assert answers.literal
    assert answers.switches == 1


def test_literal_hostname_stays_when_two_could_be_meant() -> None:
    """With two Pods on a node nobody is guessed."""
    both = (Place("one", "labkit-worker"), Place("two", "labkit-worker"))
    answers = read_answers([said("$(HOSTNAME)", "labkit-worker")], both, "labkit-worker")
    assert answers.labels == ("$(HOSTNAME)",)


def test_balance_carries_odds_and_bands() -> None:
    """The picture's noun has exact odds when they are known, even ones otherwise."""
    lines = [said(PLACES[i % 2].pod, PLACES[i % 2].node) for i in range(200)]
    answers = read_answers(lines, PLACES, "labkit-worker")
    assert answers.balance().band == {place.pod: (66, 134) for place in PLACES}
    odds = {PLACES[0].pod: Fraction(1, 4), PLACES[1].pod: Fraction(3, 4)}
    balance = answers.with_odds(odds).balance()
    assert balance.odds == odds
    assert not balance.inside(PLACES[0].pod)


def test_a_single_answer_is_shown_and_not_judged() -> None:
    """One answer is a table of who gave it; from two on it says that they are too few."""
    lines = [said(PLACES[1].pod, PLACES[1].node)] * 2
    assert [line.split()[0] for line in repr(read(lines[:1])).splitlines()[1:]] == [
        place.pod for place in PLACES
    ]
    assert "Too few answers (2)" in repr(read(lines))


def read(lines: list[str]) -> Answers:
    """Answers of both Pods' lines, in English."""
    return read_answers(lines, PLACES, "labkit-worker")


def test_text_says_what_was_found() -> None:
    """The summary names Pods, nodes, the band and the verdict, in the reader's language."""
    lines = [said(PLACES[i % 2].pod, PLACES[i % 2].node) for i in range(200)]
    english = read_answers(lines, PLACES, "labkit-worker", "en").summary()
    assert "66 to 134" in english
    assert "199 of 199" in english
    assert "round robin" in english
    assert "labkit-control-plane" in english
    spanish = read_answers(lines[:20], PLACES, "labkit-worker", "es").summary()
    assert "Son pocas respuestas (20)" in spanish
