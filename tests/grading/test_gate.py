"""The gate: each exercise can be failed, can be passed, and tells wrong answers apart.

The answers run in this process (they are ours).  Those that need a cluster share one embedded lab;
of their wrong answers three are tried, and all with ``LABKIT_FULL=1``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from labkit.clock import SystemClock
from labkit.cluster.embedded import EmbeddedCluster
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import Home
from labkit.grading import catalog
from labkit.grading.draw import Draw
from labkit.grading.examine import STATES
from labkit.grading.feedback import Feedback
from labkit.grading.grader.judge import hidden_exam
from labkit.grading.learner import Learner
from labkit.grading.masters import Cell, read_master
from labkit.grading.progress import Progress
from labkit.grading.stage import Stage
from labkit.words import Language, Words
from tests.grading_support import HIDDEN, MASTERS

EXERCISES = list(catalog.exercises().values())
FULL = bool(os.environ.get("LABKIT_FULL"))


@lru_cache
def answers(name: str) -> tuple[Cell, ...]:
    """The answer cells of an exercise's master."""
    cells = read_master(MASTERS / f"{name[:2]}.py")
    return tuple(one for one in cells if (one.exercise, one.part) == (name, "answer"))


def solution(name: str) -> str:
    """Our answer."""
    return "\n\n".join(cell.solved for cell in answers(name))


def wrong_answers(name: str) -> dict[str, str]:
    """Wrong answers by the cause that each must get."""
    exam: Any = hidden_exam(HIDDEN, name)
    assert exam is not None, f"exercises/hidden has nothing for {name}"
    whole: dict[str, str] = exam.WRONG
    return {key: source.replace("SOLUTION", solution(name) + "\n") for key, source in whole.items()}


class Judge:
    """``check`` with a lab of the tests' own."""

    def __init__(self, stage: Any, folder: Path) -> None:
        self._stage, self._folder = stage, folder

    def __call__(
        self, name: str, source: str, token: str = "t", language: Language = "en"
    ) -> Feedback:
        progress = Progress(self._folder / "progress.json")
        learner = Learner(progress, Words(language), self._stage)
        variables: dict[str, Any] = {"task": dict(learner.task(name, token).data)}
        exec(source, variables)
        return learner.check(name, variables)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """One embedded lab for the module."""
    home = tmp_path_factory.mktemp("gate")
    words, clock = Words("en"), SystemClock()
    cluster = EmbeddedCluster(Home(home, chosen=True), os.environ, clock, words)
    cluster.up()
    kubectl = Kubectl(find_program(os.environ, words), cluster.environment(), clock, words)
    yield Judge(lambda: Stage(cluster, kubectl, clock), home)
    cluster.down()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_starter_fails(judge: Judge, exercise: Any) -> None:
    """What a learner first finds is not correct."""
    source = "\n\n".join(cell.source for cell in answers(exercise.id))
    assert not judge(exercise.id, source).passed


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_solution_passes(judge: Judge, exercise: Any) -> None:
    """Our solution is correct on the data of learners nobody tried it with."""
    for token in ("another",) if exercise.lab else ("", "a", "b", "c", "d", "e"):
        feedback = judge(exercise.id, solution(exercise.id), token)
        assert feedback.passed, feedback.text()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_wrong_answers_have_their_own_diagnosis(judge: Judge, exercise: Any) -> None:
    """At least three wrong answers, each told its own cause, with a sentence and no full marks."""
    found = wrong_answers(exercise.id)
    assert len(found) >= 3
    keys = list(found) if FULL or not exercise.lab else list(found)[:3]
    told: set[str] = set()
    for key in keys:
        feedback = judge(exercise.id, found[key])
        causes = {one.cause: one.rationale for one in feedback.verdict.findings if one.cause}
        assert not feedback.passed, key
        assert key in causes, (key, feedback.text())
        told.add(causes[key])
    assert len(told) == len(keys)


def test_of_several_manifests_the_refused_one_is_named(judge: Judge) -> None:
    """07.1: kubectl calls every text STDIN; the learner is told which of the three it refused."""
    source = solution("07.1") + '\nservice = "nonsense: ["'
    assert "did not take `service`" in judge("07.1", source).text()
    assert "no aceptó `service`" in judge("07.1", source, language="es").text()


def test_a_clients_loop_is_not_blamed_for_its_service(judge: Judge) -> None:
    """07.1: a client that logs what comes is right where answers are wrong, and waits where there
    are none."""
    found = wrong_answers("07.1")
    literal = {one.cause for one in judge("07.1", found["literal"]).verdict.findings}
    assert "literal" in literal
    assert not literal & {"silent", "nothing_to_log"}
    unanswered = {one.cause for one in judge("07.1", found["unanswered"]).verdict.findings}
    assert {"unanswered", "nothing_to_log"} <= unanswered


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_hidden_tests_accept_the_solution_shape(exercise: Any) -> None:
    """Hidden tests name the same functions, on other data than the visible ones."""
    exam, hidden = catalog.exam(exercise.id), hidden_exam(HIDDEN, exercise.id)
    assert hidden is not None
    task = exam.task(Draw("x"))
    visible, other = exam.cases(task, Draw("v")), hidden.cases(task, Draw("h"))
    if hidden.TESTS:
        assert set(visible) == set(other)
        assert not visible or visible != other


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_both_languages_are_there(exercise: Any) -> None:
    """Title, statement, hints, and every diagnosis exist in Spanish and in English."""
    pairs = [exercise.title, exercise.statement, *exercise.hints]
    assert len(exercise.hints) == 3
    for spanish, english in pairs:
        assert spanish
        assert english
    assert all(one[0] != one[1] for one in (exercise.statement, *exercise.hints))
    exam = catalog.exam(exercise.id)
    for key, said in exam.SAID.items():
        assert said.es and said.en and bool(said.help_es) == bool(said.help_en), key
        fields = [set(re.findall(r"\{(\w+)", text)) for text in (said.es, said.en)]
        assert fields[0] == fields[1], key
    for test in exam.TESTS:
        assert test.es and test.en


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)
def test_hints_do_not_hold_the_answer(exercise: Any) -> None:
    """No line of our solution and no value to be chosen stands in a hint or diagnosis."""
    lines = {line.strip() for line in solution(exercise.id).splitlines() if len(line.strip()) > 14}
    values = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', solution(exercise.id)))
    values -= {"other-namespace", "cluster-ip", "node-port", "pod-ip", "round-robin"}
    said = [text for pair in exercise.hints for text in pair]
    for one in catalog.exam(exercise.id).SAID.values():
        said += [one.es, one.en, one.help_es, one.help_en]
    for text in said:
        assert not [line for line in lines if line in text]
        assert not [value for value in values if f"`{value}`" in text or f'"{value}"' in text]


def test_states_go_up_as_the_answer_gets_better(judge: Judge) -> None:
    """The five states are met on the way from nothing to a correct answer."""
    right = solution("09.1")
    turned = "matrix = {k: {x: not y for x, y in v.items()} for k, v in matrix.items()}"
    steps = {
        "not_started": "matrix = guard = None",
        "missing": f"{right}\nguard = None",
        "keep_working": f"{right}\n{turned}",
        "almost": f"{right}\nguard = 'rbac'",
        "correct": right,
    }
    assert tuple(steps) == STATES
    for state, source in steps.items():
        assert judge("09.1", source).state == state


def test_beliefs_are_known() -> None:
    """Every misconception that a diagnosis names has a sentence, and stands at its exercise."""
    known = catalog.beliefs("es")
    for exercise in EXERCISES:
        said = {one.misconception for one in catalog.exam(exercise.id).SAID.values()} - {""}
        assert said == set(exercise.misconceptions), exercise.id
        assert said <= set(known)
