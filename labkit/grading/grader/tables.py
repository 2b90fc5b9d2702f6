"""Results of a class as files for other programs: LMS CSV, nbgrader's CSV, JUnit."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from labkit.words import harmless as unobeyed

Result = Mapping[str, Any]
XML = re.compile("[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a text for a formula; full width too."""


def counted(results: Sequence[Result]) -> list[Result]:
    """One result for each learner and lesson, as a gradebook wants it: the best of those that
    were handed in.  What could not be read as a lesson stays as it is."""
    best: dict[tuple[str, str, int], Result] = {}
    for place, result in enumerate(results):
        key = (result["learner"], result["lesson"], 0 if result["lesson"] else place)
        known = best.get(key)
        if known is None or _worth(result) > _worth(known):
            best[key] = result
    return list(best.values())


def _worth(result: Result) -> tuple[bool, float]:
    return bool(result["graded"]), float(result["score"])


def lms_csv(results: Sequence[Result], now: float) -> str:
    """One line for each exercise: ``user,exercise,score,max,state,mode,timestamp``.

    Names that a spreadsheet would take for a formula are quoted.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["user", "exercise", "score", "max", "state", "mode", "timestamp"])
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for result in results:
        for part in result["exercises"]:
            writer.writerow(
                [
                    harmless(result["learner"]),
                    part["id"],
                    f"{part['score']:g}",
                    part["max"],
                    part["state"] if result["graded"] else "not_graded",
                    result["mode"],
                    stamp,
                ]
            )
    return out.getvalue()


def nbgrader_csv(results: Sequence[Result], now: float) -> str:
    """The columns of ``nbgrader export``, one line for each submission."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        "assignment duedate timestamp student_id last_name first_name email raw_score"
        " late_submission_penalty score max_score".split()
    )
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S")
    for result in results:
        score = f"{result['score']:g}"
        learner, lesson = harmless(result["learner"]), f"lesson-{result['lesson'] or 'unknown'}"
        row = [lesson, "", stamp, learner, "", "", "", score, "0.0", score, result["max"]]
        writer.writerow(row)
    return out.getvalue()


def harmless(text: str) -> str:
    """Text that no spreadsheet runs, and no terminal."""
    text = unobeyed(text)
    return f"'{text}" if text.lstrip()[:1] in FORMULA or text[:1] in ("\t", "\r", "\n") else text


def junit(results: Sequence[Result]) -> str:
    """A suite for each submission, a case for each test."""
    root = ET.Element("testsuites", name="labkit")
    for result in results:
        suite = ET.SubElement(
            root, "testsuite", name=clean(f"{result['learner']} {result['lesson']}")
        )
        cases = failures = skipped = 0
        for part in result["exercises"]:
            for row in part["results"]:
                cases += 1
                name = f"{'hidden: ' if row['hidden'] else ''}{row['name']}"
                case = ET.SubElement(suite, "testcase", classname=part["id"], name=clean(name))
                cause = row["cause"]
                if row["passed"] is None and cause is None:
                    skipped += 1
                    ET.SubElement(case, "skipped")
                elif not row["passed"]:
                    failures += 1
                    text = cause["rationale"] if cause else ""
                    ET.SubElement(case, "failure", message=clean(text), type=cause["key"])
        if not result["graded"]:
            case = ET.SubElement(suite, "testcase", classname="labkit", name="graded")
            ET.SubElement(case, "error", message=clean(result["error"]))
        suite.set("tests", str(cases))
        suite.set("failures", str(failures))
        suite.set("skipped", str(skipped))
        suite.set("errors", "0" if result["graded"] else "1")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def clean(text: str) -> str:
    """Without the signs that XML cannot hold."""
    return "".join(sign if sign in "\t\n" or XML.match(sign) else "?" for sign in text[:2000])
