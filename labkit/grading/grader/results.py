"""A result as JSON: what each test found, visible and hidden apart, and the points they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labkit.grading.catalog import Exercise
from labkit.grading.examine import CORRECT
from labkit.grading.grader.submission import Note, Submission, unbroken
from labkit.grading.runs import NOTES, RUNS
from labkit.words import Language

if TYPE_CHECKING:
    from labkit.grading.grader.marking import Work

VERSION = 2


def result_of(
    submission: Submission,
    exercises: Sequence[Exercise],
    verdicts: Mapping[str, Any],
    notes: Sequence[Note],
    work: Work,
    *,
    seconds: float,
    problem: str = "",
) -> dict[str, Any]:
    """The whole result.  ``problem`` is ours (the judge failed): then there is no mark at all."""
    spanish = work.language == "es"
    parts = [_exercise(one, verdicts.get(one.id, {}), work.language) for one in exercises]
    told = submission.problem
    return {
        "version": VERSION,
        "learner": submission.learner,
        "lesson": submission.lesson,
        "language": work.language,
        "submission": unbroken(submission.path.name),
        "digest": submission.digest,
        "graded": not problem,
        "error": problem,
        "mode": "sandbox" if work.bwrap else "practice",
        "hidden_used": bool(work.hidden),
        "problem": _sentence(f"file.{told.key}", told.fields, spanish) if told else "",
        "score": round(sum(part["score"] for part in parts), 2),
        "max": sum(part["max"] for part in parts),
        "exercises": parts,
        "notes": [_note(note, spanish) for note in notes],
        "note_keys": [note.key for note in notes],
        "seconds": round(seconds, 2),
    }


def _exercise(
    exercise: Exercise, verdicts: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    findings = [one for verdict in verdicts.values() for one in verdict["findings"]]
    whole = sum(one["weight"] for one in findings)
    rows = [_row(one, exercise.points * one["weight"] / whole) for one in findings]
    score = round(sum(row["points"] for row in rows), 2)
    visible = verdicts.get("visible", {})
    return {
        "id": exercise.id,
        "title": exercise.text("title", language),
        "state": visible.get("state", "not_started"),
        "correct": bool(verdicts) and all(one["state"] == CORRECT for one in verdicts.values()),
        "score": score,
        "max": exercise.points,
        "visible": _line(verdicts.get("visible")),
        "hidden": _line(verdicts.get("hidden")),
        "results": rows,
    }


def _row(finding: Mapping[str, Any], points: float) -> dict[str, Any]:
    """One test as check50 writes it, with points and whether it was hidden."""
    cause = None
    if finding["cause"]:
        cause = {
            "key": finding["cause"],
            "rationale": finding["rationale"],
            "help": finding["help"],
            "misconception": finding["misconception"],
        }
    return {
        "name": finding["name"],
        "description": finding["title"],
        "passed": finding["passed"],
        "hidden": finding["hidden"],
        "cause": cause,
        "dependency": finding["needs"] or None,
        "points": round(points, 4) if finding["passed"] else 0.0,
        "max": round(points, 4),
    }


def _line(verdict: Mapping[str, Any] | None) -> dict[str, int] | None:
    if verdict is None:
        return None
    findings = verdict["findings"]
    return {"passed": sum(1 for one in findings if one["passed"]), "of": len(findings)}


def _note(note: Note, spanish: bool) -> str:
    pair = NOTES[note.key]
    return (pair[0] if spanish else pair[1]).format(**note.fields)


def _sentence(key: str, fields: Mapping[str, Any], spanish: bool) -> str:
    said = RUNS[key]
    return (said.es if spanish else said.en).format(**fields)
