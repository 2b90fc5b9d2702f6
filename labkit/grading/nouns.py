"""The nouns of grading: a task, what a learner answered, a test and what it found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from labkit.errors import CommandFailed

if TYPE_CHECKING:
    from labkit.grading.draw import Draw
    from labkit.grading.stage import Stage

Json = Any
"""What JSON can hold: numbers, texts, true, false, null, lists and tables of them."""


@dataclass(frozen=True, slots=True)
class Task:
    """The data of one learner's exercise: ``data`` is shown (JSON), ``truth`` is for the judge."""

    data: Mapping[str, Json]
    truth: Any = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a learner's function: its arguments and what came back, or how it failed."""

    arguments: Sequence[Json]
    result: Json = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a test failed: the key of a ``Said`` and its fields."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


def because(key: str, **fields: Any) -> Cause:
    """``Cause`` with its fields as keywords."""
    return Cause(key, fields)


@dataclass(frozen=True, slots=True)
class Said:
    """A diagnosis in words: the cause and where to look, in each language; never the answer.

    ``misconception`` is the number of the belief behind it in the course's list (``M12``).
    """

    es: str
    en: str
    help_es: str = ""
    help_en: str = ""
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a test sees: the task, the answers as JSON, the calls of functions, a cluster."""

    task: Task
    answers: Mapping[str, Json]
    calls: Mapping[str, Sequence[Call]] = field(default_factory=dict)
    stage: Stage | None = None

    @property
    def cluster(self) -> Stage:
        """The stage; it is there for every exercise that asks for a lab."""
        assert self.stage is not None, "exercises.toml: lab = true"
        return self.stage

    def refused(self, *names: str) -> Cause | None:
        """Apply the manifests of these answers in turn; of the first that kubectl refuses, which
        it is and why."""
        for name in names:
            try:
                self.cluster.apply(self.answers[name])
            except CommandFailed as error:
                return because("generic.refused", name=name, said=error.what)
        return None


@dataclass(frozen=True, slots=True)
class Test:
    """A named test: ``run`` gives ``None`` when it passes; ``needs`` names an earlier test."""

    name: str
    run: Callable[[Sight], Cause | None]
    es: str
    en: str
    weight: int = 1
    needs: str = ""
    __test__ = False  # pytest: not one of yours


class Exam(Protocol):
    """A module of ``grading/exercises`` (``x05_1.py``), or of a teacher's hidden folder."""

    SAID: Mapping[str, Said]
    TESTS: Sequence[Test]

    def task(self, draw: Draw) -> Task:
        """The data of one learner."""
        ...

    def cases(self, task: Task, draw: Draw) -> Mapping[str, Sequence[Sequence[Json]]]:
        """For each function among the answers: the lists of arguments to call it with."""
        ...


def no_cases(task: Task, draw: Draw) -> Mapping[str, Sequence[Sequence[Json]]]:
    """``cases`` of an exercise that asks for no function."""
    return {}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a test found.  ``passed`` is ``None`` when the test it needs has not passed."""

    name: str
    title: str
    passed: bool | None
    weight: int = 1
    hidden: bool = False
    needs: str = ""
    cause: str = ""
    rationale: str = ""
    help: str = ""
    misconception: str = ""
