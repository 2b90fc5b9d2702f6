"""One submission from file to result: read, run, call, judge, add up.  Never raises for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from labkit.clock import SystemClock
from labkit.errors import LabkitError
from labkit.grading import catalog
from labkit.grading.catalog import Exercise
from labkit.grading.draw import PRACTICE, seed_of
from labkit.grading.grader.collect import FLOODED
from labkit.grading.grader.court import Court
from labkit.grading.grader.limits import LIMITS, Limits
from labkit.grading.grader.results import result_of
from labkit.grading.grader.sandbox import Ran, Sandbox
from labkit.grading.grader.submission import Answer, Note, Submission, read_submission
from labkit.grading.grader.template import as_text, collected, errors_of, template
from labkit.grading.plain import NotPlain, packed
from labkit.words import Language

MOST_RESULTS = 4 << 20
"""Bytes of JSON that all calls of an exercise may give back."""

CauseTable = list[Any]
"""``[key, fields]``: why an exercise could not be judged."""


@dataclass(frozen=True, slots=True)
class Work:
    """All that grading one submission takes; it can be sent to another process.

    ``language`` is for what does not say its own; ``bwrap`` "" is practice mode; ``hidden`` is
    the folder of hidden tests ("" for none);
    ``personal`` accepts only the data of a copy made for this learner.
    """

    path: str
    learner: str
    secret: bytes
    language: Language = "en"
    bwrap: str = ""
    hidden: str = ""
    personal: bool = False
    executed: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = LIMITS


def grade(work: Work) -> dict[str, Any]:
    """The result of one submission, as JSON."""
    clock = SystemClock()
    began = clock.monotonic()
    submission = read_submission(Path(work.path), work.learner, work.limits.notebook)
    work = replace(work, language=submission.language or work.language)
    exercises = [catalog.exercises()[one.exercise] for one in submission.answers]
    if not exercises and submission.lesson:
        exercises = list(catalog.of_lesson(submission.lesson))
    secret = tuple(Path(one) for one in (work.hidden, work.path, work.executed) if one)
    sandbox = Sandbox(work.bwrap, work.limits, clock, secret)
    marking = _Marking(work, submission, exercises, sandbox)
    try:
        verdicts = marking.verdicts()
        problem = ""
    except LabkitError as error:
        verdicts, problem = {}, str(error)
    result = result_of(
        submission,
        exercises,
        verdicts,
        (*submission.notes, *marking.notes),
        work,
        seconds=clock.monotonic() - began,
        problem=problem,
    )
    return {**result, "peak_mb": marking.peak >> 20}


@dataclass(slots=True)
class _Marking:
    work: Work
    submission: Submission
    exercises: Sequence[Exercise]
    sandbox: Sandbox
    notes: list[Note] = field(default_factory=list)
    tasks: dict[str, Any] = field(default_factory=dict)
    causes: dict[str, CauseTable] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    peak: int = 0

    def verdicts(self) -> dict[str, Any]:
        """Visible and hidden verdicts by exercise."""
        if not self.exercises:
            return {}
        work = self.work
        with Court(work.language, work.limits, work.bwrap, work.hidden) as court:
            prepared = court.ask(self._preparation(court.hidden))
            self.tasks = prepared["tasks"]
            if self.submission.problem is not None:
                note = self.submission.problem
                for one in self.exercises:
                    self.causes[one.id] = [f"file.{note.key}", dict(note.fields)]
            else:
                self._run_all()
            results = self._call_all(prepared["calls"])
            said = {
                one.id: {
                    "answers": self.answers.get(one.id, {}),
                    "calls": results.get(one.id, {}),
                    "cause": self.causes.get(one.id),
                }
                for one in self.exercises
            }
            return court.ask({"do": "judge", "exercises": said})

    def _preparation(self, hidden_folder: str) -> dict[str, Any]:
        tokens = {one.exercise: one.token for one in self.submission.answers}
        asked = []
        for one in self.exercises:
            own = seed_of(self.work.secret, self.work.learner, one.id)
            seed = self._seed(one, tokens.get(one.id, ""), own)
            hidden = seed_of(self.work.secret, self.work.learner, one.id, "hidden")
            asked.append({"id": one.id, "seed": seed, "visible_seed": seed, "hidden_seed": hidden})
        return {
            "do": "prepare",
            "language": self.work.language,
            "exercises": asked,
            "hidden": hidden_folder,
        }

    def _seed(self, exercise: Exercise, token: str, own: str) -> str:
        """Whose data: the learner's own, or what everybody practises with."""
        if exercise.seed == "fresh" or token == own:
            return own
        practice = token == "" and not self.work.personal
        if self.submission.problem is None:  # else nobody can tell whose data it carried
            note = "practice_data" if practice else "foreign_data"
            self.notes.append(Note(note, {"id": exercise.id}))
        return PRACTICE if practice else own

    # ---- running the cells ---------------------------------------------------------------

    def _run_all(self) -> None:
        """Run every exercise; after one that ended the kernel, the rest in a new one."""
        left = []
        for answer in self.submission.answers:
            if answer.cells:
                left.append(answer)
            else:
                self.causes[answer.exercise] = ["run.deleted", {}]
        number = 1
        while left:
            ran, notebook = self._run(left, number)
            reached = self._taken(left, ran, notebook)
            left = left[reached:]
            number += 1

    def _run(self, answers: Sequence[Answer], number: int) -> tuple[Ran, dict[str, Any]]:
        parameters = {**self.work.parameters, "labkit_tasks": self.tasks}
        files = {"template.ipynb": as_text(template(answers)), "tasks.json": json.dumps(self.tasks)}
        out = Path(self.work.executed)
        if number > 1:
            out = out.with_name(f"{out.stem}-{number}.ipynb")
        out.parent.mkdir(parents=True, exist_ok=True)
        ran = self.sandbox.run({"task": "notebook", "parameters": parameters}, files, out)
        self.peak = max(self.peak, ran.peak)
        try:
            found = json.loads(out.read_text(encoding="utf-8", errors="replace") or "{}")
        except (ValueError, RecursionError):
            found = {}
        return ran, found if isinstance(found, dict) else {}

    def _taken(self, answers: Sequence[Answer], ran: Ran, notebook: Mapping[str, Any]) -> int:
        """Take what was collected; how many exercises are settled by this run (at least one)."""
        for place, answer in enumerate(answers):
            found = collected(notebook, answer.exercise)
            if found is None and ran.how != "done":
                self.causes[answer.exercise] = self._stopped(answer, ran)
                return place + 1
            self._take(answer, found, errors_of(notebook, answer.exercise))
        return len(answers)

    def _take(self, answer: Answer, found: Mapping[str, Any] | None, errors: list[str]) -> None:
        name = answer.exercise
        if found is None:
            self.causes[name] = ["run.silent", {}]
            return
        problems = found.get("problems")
        if isinstance(problems, dict) and problems:
            key, kind = next(iter(problems.items()))
            self.causes[name] = ["run.not_plain", {"name": str(key)[:40], "kind": str(kind)[:40]}]
            return
        try:  # what comes out of the sandbox may be anything that JSON can hold
            self.answers[name] = json.loads(packed(found["answers"]))
        except NotPlain as error:
            self.causes[name] = ["run.not_plain", {"name": name, "kind": str(error.args[0])[:40]}]
            return
        missing = any(value is None or value is False for value in self.answers[name].values())
        if errors and missing:
            cell = answer.cells[-1][0] or name
            known = {"MemoryError": "run.memory", FLOODED: "run.flood"}
            kind = errors[0].partition(":")[0]
            if kind in known:
                self.causes[name] = [known[kind], {"cell": cell}]
            else:
                self.causes[name] = ["run.error", {"cell": cell, "error": errors[0]}]

    def _stopped(self, answer: Answer, ran: Ran) -> CauseTable:
        """Why a run ended before this exercise was collected."""
        said = str(ran.said.get("cell", ""))
        number = said.rpartition("-")[2]
        cells = answer.cells
        place = int(number) if number.isdigit() and int(number) < len(cells) else len(cells) - 1
        cell = cells[place][0] or f"{answer.exercise}/{place + 1}"
        fields = {"cell": cell, "seconds": self.work.limits.cell_seconds}
        if ran.how in ("slow", "dead", "flood", "memory", "processes", "files"):
            return [f"run.{ran.how}", fields]
        if said.startswith(("answer", "collect")):
            return ["run.silent", {}]  # what ran there broke the kernel's own speech
        return ["run.broken", {"reason": str(ran.said.get("reason", ran.how))[:200]}]

    # ---- calling functions ---------------------------------------------------------------

    def _call_all(self, cases: Mapping[str, Any]) -> dict[str, Any]:
        """Call each exercise's functions in a sandbox of its own."""
        results: dict[str, Any] = {}
        for answer in self.submission.answers:
            name = answer.exercise
            wanted = cases.get(name, {})
            asked = _joined(wanted)
            if name in self.causes or not asked:
                continue
            job = {
                "task": "calls",
                "sources": [f"task = __import__('labkit').exercise({name!r})"]
                + [source for _, source in answer.cells],
                "calls": {key: [args for _, args in rows] for key, rows in asked.items()},
            }
            ran = self.sandbox.run(job, {"tasks.json": json.dumps(self.tasks)})
            self.peak = max(self.peak, ran.peak)
            found = ran.said.get("calls")
            if ran.how != "done":
                self.causes[name] = self._stopped(answer, ran)
            elif isinstance(found, dict) and _whole(asked, found) and _plain(found):
                results[name] = _parted(asked, found)
            else:
                self.causes[name] = ["run.silent", {}]
        return results


def _joined(wanted: Mapping[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    """All calls of each function with the use they are for."""
    made: dict[str, list[tuple[str, Any]]] = {}
    for use, functions in wanted.items():
        for name, rows in functions.items():
            made.setdefault(name, []).extend((use, row) for row in rows)
    return made


def _whole(asked: Mapping[str, Sequence[Any]], found: Mapping[str, Any]) -> bool:
    """Whether every call has its result: what else comes out was not made by us."""
    return all(
        isinstance(found.get(name), list) and len(found[name]) == len(rows)
        for name, rows in asked.items()
    )


def _plain(found: Mapping[str, Any]) -> bool:
    """Whether the results are data that an honest call could have given."""
    try:
        return bool(packed(found, MOST_RESULTS))
    except NotPlain:
        return False


def _parted(
    asked: Mapping[str, Sequence[tuple[str, Any]]], found: Mapping[str, Any]
) -> dict[str, dict[str, list[Any]]]:
    """The results by use again."""
    made: dict[str, dict[str, list[Any]]] = {}
    for name, rows in asked.items():
        results = found.get(name)
        results = results if isinstance(results, list) else []
        for (use, _), result in zip(rows, results, strict=False):
            made.setdefault(use, {}).setdefault(name, []).append(result)
    return made
