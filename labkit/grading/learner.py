"""The learner's side of an exercise: its data, check, three hints, progress, solution."""

from __future__ import annotations

import json
import zlib
from base64 import b85decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.errors import UsageError
from labkit.grading import catalog
from labkit.grading.catalog import Exercise
from labkit.grading.draw import PRACTICE, Draw
from labkit.grading.examine import Verdict, examine
from labkit.grading.feedback import Feedback
from labkit.grading.nouns import Call, Sight, Task
from labkit.grading.plain import NotPlain, packed
from labkit.grading.progress import Progress
from labkit.grading.stage import Stage
from labkit.words import Words

SOLUTIONS = Path(__file__).parent / "exercises" / "solutions.txt"
HINT_LEVELS = 3

OpenStage = Callable[[], Stage | None]


@dataclass(slots=True)
class Learner:
    """One learner's session.  ``tokens`` are the seeds of a copy made for this learner."""

    store: Progress
    words: Words
    stage: OpenStage
    tokens: dict[str, str] = field(default_factory=dict)

    # ---- data ----------------------------------------------------------------------------

    def task(self, name: str, token: str = "") -> Task:
        """The task of an exercise; ``token`` is what a personal copy carries."""
        found = catalog.find(name, self.words)
        if token:
            self.tokens[name] = token
        seed = self.tokens.get(name, PRACTICE)
        return catalog.exam(found.id).task(Draw(f"{seed}/{name}"))

    # ---- check ---------------------------------------------------------------------------

    def check(self, name: str, namespace: Mapping[str, Any]) -> Feedback:
        """Judge what ``namespace`` (the notebook's variables) holds, with the visible tests."""
        found = catalog.find(name, self.words)
        exam = catalog.exam(name)
        task = self.task(name)
        seed = f"{self.tokens.get(name, PRACTICE)}/{name}/visible"
        answers, calls, notes = self._gathered(found, exam.cases(task, Draw(seed)), namespace)
        stage = self.stage() if found.lab else None
        try:
            sight = Sight(task, answers, calls, stage)
            if found.lab and stage is None:
                verdict = no_lab(found, self.words)
            else:
                verdict = examine(found, exam, sight, self.words.language)
        finally:
            if stage is not None:
                stage.close()
        verdict = Verdict(verdict.exercise, verdict.state, verdict.findings, tuple(notes))
        self._remember(verdict)
        return Feedback(found, verdict, self.words)

    def _gathered(
        self, found: Exercise, cases: Mapping[str, Any], namespace: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, list[Call]], list[str]]:
        answers: dict[str, Any] = {}
        calls: dict[str, list[Call]] = {}
        notes = []
        for wanted in found.answers:
            value = namespace.get(wanted.name)
            if wanted.kind == "function":
                if callable(value):
                    calls[wanted.name] = [called(value, one) for one in cases[wanted.name]]
                continue
            try:
                answers[wanted.name] = json.loads(packed(value))
            except NotPlain as error:
                kind = error.args[0]
                notes.append(self.words("grading.not_plain", name=wanted.name, kind=kind))
        return answers, calls, notes

    def _remember(self, verdict: Verdict) -> None:
        before = self._record(verdict.exercise)
        causes = [one.cause for one in verdict.findings if one.cause and one.misconception]
        record = {
            **before,
            "state": verdict.state,
            "passed": verdict.passed or bool(before.get("passed")),
            "checks": int(before.get("checks", 0)) + 1,
            "causes": list(dict.fromkeys([*before.get("causes", ()), *causes])),
        }
        self.store.put("exercises", verdict.exercise, record)

    def _record(self, name: str) -> dict[str, Any]:
        found = self.store.section("exercises").get(name, {})
        return dict(found) if isinstance(found, dict) else {}

    # ---- hints, reset, solution ----------------------------------------------------------

    def hint(self, name: str, level: int | None = None) -> str:
        """The next hint (1 where to look, 2 what is wrong, 3 the way), or that of ``level``."""
        found = catalog.find(name, self.words)
        record = self._record(name)
        taken = int(record.get("hints", 0))
        wanted = min(taken + 1, HINT_LEVELS) if level is None else level
        if wanted not in range(1, HINT_LEVELS + 1):
            raise UsageError(self.words("grading.bad_hint", level=level))
        self.store.put("exercises", name, {**record, "hints": max(taken, wanted)})
        text = found.hint(wanted, self.words.language)
        return self.words("grading.hint", id=name, level=wanted, most=HINT_LEVELS, text=text)

    def reset(self, name: str) -> str:
        """Forget what is known of one exercise (its answer cell is the learner's own)."""
        catalog.find(name, self.words)
        self.store.drop("exercises", name)
        return self.words("grading.reset", id=name)

    def solution(self, name: str) -> str:
        """Our solution, once the exercise is passed."""
        catalog.find(name, self.words)
        if not self._record(name).get("passed"):
            return self.words("grading.closed", id=name)
        return self.words("grading.solution", id=name) + "\n\n" + solutions()[name]

    # ---- progress ------------------------------------------------------------------------

    def rows(self) -> list[tuple[str, str, str, int, int, bool]]:
        """For each exercise: id, title, state, checks, hints taken, whether it is passed."""
        kept = self.store.section("exercises")
        made = []
        for one in catalog.exercises().values():
            record = kept.get(one.id, {})
            passed = bool(record.get("passed"))
            state = "correct" if passed else str(record.get("state") or "not_started")
            checks, hints = int(record.get("checks", 0)), int(record.get("hints", 0))
            title = one.text("title", self.words.language)
            made.append((one.id, title, state, checks, hints, passed))
        return made


def called(function: Callable[..., Any], arguments: Any) -> Call:
    """One call of a learner's function, whatever it does."""
    try:
        copy = json.loads(json.dumps(arguments))
        return Call(arguments, json.loads(packed(function(*copy))))
    except NotPlain as error:
        return Call(arguments, error=f"NotPlain: {error.args[0]}")
    except Exception as error:
        return Call(arguments, error=f"{type(error).__name__}: {str(error)[:200]}")


def no_lab(found: Exercise, words: Words) -> Verdict:
    """What is said when an exercise needs a lab and none runs."""
    from labkit.grading.examine import GENERIC, WORKING
    from labkit.grading.nouns import Finding

    said = GENERIC["generic.no_lab"]
    spanish = words.language == "es"
    finding = Finding(
        "lab",
        "labkit up",
        False,
        cause="generic.no_lab",
        rationale=said.es if spanish else said.en,
        help=said.help_es if spanish else said.help_en,
    )
    return Verdict(found.id, WORKING, (finding,))


def solutions() -> dict[str, str]:
    """Our solutions by exercise.  They are packed only so that nobody reads them by accident."""
    return _packed()["solutions"]


def starters() -> dict[str, str]:
    """The answer cells by exercise, as a learner first finds them."""
    return _packed()["starters"]


def _packed() -> dict[str, dict[str, str]]:
    text = SOLUTIONS.read_text(encoding="ascii").replace("\n", "")
    found: dict[str, dict[str, str]] = json.loads(zlib.decompress(b85decode(text)))
    return found
