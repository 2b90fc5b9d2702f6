"""The lessons keep the course's form, in both languages: head, bets, prose, pictures, close."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.kernel.lesson import read
from tests.support import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("??/*.ipynb"))
LESSONS = [path for path in NOTEBOOKS if not path.name.startswith("00-")]
HEAD = {
    "es": ("**Tiempo:**", "**Necesitas:**", "**Al terminar podrás**", "**Preguntas"),
    "en": ("**Time:**", "**You need:**", "**At the end you can**", "**Questions"),
}
CLOSE = {"es": ("## Lo esencial", "## Para recordar"), "en": ("## Key points", "## To recall")}
BET = re.compile(r'predict\("([^"]+)", (?!came)')
CAME = re.compile(r'predict\(\s*"([^"]+)",\s*came=')


def name_of(path: Path) -> str:
    """A test's id: language and lesson."""
    return f"{path.parent.name}-{path.stem[:2]}"


every_lesson = pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)


def cells_of(path: Path) -> list[Any]:
    """The cells of a notebook, in order."""
    return list(nbformat.read(path, as_version=4).cells)


def prose(path: Path) -> str:
    """All its text."""
    return "\n\n".join(cell.source for cell in cells_of(path) if cell.cell_type == "markdown")


@every_lesson
def test_a_lesson_opens_with_what_a_learner_asks(path: Path) -> None:
    """Minutes, needs, objectives (at least three) and questions stand in the first cell."""
    first = cells_of(path)[0].source
    for part in HEAD[path.parent.name]:
        assert part in first, part
    assert re.search(r":\*\* \d+ minut[eo]s", first)
    assert len(re.findall(r"^\d\. ", first, flags=re.MULTILINE)) >= 3
    assert "?" in first.partition(HEAD[path.parent.name][3])[2]


@every_lesson
def test_a_lesson_closes_with_key_points_and_folded_questions(path: Path) -> None:
    """Key points as a list, then at least three recall questions, each with a folded answer."""
    points, recall = CLOSE[path.parent.name]
    text = prose(path)
    assert points in text, points
    assert recall in text, recall
    listed = text.partition(points)[2].partition(recall)[0]
    assert len(re.findall(r"^- ", listed, flags=re.MULTILINE)) >= 3
    asked = re.findall(
        r"<details><summary>\d\. [^\n]*</summary>\s+(\S.*?)</details>",
        text.partition(recall)[2],
        flags=re.DOTALL,
    )
    assert len(asked) >= 3
    assert all(answer.strip() for answer in asked)


def test_the_check_of_questions_would_notice(tmp_path: Path) -> None:
    """A lesson with one recall question does not pass."""
    cell = nbformat.v4.new_markdown_cell(
        "## Key points\n\n- a\n- b\n- c\n\n## To recall\n\n"
        "<details><summary>1. a?</summary>\n\nb\n\n</details>\n"
    )
    path = tmp_path / "en" / "01-x.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(AssertionError):
        test_a_lesson_closes_with_key_points_and_folded_questions(path)


@pytest.mark.parametrize("path", LESSONS, ids=name_of)
def test_every_bet_is_set_beside_what_came(path: Path) -> None:
    """A learner bets at least three times; each bet comes back, after it was placed."""
    placed: list[str] = []
    settled: list[str] = []
    for cell in cells_of(path):
        if cell.cell_type == "code":
            settled += CAME.findall(cell.source)
            assert set(settled) <= set(placed), f"{cell.id}: no bet was placed before"
            placed += [bet for bet in BET.findall(cell.source) if bet not in placed]
    assert set(placed) == set(settled)
    assert len(placed) >= 3


@every_lesson
def test_code_is_introduced_by_prose(path: Path) -> None:
    """At least 90 % of the code cells follow a text."""
    code = [
        (before.cell_type == "markdown", cell)
        for before, cell in pairwise(cells_of(path))
        if cell.cell_type == "code"
    ]
    bare = [cell.id for introduced, cell in code if not introduced]
    assert len(bare) <= 0.1 * len(code), bare


@every_lesson
def test_every_picture_can_be_read(path: Path) -> None:
    """Every picture, in the text and in the outputs, has a text in its place."""
    for cell in cells_of(path):
        shown = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert "image/png" not in data, f"{cell.id}: Jupyter shows a PNG without its text"
            shown.append(str(data.get("text/html", "")))
            svg = str(data.get("image/svg+xml", ""))
            assert not svg or re.search(r"<svg[^>]*aria-label=\"[^\"]{10,}|<title[^>]*>\S", svg)
        for text in shown:
            assert not re.search(r"!\[\s*\]\(", text), cell.id
            for image in re.findall(r"<img\b[^>]*>", text):
                assert re.search(r'\balt="[^"]{10,}"', image), f"{cell.id}: {image[:60]}"


@every_lesson
def test_a_learners_answer_overwrites_nothing_of_the_lesson(path: Path) -> None:
    """No name of an answer is one that the lesson's own cells make: each cell can run again."""
    lesson = read(path)
    assert lesson is not None
    answers, own = (
        {name for cell in lesson.cells if ("answer" in cell.tags) == mine for name in cell.makes}
        for mine in (True, False)
    )
    assert not answers & own
