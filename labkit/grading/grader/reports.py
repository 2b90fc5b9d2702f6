"""All files of a graded class, written side by side: no server, nothing fetched."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.grading import catalog
from labkit.grading.grader.class_page import class_page
from labkit.grading.grader.classroom import Item
from labkit.grading.grader.feedback_page import feedback_page
from labkit.grading.grader.overview import class_view, fingerprint
from labkit.grading.grader.submission import Submission, read_submission
from labkit.grading.grader.tables import counted, junit, lms_csv, nbgrader_csv
from labkit.words import Words

Result = Mapping[str, Any]
OVERVIEW = "index.html"


def write_reports(
    todo: Sequence[Item], results: Sequence[Result], out: Path, now: float, words: Words
) -> Path:
    """Feedback for each, tables and one page for all; gives the page's path."""
    shown: list[Result] = []
    answers: dict[str, str] = {}
    for item, result in zip(todo, results, strict=True):
        work = item.work
        submission = read_submission(Path(work.path), work.learner, work.limits.notebook)
        target = item.target.with_suffix(".html")
        told = Words(result.get("language") or words.language)
        _write(target, feedback_page(result, submission.cells, told))
        address = target.relative_to(out).as_posix()
        shown.append({**result, "page": address})
        if result["score"]:
            answers[address] = fingerprint(_sources(submission))
    view = class_view(shown, answers)
    beliefs = catalog.beliefs(words.language)
    page = out / OVERVIEW
    _write(page, class_page(view, beliefs, words))
    _write(out / "grades.csv", lms_csv(counted(results), now))
    _write(out / "nbgrader.csv", nbgrader_csv(counted(results), now))
    _write(out / "junit.xml", junit(results))
    _write(out / "results.json", json.dumps(list(results), ensure_ascii=False, indent=1) + "\n")
    return page


def _sources(submission: Submission) -> list[str]:
    return [source for answer in submission.answers for _, source in answer.cells]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
