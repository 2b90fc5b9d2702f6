"""All exercises of the course as a table: what is passed, how far the others are."""

from __future__ import annotations

import html
from dataclasses import dataclass

from labkit.grading.feedback import SIGNS
from labkit.words import Words

LEFT = 'style="text-align:left"'
"""JupyterLab sets cells of tables to the right."""
Row = tuple[str, str, str, int, int, bool]


@dataclass(frozen=True, slots=True)
class Overview:
    """``rows``: id, title, state, checks, hints taken, passed.  ``fallen``: the beliefs that
    answers once showed, of exercises that are passed by now."""

    rows: tuple[Row, ...]
    words: Words
    fallen: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many are passed."""
        return sum(1 for row in self.rows if row[-1])

    def text(self) -> str:
        """The table as lines."""
        head = self.words("grading.overview", passed=self.passed, all=len(self.rows))
        lines = [head]
        for name, title, state, checks, hints, _ in self.rows:
            told = self.words("grading.overview.row", checks=checks, hints=hints)
            word = self.words(f"grading.state.{state}")
            lines.append(f"  {SIGNS[state]} {name}  {title}: {word} ({told})")
        if self.fallen:
            lines += [self.words("grading.record.beliefs"), *(f"  {one}" for one in self.fallen)]
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": self.text()}

    def _html(self) -> str:
        keys = ("id", "title", "state", "checks", "hints")
        head = "".join(
            f'<th scope="col" {LEFT}>{self.words(f"grading.column.{key}")}</th>' for key in keys
        )
        rows = []
        for name, title, state, checks, hints, _ in self.rows:
            word = f"{SIGNS[state]} {self.words(f'grading.state.{state}')}"
            cells = (html.escape(title), word, str(checks), str(hints))
            data = "".join(f"<td {LEFT}>{cell}</td>" for cell in cells)
            rows.append(f'<tr><th scope="row" {LEFT}>{name}</th>{data}</tr>')
        caption = self.words("grading.overview", passed=self.passed, all=len(self.rows))
        table = f"<table><caption>{caption}</caption><tr>{head}</tr>{''.join(rows)}</table>"
        return table + self._beliefs()

    def _beliefs(self) -> str:
        """The beliefs that fell as a list; nothing when there are none."""
        if not self.fallen:
            return ""
        told = "".join(f"<li>{html.escape(one)}</li>" for one in self.fallen)
        return f"<p><strong>{self.words('grading.record.beliefs')}</strong></p><ul>{told}</ul>"

    def __repr__(self) -> str:
        return self.text()
