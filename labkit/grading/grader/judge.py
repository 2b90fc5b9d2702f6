"""The judge: a process of its own that no learner's code enters, with a fresh lab of its own.

It reads two lines of JSON and answers each with one.  First ``prepare`` (seeds come in, the data
for the learner and the arguments for their functions go out), then ``judge`` (answers and results
of calls come in, verdicts go out).  What is expected stays here.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from labkit.clock import SystemClock
from labkit.errors import ClusterError
from labkit.grading import catalog
from labkit.grading.catalog import Exercise
from labkit.grading.draw import Draw
from labkit.grading.examine import Verdict, blocked, examine
from labkit.grading.nouns import Call, Cause, Exam, Sight, Task
from labkit.grading.stage import Stage
from labkit.words import Language, Words

USES = ("visible", "hidden")
LOST = "run.lab"


def main(memory: int) -> None:
    """Two questions, two answers; neither we nor our lab take more than ``memory`` bytes each."""
    limited(memory)
    bench = Bench()
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            prepare = asked["do"] == "prepare"
            answer = bench.prepare(asked) if prepare else bench.judge(asked["exercises"])
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            if not prepare:
                break
    finally:
        bench.close()


def limited(memory: int) -> None:
    """A learner's manifests run programs in our lab: they must not take the machine's memory."""
    try:
        import resource
    except ImportError:  # Windows
        return
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@dataclass(slots=True)
class Case:
    """One exercise before the judge."""

    exercise: Exercise
    exam: Exam
    hidden: Exam | None
    task: Task
    arguments: dict[str, dict[str, list[Any]]]


@dataclass(slots=True)
class Bench:
    """The judge's state between the two lines."""

    language: Language = "en"
    cases: dict[str, Case] = field(default_factory=dict)
    lab: Any = None
    starting: Future[Any] | None = None

    def prepare(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Tasks for the learner, arguments for functions; the lab starts meanwhile."""
        self.language = asked["language"]
        for one in asked["exercises"]:
            self.cases[one["id"]] = _case(one, asked["hidden"])
        if any(case.exercise.lab for case in self.cases.values()):
            self.starting = ThreadPoolExecutor(1).submit(self._start_lab)
        return {
            "tasks": {name: dict(case.task.data) for name, case in self.cases.items()},
            "calls": {name: case.arguments for name, case in self.cases.items()},
        }

    def judge(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The verdicts on each exercise: visible, and hidden where there is something."""
        if self.starting is not None:
            self.starting.result()
        return {name: self._one(case, asked[name]) for name, case in self.cases.items()}

    def _one(self, case: Case, said: Mapping[str, Any]) -> dict[str, Any]:
        verdicts: dict[str, Any] = {}
        for use in USES:
            exam = case.exam if use == "visible" else case.hidden
            if exam is None or not exam.TESTS:
                continue
            hidden = use == "hidden"
            if said.get("cause"):
                cause = Cause(said["cause"][0], said["cause"][1])
                verdict = blocked(case.exercise, exam, cause, self.language, hidden=hidden)
            else:
                calls = _calls(case.arguments[use], said["calls"].get(use, {}))
                examined = self._examined(case, exam, said["answers"], calls, hidden)
                if examined is None:  # what the answer did to the lab, it would do again
                    said = {**said, "cause": [LOST, {}]}
                verdict = examined or blocked(
                    case.exercise, exam, Cause(LOST), self.language, hidden=hidden
                )
            verdicts[use] = asdict(verdict)
        return verdicts

    def _examined(
        self,
        case: Case,
        exam: Exam,
        answers: Mapping[str, Any],
        calls: Mapping[str, Sequence[Call]],
        hidden: bool,
    ) -> Verdict | None:
        """The verdict; ``None`` when the lab did not survive the answer (a new one is up then)."""
        stage = self._stage() if case.exercise.lab else None
        try:
            sight = Sight(case.task, answers, calls, stage)
            verdict = examine(case.exercise, exam, sight, self.language, hidden=hidden)
            if stage is not None:
                stage.close()
        except ClusterError:
            self.lab.down()
            self.lab.up()
            return None
        return verdict

    # ---- the lab -------------------------------------------------------------------------

    def _start_lab(self) -> None:
        from labkit.cluster.embedded import EmbeddedCluster
        from labkit.cluster.paths import find_home

        words, clock = Words(self.language), SystemClock()
        self.lab = EmbeddedCluster(find_home(os.environ, words), os.environ, clock, words)
        self.lab.up()

    def _stage(self) -> Stage:
        from labkit.cluster.kubectl import Kubectl, find_program

        words, clock = Words(self.language), SystemClock()
        program = find_program(os.environ, words)
        return Stage(self.lab, Kubectl(program, self.lab.environment(), clock, words), clock)

    def close(self) -> None:
        """The lab goes."""
        if self.starting is not None:
            self.starting.exception()  # waits: what has half started goes as well
        if self.lab is not None:
            self.lab.down()


def _case(one: Mapping[str, Any], hidden_folder: str) -> Case:
    exercise = catalog.exercises()[one["id"]]
    exam = catalog.exam(exercise.id)
    hidden = hidden_exam(Path(hidden_folder), exercise.id) if hidden_folder else None
    task = exam.task(Draw(f"{one['seed']}/{exercise.id}"))
    arguments: dict[str, dict[str, list[Any]]] = {}
    for use, which in (("visible", exam), ("hidden", hidden)):
        if which is None or not which.TESTS:
            arguments[use] = {}
            continue
        draw = Draw(f"{one[f'{use}_seed']}/{exercise.id}/{use}")
        made = which.cases(task, draw) if hasattr(which, "cases") else {}
        arguments[use] = {name: [list(row) for row in rows] for name, rows in made.items()}
    return Case(exercise, exam, hidden, task, arguments)


def hidden_exam(folder: Path, name: str) -> Exam | None:
    """A teacher's module of hidden tests; ``None`` where there is none for this exercise."""
    file = folder / f"{catalog.module_name(name)}.py"
    if not file.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"labkit_hidden_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Exam, module)


def _calls(
    arguments: Mapping[str, Sequence[Any]], results: Mapping[str, Any]
) -> dict[str, list[Call]]:
    """The calls with what came back; results that are no pairs count as missing."""
    made: dict[str, list[Call]] = {}
    for name, rows in arguments.items():
        found = results.get(name)
        pairs = found if isinstance(found, list) and len(found) == len(rows) else []
        made[name] = [
            Call(row, pair[0], str(pair[1] or "")[:300])
            for row, pair in zip(rows, pairs, strict=False)
            if isinstance(pair, list) and len(pair) == 2
        ]
    return made
