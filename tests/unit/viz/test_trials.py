"""Trials show every combination, with widgets and without."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from labkit.errors import UsageError
from labkit.model.trials import Choice, Trials
from labkit.viz.show import show

CHOICES = (Choice("From", ("a Pod", "a <node>")), Choice("By", ("ping", "TCP")))
OUTCOMES = {
    ("a Pod", "ping"): "silence",
    ("a Pod", "TCP"): "an answer",
    ("a <node>", "ping"): "silence & more",
    ("a <node>", "TCP"): "an answer",
}


def test_a_combination_without_outcome_is_refused() -> None:
    """A widget never has a button that leads to nothing."""
    for wrong in ({("a Pod", "ping"): "x"}, {**OUTCOMES, ("a cat", "ping"): "x"}):
        with pytest.raises(UsageError):
            Trials("t", CHOICES, wrong, "Outcome")


def test_without_widgets_all_outcomes_stand_in_a_table() -> None:
    """HTML and text hold each combination and its outcome, as well-formed table and as rows."""
    widget = show(Trials("What comes back?", CHOICES, OUTCOMES, "Outcome"), "en")
    data, _ = widget._repr_mimebundle_()
    table = ElementTree.fromstring(data["text/html"])
    cells = [[td.text for td in row.iter("td")] for row in table.iter("tr")][1:]
    assert {tuple(row[:2]): row[2] for row in cells} == OUTCOMES
    for (who, how), what in OUTCOMES.items():
        assert any(
            line.split("  ")[0] == who and how in line and line.endswith(what)
            for line in data["text/plain"].splitlines()
        )
    assert widget.choices == [{"name": c.name, "options": list(c.options)} for c in CHOICES]
    assert repr(widget) == "<Trials: What comes back?>"
