"""Tests on answers: what each found, and which of five states that makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from labkit.errors import CommandFailed
from labkit.grading.catalog import Exercise
from labkit.grading.nouns import Call, Cause, Exam, Finding, Said, Sight, Test, because
from labkit.grading.plain import has_blanks, is_blank
from labkit.grading.runs import RUNS
from labkit.words import Language, Words

NOT_STARTED, MISSING, WORKING, ALMOST, CORRECT = (
    "not_started",
    "missing",
    "keep_working",
    "almost",
    "correct",
)
STATES = (NOT_STARTED, MISSING, WORKING, ALMOST, CORRECT)
ALMOST_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of one exercise and the findings behind it."""

    exercise: str
    state: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The part of the weight whose tests passed, 0 to 1."""
        whole = sum(one.weight for one in self.findings)
        return sum(one.weight for one in self.findings if one.passed) / whole if whole else 0.0

    @property
    def passed(self) -> bool:
        """Everything passed."""
        return self.state == CORRECT


def examine(
    exercise: Exercise, exam: Exam, sight: Sight, language: Language, *, hidden: bool = False
) -> Verdict:
    """Run the tests of ``exam`` on what is seen; a blank answer is told before any test."""
    stated = unanswered(exercise, sight)
    if stated is not None:
        state, cause = stated
        return Verdict(exercise.id, state, _all_failed(exam, cause, language, hidden))
    findings: list[Finding] = []
    passed: set[str] = set()
    for test in exam.TESTS:
        finding = _one(test, exam, sight, passed, language, hidden)
        findings.append(finding)
        if finding.passed:
            passed.add(test.name)
    return Verdict(exercise.id, state_of(findings), tuple(findings))


def blocked(
    exercise: Exercise, exam: Exam, cause: Cause, language: Language, *, hidden: bool = False
) -> Verdict:
    """The verdict when there is nothing to judge: the cause stands at the first test."""
    state = NOT_STARTED if cause.key == "generic.not_started" else MISSING
    return Verdict(exercise.id, state, _all_failed(exam, cause, language, hidden))


def state_of(findings: Sequence[Finding]) -> str:
    """Keep working, almost or correct."""
    whole = sum(one.weight for one in findings)
    good = sum(one.weight for one in findings if one.passed)
    if good == whole:
        return CORRECT
    return ALMOST if good >= ALMOST_FROM * whole else WORKING


def unanswered(exercise: Exercise, sight: Sight) -> tuple[str, Cause] | None:
    """Not started or something missing, and why; ``None`` when every answer can be judged."""
    blank, partial = [], []
    for wanted in exercise.answers:
        if wanted.kind == "function":
            calls = sight.calls.get(wanted.name, ())
            if not calls or all(call.result is None and not call.error for call in calls):
                blank.append(wanted.name)
        elif is_blank(sight.answers.get(wanted.name)):
            blank.append(wanted.name)
        elif wanted.kind == "manifest" and has_blanks(sight.answers[wanted.name]):
            partial.append(wanted.name)
    if len(blank) == len(exercise.answers):
        return NOT_STARTED, because("generic.not_started", names=", ".join(blank))
    if blank:
        return MISSING, because("generic.missing", names=", ".join(blank))
    if partial:
        return MISSING, because("generic.blanks", names=", ".join(partial))
    return None


def _one(
    test: Test, exam: Exam, sight: Sight, passed: set[str], language: Language, hidden: bool
) -> Finding:
    title = test.es if language == "es" else test.en
    found = Finding(test.name, title, True, test.weight, hidden, test.needs)
    if test.needs and test.needs not in passed:
        return replace(found, passed=None)
    try:
        cause = test.run(sight)
    except CommandFailed as error:
        cause = because("generic.kubectl", said=error.what)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        cause = because("generic.shape", kind=type(error).__name__)
    return found if cause is None else _failed(found, cause, exam, language)


def _failed(found: Finding, cause: Cause, exam: Exam, language: Language) -> Finding:
    said = exam.SAID.get(cause.key) or GENERIC.get(cause.key) or RUNS[cause.key]
    fields: Mapping[str, Any] = cause.fields
    rationale, help_ = (said.es, said.help_es) if language == "es" else (said.en, said.help_en)
    return replace(
        found,
        passed=False,
        cause=cause.key,
        rationale=rationale.format(**fields),
        help=help_.format(**fields),
        misconception=said.misconception,
    )


def _all_failed(exam: Exam, cause: Cause, language: Language, hidden: bool) -> tuple[Finding, ...]:
    """The first test carries the cause, the others were not run."""
    findings: list[Finding] = []
    for test in exam.TESTS:
        title = test.es if language == "es" else test.en
        found = Finding(test.name, title, None, test.weight, hidden, test.needs)
        findings.append(found if findings else _failed(found, cause, exam, language))
    return tuple(findings)


def raised(calls: Sequence[Call]) -> Cause | None:
    """The first call that ended in an error, as a cause."""
    for call in calls:
        if call.error:
            shown = ", ".join(_short(one) for one in call.arguments)
            return because("generic.raised", call=shown, error=call.error)
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def state_text(state: str, words: Words) -> str:
    """The state in words."""
    return words(f"grading.state.{state}")


GENERIC: dict[str, Said] = {
    "generic.not_started": Said(
        "Aún no has empezado. Falta: {names}.",
        "Not started yet. Still to be written: {names}.",
        "Escribe tu respuesta en el lugar marcado; en un cuaderno, ejecuta antes la celda.",
        "Write your answer in the marked place; in a notebook, run the cell first.",
    ),
    "generic.missing": Said(
        "Falta: {names}.",
        "Missing: {names}.",
        "Complétalo y comprueba otra vez; en un cuaderno, ejecuta antes la celda.",
        "Fill it in and check again; in a notebook, run the cell first.",
    ),
    "generic.blanks": Said(
        "Quedan huecos (____) en {names}.",
        "There are blanks (____) left in {names}.",
        "Rellena cada hueco; en un cuaderno, ejecuta la celda.",
        "Fill every blank; in a notebook, run the cell.",
    ),
    "generic.raised": Said(
        "Tu función terminó en error con ({call}): {error}.",
        "Your function ended in an error for ({call}): {error}.",
        "Llámala tú con esos argumentos en una celda y lee la traza desde la última línea.",
        "Call it yourself with these arguments in a cell and read the traceback from its end.",
    ),
    "generic.shape": Said(
        "La respuesta no tiene la forma que pide el enunciado ({kind} al leerla).",
        "The answer does not have the form that the statement asks for ({kind} while reading it).",
        "Compara tu respuesta con el ejemplo del enunciado: tipos, nombres y número de elementos.",
        "Set your answer beside the example in the statement: types, names, number of elements.",
    ),
    "generic.kubectl": Said(
        "El clúster no lo aceptó: {said}",
        "The cluster did not take it: {said}",
        "Lee el mensaje de kubectl: nombra el campo o el objeto.",
        "Read kubectl's message: it names the field or the object.",
    ),
    "generic.refused": Said(
        "El clúster no aceptó `{name}`: {said}",
        "The cluster did not take `{name}`: {said}",
        "Lee el mensaje de kubectl: nombra el objeto o el campo, o la línea de ese texto.",
        "Read kubectl's message: it names the object or the field, or the line of that text.",
    ),
    "generic.no_lab": Said(
        "Este ejercicio se comprueba contra el laboratorio y no hay ninguno en marcha.",
        "This exercise is checked against the lab, and none is running.",
        "Ejecuta `lab = open_lab()` (en una terminal, `labkit up`) y comprueba otra vez.",
        "Run `lab = open_lab()` (in a terminal, `labkit up`) and check again.",
    ),
}
