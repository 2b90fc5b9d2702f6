"""The reachability matrix keeps its answers back until it is asked, and then tells them all."""

from __future__ import annotations

import pytest

from labkit.errors import UsageError
from labkit.lab.reach import Reach, ReachTable
from labkit.model.matrix import Matrix, Reached
from labkit.viz.show import show
from labkit.words import Words

CELLS = {
    ("pod", "ClusterIP 10.96.0.9:80"): Reached(True, "answers"),
    ("pod", "NodePort 30080"): Reached(True),
    ("laptop", "ClusterIP 10.96.0.9:80"): Reached(False, "no route"),
    ("laptop", "NodePort 30080"): Reached(True),
}
GIVEN = Matrix("Who?", ("pod", "laptop"), ("ClusterIP 10.96.0.9:80", "NodePort 30080"), CELLS)


def test_nothing_is_told_before_it_is_revealed() -> None:
    """Neither browser, alt text nor drawing hold an answer; dead widgets have them folded."""
    view = show(GIVEN, "en")
    assert view.truth == {}
    assert "not yet revealed" in view.alt
    bundle, _ = view._repr_mimebundle_()
    assert "no route" not in bundle["image/svg+xml"]
    before, folded, after = bundle["text/html"].partition("<details>")
    assert folded
    assert "no route" not in before
    assert "no route" in after


def test_revealed_it_says_who_reaches_what() -> None:
    """Guesses are counted against the truth; picture and words agree with the cells."""
    view = show(GIVEN, "en")
    view.guesses = {"0,0": True, "1,0": True}
    view.revealed = True
    assert view.right == 1
    assert view.truth["1,0"] == [False, "no route"]
    assert "laptop reaches: NodePort 30080." in view.alt
    assert "- laptop → ClusterIP 10.96.0.9:80: no route" in view.text
    assert view.svg.count("✓") == 3
    assert view.svg.count("✗") == 1


def test_a_table_without_a_cell_is_refused() -> None:
    """Every pair has its answer, or there is no matrix."""
    with pytest.raises(UsageError, match="laptop"):
        Matrix("Who?", ("pod", "laptop"), ("x",), {("pod", "x"): Reached(True)})


def test_what_the_lab_asked_is_a_matrix() -> None:
    """Outcomes of real requests become cells: answered reaches, all else does not."""
    words = Words("en")
    cells = (
        (Reach("client-pod", "web:80", "answered", 0.1, "hello\nyou", "", words),),
        (Reach("outside", "web:80", "timeout", 3.0, "", "Connection timed out", words),),
    )
    given = ReachTable(("a Pod", "outside"), ("web",), cells, words).pictured()
    assert given.cells["a Pod", "web"] == Reached(True, "✓ answered: hello")
    assert given.cells["outside", "web"].ok is False
    assert "timed out" in given.cells["outside", "web"].why
