"""The verbs of an exercise as a notebook calls them: ``exercise``, ``check``, ``hint`` ...

While a submission is graded (``LABKIT_GRADING`` names the file with its data) they only hand out
that data: nothing that runs beside a learner's code has a say in the mark.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.words import Language, Words, by_words

if TYPE_CHECKING:
    from labkit.grading.feedback import Feedback
    from labkit.grading.learner import Learner
    from labkit.grading.stage import Stage

GRADING = "LABKIT_GRADING"


def exercise(name: str, token: str = "") -> dict[str, Any]:
    """The data of exercise ``name`` (``exercise("05.1")``), always the same for one learner."""
    graded = _graded()
    if graded is not None:
        return dict(graded.get(name, {}))
    return dict(_learner().task(name, token).data)


def check(name: str) -> Feedback | None:
    """Judge the answer of exercise ``name`` that this notebook holds, and say why."""
    if _graded() is not None:
        return None
    return _learner().check(name, _variables())


def judge(name: str, variables: Mapping[str, Any]) -> Feedback:
    """``check`` for variables that are handed over (``labkit exercise``)."""
    return _learner().check(name, variables)


def learner(language: Language) -> Learner:
    """The session of whoever runs this process, in one language."""
    from labkit.cluster.paths import find_home

    return _learner_in(str(find_home(os.environ, Words(language)).folder), language)


def hint(name: str, level: int | None = None) -> None:
    """The next of three hints; asking is counted and never held against anyone."""
    if _graded() is None:
        print(by_words(_learner().hint(name, level)))  # noqa: T201


def reset(name: str) -> None:
    """Forget what is known of exercise ``name``."""
    if _graded() is None:
        print(_learner().reset(name))  # noqa: T201


def solution(name: str) -> None:
    """Our solution, once yours is correct."""
    if _graded() is None:
        print(_learner().solution(name))  # noqa: T201


def progress(*, export: str = "", load: str = "") -> Any:
    """A table of all exercises, and the beliefs that fell on the way; ``export="mine.json"`` writes
    it to take along (``"mine.html"``: a page to read, that says what is left on this machine as
    well), and ``load="mine.json"`` takes such a file over."""
    from labkit.grading.certificate import beliefs_that_fell
    from labkit.grading.overview import Overview
    from labkit.grading.progress import write_out

    if _graded() is not None:
        return None
    learner = _learner()
    if load:
        learner.store.load(Path(load), learner.words)
    if export.endswith((".html", ".htm")):
        from labkit.grading.certificate import certificate, traces

        text = certificate(learner, traces(os.environ, learner.words))
        write_out(Path(export), text, learner.words)
    elif export:
        learner.store.export(Path(export), learner.words)
    fallen = beliefs_that_fell(learner.store.section("exercises"), learner.words)
    return Overview(tuple(learner.rows()), learner.words, tuple(fallen))


def _variables() -> Mapping[str, Any]:
    """The variables of the notebook (or script) that called the verb."""
    return sys._getframe(2).f_globals


def _graded() -> dict[str, Any] | None:
    """The data of a submission that is being graded, by exercise; ``None`` elsewhere."""
    file = os.environ.get(GRADING)
    if not file:
        return None
    try:
        found: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _learner() -> Learner:
    from labkit.cluster.paths import find_home
    from labkit.lab.api import lab_language

    language = lab_language(None, os.environ)
    folder = find_home(os.environ, Words(language)).folder
    return _learner_in(str(folder), language)


@lru_cache(maxsize=4)
def _learner_in(folder: str, language: Language) -> Learner:
    """One session for each runtime folder and language."""
    from labkit.grading.learner import Learner
    from labkit.grading.progress import Progress

    words = Words(language)
    return Learner(Progress(Path(folder) / "progress.json"), words, lambda: _stage(words))


def _stage(words: Words) -> Stage | None:
    """The lab that is up, to check answers on; ``None`` when none is."""
    from labkit.clock import SystemClock
    from labkit.cluster.kubectl import Kubectl, find_program
    from labkit.cluster.paths import find_home
    from labkit.cluster.registry import choose
    from labkit.grading.stage import Stage

    clock = SystemClock()
    cluster = choose("auto", find_home(os.environ, words), os.environ, clock, words).cluster
    if not cluster.status().running:
        return None
    program = find_program(os.environ, words)
    return Stage(cluster, Kubectl(program, cluster.environment(), clock, words), clock)
