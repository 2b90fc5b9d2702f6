"""Feedback as text (terminals, screen readers) and as HTML (notebooks), cause first."""

from __future__ import annotations

import html
from dataclasses import dataclass

from labkit.grading.catalog import Exercise
from labkit.grading.examine import ALMOST, CORRECT, MISSING, NOT_STARTED, WORKING, Verdict
from labkit.grading.nouns import Finding
from labkit.words import Words

SIGNS = {NOT_STARTED: "○", MISSING: "◔", WORKING: "◑", ALMOST: "◕", CORRECT: "●"}
COLOURS = {
    NOT_STARTED: "#666666",
    MISSING: "#CC79A7",
    WORKING: "#D55E00",
    ALMOST: "#0072B2",
    CORRECT: "#009E73",
}
"""Okabe-Ito; the sign and the word say the same without colour."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What ``check`` gives back: Jupyter draws it, ``print`` writes it, ``passed`` tells."""

    exercise: Exercise
    verdict: Verdict
    words: Words

    @property
    def state(self) -> str:
        """One of ``not_started``, ``missing``, ``keep_working``, ``almost``, ``correct``."""
        return self.verdict.state

    @property
    def passed(self) -> bool:
        return self.verdict.passed

    def text(self, terminal: bool = False) -> str:
        """The same as the HTML form, as lines; a ``terminal`` has next steps of its own."""
        lines = [self._headline()]
        for one in self._failed():
            lines.append(f"  ✗ {one.rationale}" + (f" [{one.misconception}]" * self._tells(one)))
            if one.help:
                lines.append(f"    → {one.help}")
        done = [one for one in self.verdict.findings if one.passed]
        lines.extend(f"  ✓ {one.title}" for one in done)
        waiting = [one.title for one in self.verdict.findings if one.passed is None]
        if waiting and self.state not in (NOT_STARTED, MISSING):
            lines.append("  · " + self.words("grading.waiting", names="; ".join(waiting)))
        lines.extend(f"  {note}" for note in self.verdict.notes)
        lines.append(self._next(terminal))
        return "\n".join(lines)

    def html(self) -> str:
        """A box with the state, the causes, what passed, and the next step."""
        colour = COLOURS[self.state]
        parts = [f'<p style="margin:0"><strong>{_escaped(self._headline())}</strong></p>']
        rows = [self._html_row("✗", one.rationale, one.help) for one in self._failed()]
        rows += [self._html_row("✓", one.title, "") for one in self.verdict.findings if one.passed]
        if rows:
            style = "list-style:none;padding-left:0;margin:.4em 0"
            parts.append(f'<ul style="{style}">' + "".join(rows) + "</ul>")
        parts.extend(f"<p>{_escaped(note)}</p>" for note in self.verdict.notes)
        parts.append(f'<p style="margin:0">{_escaped(self._next())}</p>')
        return (
            f'<div role="status" lang="{self.words.language}" style="border-left:6px solid '
            f'{colour};padding:.5em .8em;max-width:48em">' + "".join(parts) + "</div>"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.text()}

    def __repr__(self) -> str:
        return self.text()

    def _headline(self) -> str:
        done = sum(1 for one in self.verdict.findings if one.passed)
        return self.words(
            "grading.headline",
            sign=SIGNS[self.state],
            id=self.exercise.id,
            state=self.words(f"grading.state.{self.state}"),
            done=done,
            all=len(self.verdict.findings),
        )

    def _failed(self) -> list[Finding]:
        return [one for one in self.verdict.findings if one.passed is False]

    def _tells(self, finding: Finding) -> bool:
        return bool(finding.misconception)

    def _next(self, terminal: bool = False) -> str:
        key = "grading.next.passed" if self.passed else "grading.next.hint"
        return self.words(key + ".terminal" * terminal, id=self.exercise.id)

    def _html_row(self, sign: str, text: str, help_: str) -> str:
        more = f"<br><small>→ {_escaped(help_)}</small>" if help_ else ""
        return f'<li style="margin:.2em 0">{sign} {_escaped(text)}{more}</li>'


def _escaped(text: str) -> str:
    """Safe in HTML; `code` as code."""
    parts = html.escape(text, quote=False).split("`")
    marked = [f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)]
    return "".join(marked) if len(parts) % 2 else html.escape(text, quote=False)
