"""Learners' notebooks from masters: ids, points and checksums in them, no solution.

Where the built lesson is there (``notebooks/es/05-….ipynb``) it is the base, without outputs;
else a notebook of the exercises alone is made.  A personal copy carries its learner's seed in the
cells that fetch the data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.grading import catalog
from labkit.grading.cells import Part, exercise_parts
from labkit.grading.draw import seed_of
from labkit.grading.masters import Cell
from labkit.words import LANGUAGES, Language

Notebook = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Release:
    """One file to write: its path below the output folder, and its text."""

    path: str
    text: str


def releases(
    masters: Mapping[str, Sequence[Cell]],
    lessons: Path,
    learners: Sequence[str],
    secret: bytes,
) -> Iterator[Release]:
    """Every notebook in both languages; with ``learners`` a copy for each of them."""
    for lesson, cells in masters.items():
        for language in LANGUAGES:
            name, base = _base(lesson, cells, lessons, language)
            base["metadata"]["labkit"] = {"lang": language, "exercises": _card(cells)}
            if not learners:
                yield Release(f"{language}/{name}", _text(base))
            for learner in learners:
                copy = personal(base, learner, secret)
                yield Release(f"{learner}/{language}/{name}", _text(copy))


def personal(notebook: Notebook, learner: str, secret: bytes) -> Notebook:
    """A copy whose data cells carry the learner's seeds."""
    made: Notebook = json.loads(json.dumps(notebook))
    for cell in made["cells"]:
        tags = cell["metadata"].get("tags", [])
        if "task" not in tags:
            continue
        name = next((tag.removeprefix("exercise:") for tag in tags if ":" in tag), "")
        call = f'exercise("{name}")'
        token = seed_of(secret, learner, name)
        cell["source"] = cell["source"].replace(call, f'exercise("{name}", "{token}")')
    return made


def _base(
    lesson: str, cells: Sequence[Cell], lessons: Path, language: Language
) -> tuple[str, Notebook]:
    for path in sorted((lessons / language).glob(f"{lesson}-*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if any("task" in _tags(cell) for cell in notebook["cells"]):
            return path.name, _blank(notebook)
    parts = [
        part for one in catalog.of_lesson(lesson) for part in exercise_parts(one, cells, language)
    ]
    return f"{lesson}-exercises.ipynb", notebook_of(parts)


def notebook_of(parts: Sequence[Part]) -> Notebook:
    """A notebook of these cells alone."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {
        "cells": [_cell(part) for part in parts],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(part: Part) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": "code" if part.code else "markdown",
        "id": part.id,
        "metadata": {"tags": list(part.tags)} if part.tags else {},
        "source": part.source,
    }
    if part.code:
        made.update(execution_count=None, outputs=[])
    return made


def _blank(notebook: Notebook) -> Notebook:
    """Without outputs, each source as one text."""
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return notebook


def _card(cells: Sequence[Cell]) -> dict[str, Any]:
    """Points and checksums of the exercises in a notebook."""
    return {
        name: {
            "points": catalog.exercises()[name].points,
            "checksums": {cell.id: cell.checksum for cell in cells if cell.exercise == name},
        }
        for name in dict.fromkeys(cell.exercise for cell in cells)
    }


def _tags(cell: Mapping[str, Any]) -> Sequence[str]:
    tags = cell.get("metadata", {}).get("tags", [])
    return tags if isinstance(tags, list) else []


def _text(notebook: Notebook) -> str:
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
