"""The notebook that is run: ours but for the learner's cells."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.grading import catalog
from labkit.grading.grader.limits import LIMITS
from labkit.grading.grader.submission import Answer

BOUND = (
    '__import__("labkit.grading.grader.collect", fromlist=["bound_output"])'
    f".bound_output({LIMITS.output})\n"
)
SETUP = BOUND + "from labkit import check, exercise, hint, open_lab, predict, progress, show\n"
LAB = 'lab = open_lab("embedded")\n'
COLLECT = (
    '__import__("labkit.grading.grader.collect", fromlist=["collect"])'
    ".collect({exercise!r}, {names!r}, globals())"
)
USES_LAB = re.compile(r"\blab\b|kubectl")


def template(answers: Sequence[Answer]) -> dict[str, Any]:
    """Parameters, set-up, and for each exercise its data, the learner's cells, the collection.

    The learner's lab is started where a cell uses it.  Cell ids tell later what was run:
    ``answer/05.1/2`` is the third cell of 05.1.
    """
    sources = [source for one in answers for _, source in one.cells]
    lab = any(USES_LAB.search(source) for source in sources)
    cells = [
        _code("parameters", "labkit_tasks = {}", ["parameters"]),
        _code("setup", SETUP + (LAB if lab else "")),
    ]
    for answer in answers:
        name = answer.exercise
        cells.append(_code(f"task-{name}", f'task = exercise("{name}")'))
        for number, (_, source) in enumerate(answer.cells):
            cells.append(_code(f"answer-{name}-{number}", source, ["raises-exception"]))
        names = [[one.name, one.kind] for one in catalog.exercises()[name].answers]
        cells.append(
            _code(
                f"collect-{name}", COLLECT.format(exercise=name, names=names), ["raises-exception"]
            )
        )
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _code(name: str, source: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": re.sub(r"[^a-zA-Z0-9-]", "-", name)[:64],
        "metadata": {"tags": list(tags), "labkit": name},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


ANSWER_TYPE = "application/vnd.labkit.answer+json"


def collected(notebook: Mapping[str, Any], exercise: str) -> dict[str, Any] | None:
    """What the collecting cell of an exercise gave, from a notebook that nobody trusts."""
    for cell in _cells(notebook):
        if cell.get("id") != re.sub(r"[^a-zA-Z0-9-]", "-", f"collect-{exercise}"):
            continue
        for output in _outputs(cell):
            data = output.get("data")
            found = data.get(ANSWER_TYPE) if isinstance(data, dict) else None
            if isinstance(found, dict) and isinstance(found.get("answers"), dict):
                return found
    return None


def errors_of(notebook: Mapping[str, Any], exercise: str) -> list[str]:
    """The errors in which the learner's cells of an exercise ended: ``NameError: ...``."""
    told = []
    head = re.sub(r"[^a-zA-Z0-9-]", "-", f"answer-{exercise}-")
    for cell in _cells(notebook):
        if not str(cell.get("id", "")).startswith(head):
            continue
        for output in _outputs(cell):
            if output.get("output_type") == "error":
                told.append(f"{str(output.get('ename'))[:60]}: {str(output.get('evalue'))[:200]}")
    return told


def _cells(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    cells = notebook.get("cells")
    return [one for one in cells if isinstance(one, dict)] if isinstance(cells, list) else []


def _outputs(cell: Mapping[str, Any]) -> list[dict[str, Any]]:
    outputs = cell.get("outputs")
    return [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []


def as_text(notebook: Mapping[str, Any]) -> str:
    """The notebook as a file."""
    return json.dumps(notebook, ensure_ascii=False)
