"""The page that a learner gets back: what was found and why, with the notebook beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labkit.grading.feedback import SIGNS
from labkit.grading.grader.style import page, prose, text
from labkit.words import Words

Result = Mapping[str, Any]


def feedback_page(result: Result, cells: Sequence[tuple[str, str]], words: Words) -> str:
    """``cells``: kind and source of the cells that were handed in; shown, never run."""
    title = words("grade.page.title", learner=result["learner"], lesson=result["lesson"] or "?")
    parts = [f"<h1>{text(title)}</h1>", f"<p>{_score(result, words)}</p>"]
    if result["problem"]:
        parts.append(f'<p class="exercise no">{text(result["problem"])}</p>')
    if not result["graded"]:
        sentence = words("grade.page.not_graded", error=result["error"])
        parts.append(f'<p class="exercise off">{text(sentence)}</p>')
    if not result["hidden_used"]:
        parts.append(f"<p>{words('grade.page.no_hidden')}</p>")
    left = [_exercise(one, words) for one in result["exercises"]]
    if result["notes"]:
        notes = "".join(f"<li>{text(note)}</li>" for note in result["notes"])
        left.append(f"<h2>{words('grade.page.notes')}</h2><ul>{notes}</ul>")
    right = f"<h2>{words('grade.page.notebook')}</h2>" + "".join(
        f"<pre>{text(source)}</pre>" for kind, source in cells if kind == "code" and source.strip()
    )
    beside = f'<div class="beside"><div>{"".join(left)}</div><div>{right}</div></div>'
    return page(title, "".join([*parts, beside]), words)


def _score(result: Result, words: Words) -> str:
    mode = words(f"grade.mode.{result['mode']}")
    score = words("grade.page.score", score=f"{result['score']:g}", max=result["max"])
    return f"<strong>{score}</strong> · {mode}"


def _exercise(part: Mapping[str, Any], words: Words) -> str:
    state = words(f"grading.state.{part['state']}")
    head = f"{SIGNS[part['state']]} {part['id']} · {part['title']}"
    score = words("grade.page.score", score=f"{part['score']:g}", max=part["max"])
    lines = [f"<h2>{text(head)}</h2><p>{state} · {score}</p>"]
    for use in ("visible", "hidden"):
        line = part[use]
        if line is not None:
            told = words(f"grade.line.{use}", passed=line["passed"], of=line["of"])
            rows = [_row(row) for row in part["results"] if row["hidden"] == (use == "hidden")]
            lines.append(f'<h3>{text(told)}</h3><ul class="tests">{"".join(rows)}</ul>')
    kind = "ok" if part["correct"] else "no"
    return f'<section class="exercise {kind}">{"".join(lines)}</section>'


def _row(row: Mapping[str, Any]) -> str:
    sign = {True: "✓", False: "✗", None: "·"}[row["passed"]]
    line = f"<li>{sign} {text(row['description'])}"
    cause = row["cause"]
    if cause:
        belief = f" [{text(cause['misconception'])}]" if cause["misconception"] else ""
        line += f"<span><strong>{prose(cause['rationale'])}</strong>{belief}</span>"
        line += f"<span>→ {prose(cause['help'])}</span>" if cause["help"] else ""
    return line + "</li>"
