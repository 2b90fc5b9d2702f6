"""An exercise as the cells of a notebook: statement, data, answer, check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labkit.grading.catalog import Exercise
from labkit.grading.masters import Cell
from labkit.words import Language, Words


@dataclass(frozen=True, slots=True)
class Part:
    """One cell of the notebook; ``tags`` only on code."""

    code: bool
    id: str
    source: str
    tags: tuple[str, ...] = ()


def exercise_parts(
    exercise: Exercise, cells: Sequence[Cell], language: Language, *, solved: bool = False
) -> list[Part]:
    """The cells of one exercise in one language; with ``solved`` our answer stands in it."""
    words = Words(language)
    stem = f"x{exercise.id.replace('.', '-')}"
    parts = [Part(False, f"{stem}-statement", statement(exercise, words))]
    answers = 0
    for cell in cells:
        if cell.exercise != exercise.id:
            continue
        if cell.part == "answer":
            answers += 1
            key = "grading.cell.answer" if answers == 1 else "grading.cell.also"
            where = f"{stem}-where" if answers == 1 else f"{stem}-where-{answers}"
            parts.append(Part(False, where, words(key, id=exercise.id)))
        if cell.part == "check":
            parts.append(Part(False, f"{stem}-try", words("grading.cell.check")))
        source = cell.solved if solved else cell.source
        parts.append(Part(True, cell.id, source, tuple(cell.tags)))
    return parts


def statement(exercise: Exercise, words: Words) -> str:
    """The heading, how long, how many points, and what is to be done."""
    return words(
        "grading.cell.head",
        id=exercise.id,
        title=exercise.text("title", words.language),
        minutes=exercise.minutes,
        points=exercise.points,
        level=words(f"grading.level.{exercise.level}"),
        text=exercise.text("statement", words.language),
    )
