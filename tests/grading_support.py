"""Notebooks as learners hand them in, for the tests of grading."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.grading import catalog
from labkit.grading.cells import exercise_parts
from labkit.grading.masters import read_master
from labkit.grading.release import notebook_of
from tests.support import ROOT

MASTERS = ROOT / "exercises"
HIDDEN = MASTERS / "hidden"
Notebook = dict[str, Any]


def notebook(name: str, answer: str | None = None, *, solved: bool = False) -> Notebook:
    """The notebook of one exercise with ``answer`` in its (first) answer cell."""
    exercise = catalog.exercises()[name]
    cells = read_master(MASTERS / f"{exercise.lesson}.py")
    made = notebook_of(exercise_parts(exercise, cells, "en", solved=solved))
    if answer is not None:
        answer_cell(made)["source"] = answer
    return made


def solution(name: str) -> str:
    """Our answer to an exercise."""
    cells = read_master(MASTERS / f"{name[:2]}.py")
    answers = [one.solved for one in cells if (one.exercise, one.part) == (name, "answer")]
    return "\n\n".join(answers)


def answer_cell(made: Notebook) -> dict[str, Any]:
    """The first answer cell."""
    return next(cell for cell in made["cells"] if "answer" in cell["metadata"].get("tags", ()))


def hand_in(folder: Path, learner: str, made: Notebook, file: str = "05.ipynb") -> Path:
    """Write a learner's notebook into a class folder."""
    path = folder / learner / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def causes(result: dict[str, Any]) -> list[str]:
    """All causes in a result, in order."""
    return [
        row["cause"]["key"]
        for part in result["exercises"]
        for row in part["results"]
        if row["cause"]
    ]


Change = Callable[[Notebook], None]
