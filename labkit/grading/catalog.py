"""The one list of exercises: ``exercises/exercises.toml``, read once and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from labkit.errors import UsageError
from labkit.grading.nouns import Exam
from labkit.words import Language, Words

FILE = Path(__file__).parent / "exercises" / "exercises.toml"
KINDS = ("function", "value", "manifest")
SEEDS = ("fresh", "released")
LEVELS = ("twiddle", "tweak", "frob")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One answer that an exercise asks for: the name of a variable and what it must be."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    ``seed`` says where its data comes from when it is graded: ``fresh`` (new data, for answers
    that compute) or ``released`` (the data that the learner saw, for answers typed by hand).
    ``lab`` tells that its judge needs a cluster; texts are (Spanish, English).
    """

    id: str
    title: tuple[str, str]
    statement: tuple[str, str]
    hints: tuple[tuple[str, str], ...]
    answers: tuple[Wanted, ...]
    points: int
    minutes: int
    level: str
    seed: str
    lab: bool
    misconceptions: tuple[str, ...]

    @property
    def lesson(self) -> str:
        """Two digits."""
        return self.id[:2]

    def text(self, field: str, language: Language) -> str:
        """``title`` or ``statement`` in one language."""
        pair: tuple[str, str] = getattr(self, field)
        return pair[0] if language == "es" else pair[1]

    def hint(self, level: int, language: Language) -> str:
        """The hint of level 1, 2 or 3."""
        pair = self.hints[level - 1]
        return pair[0] if language == "es" else pair[1]


@lru_cache(maxsize=1)
def exercises() -> Mapping[str, Exercise]:
    """All exercises by id, in the order of the course."""
    with FILE.open("rb") as source:
        table = tomllib.load(source)
    return {name: _exercise(name, one) for name, one in sorted(table["exercise"].items())}


@lru_cache(maxsize=2)
def beliefs(language: Language) -> Mapping[str, str]:
    """The misconceptions behind wrong answers, by number (``M12``), in one language."""
    with FILE.open("rb") as source:
        table = tomllib.load(source)
    return {name: pair[language] for name, pair in table["belief"].items()}


def find(name: str, words: Words) -> Exercise:
    """The exercise of that id; ``UsageError`` that lists those there are."""
    known = exercises()
    if name in known:
        return known[name]
    raise UsageError(
        words("grading.unknown", id=name), words("grading.unknown.fix", ids=", ".join(known))
    )


def of_lesson(lesson: str) -> tuple[Exercise, ...]:
    """The exercises of a lesson (two digits), in order."""
    return tuple(one for one in exercises().values() if one.lesson == lesson)


def exam(name: str) -> Exam:
    """The module with the task and the visible tests of an exercise."""
    return cast(Exam, import_module(f"labkit.grading.exercises.{module_name(name)}"))


def module_name(name: str) -> str:
    """``05.1`` -> ``x05_1``."""
    return "x" + name.replace(".", "_")


def _exercise(name: str, table: Mapping[str, Any]) -> Exercise:
    answers = tuple(Wanted(key, kind) for key, kind in table["answers"].items())
    return Exercise(
        id=name,
        title=_pair(table["title"]),
        statement=_pair(table["statement"]),
        hints=tuple(_pair(hint) for hint in table["hints"]),
        answers=answers,
        points=table["points"],
        minutes=table["minutes"],
        level=table["level"],
        seed=table["seed"],
        lab=table.get("lab", False),
        misconceptions=tuple(table["misconceptions"]),
    )


def _pair(table: Mapping[str, str]) -> tuple[str, str]:
    return table["es"].strip(), table["en"].strip()
