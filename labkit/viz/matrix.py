"""The reachability matrix: guess each cell, then reveal."""

from __future__ import annotations

import html
from typing import Any

import traitlets

from labkit.model.matrix import Matrix
from labkit.viz import svg
from labkit.viz.picture import Picture
from labkit.viz.tables import plain_table
from labkit.viz.widget import Live, script, style
from labkit.words import Words

WORDS = (
    *("yes", "no", "unknown", "help", "reveal", "again"),
    *("right", "wrong", "score", "why", "from"),
)
LEFT, ROW, HEAD = 250, 34, 52
WIDTH = 820


class ReachMatrix(Live):
    """A table of buttons: each press turns ``?`` to yes to no.  Nothing is told before
    ``revealed`` is True; ``guesses`` maps "row,column" to True or False.

    The still shows the empty table until then, with the answers in a folded part.
    """

    _esm = script("matrix")
    _css = style("matrix")
    sources: traitlets.List[Any] = traitlets.List().tag(sync=True)
    targets: traitlets.List[Any] = traitlets.List().tag(sync=True)
    truth: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    guesses: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    revealed = traitlets.Bool(False).tag(sync=True)

    def __init__(self, matrix: Matrix, lang: str = "es") -> None:
        self._matrix = matrix
        self._say = Words("es" if lang == "es" else "en")
        texts = {key: raw(self._say, key) for key in WORDS}
        super().__init__(
            title=matrix.title,
            sources=list(matrix.sources),
            targets=list(matrix.targets),
            words=texts,
        )
        self.observe(self._reveal, names=["revealed"])

    def _reveal(self, change: Any) -> None:
        self.truth = self._answers() if self.revealed else {}

    def _answers(self) -> dict[str, Any]:
        matrix = self._matrix
        return {
            f"{i},{j}": [matrix.cells[source, target].ok, matrix.cells[source, target].why]
            for i, source in enumerate(matrix.sources)
            for j, target in enumerate(matrix.targets)
        }

    @property
    def right(self) -> int:
        """How many guesses were right."""
        answers = self._answers()
        return sum(answers[key][0] == guess for key, guess in self.guesses.items())

    def picture(self) -> Picture:
        """The table, empty until it is revealed."""
        say, matrix = self._say, self._matrix
        alt = matrix_alt(matrix, say, revealed=self.revealed)
        table = answers_text(matrix, say) if self.revealed else ""
        return Picture(svg.still(drawn(matrix, say, alt, revealed=self.revealed)), alt, table)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Where widgets are dead a reader can still guess first: the answers are folded."""
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        if not self.revealed:
            summary = html.escape(f"{self._matrix.title} {self._say('matrix.answers')}")
            answers = html.escape(answers_text(self._matrix, self._say))
            folded = f"<details><summary>{summary}</summary><pre>{answers}</pre></details>"
            data = {**data, "text/html": data["text/html"] + folded}
        return data, metadata


def raw(say: Words, key: str) -> str:
    """A message whose fields the browser fills in."""
    if key == "score":
        return say("matrix.score", right="{right}", guessed="{guessed}", n="{n}")
    return say(f"matrix.{key}")


def matrix_alt(matrix: Matrix, say: Words, *, revealed: bool) -> str:
    """Who reaches what, once that may be told."""
    size = {"sources": len(matrix.sources), "targets": len(matrix.targets)}
    if not revealed:
        return say("matrix.alt.hidden", **size)
    parts = []
    for source in matrix.sources:
        reached = [target for target in matrix.targets if matrix.cells[source, target].ok]
        told = ", ".join(reached) or say("matrix.nothing")
        parts.append(say("matrix.part", source=source, reached=told))
    return say("matrix.alt", parts=" ".join(parts), **size)


def answers_text(matrix: Matrix, say: Words) -> str:
    """The whole table, and what happened in each case."""
    heads = [say("matrix.from"), *matrix.targets]
    rows = [
        [source]
        + [
            say("matrix.yes" if matrix.cells[source, target].ok else "matrix.no")
            for target in matrix.targets
        ]
        for source in matrix.sources
    ]
    reasons = [
        f"- {source} → {target}: {cell.why}"
        for source in matrix.sources
        for target in matrix.targets
        if (cell := matrix.cells[source, target]).why
    ]
    return "\n".join([plain_table(heads, rows), "", *reasons])


def drawn(matrix: Matrix, say: Words, alt: str, *, revealed: bool) -> str:
    """The table as a drawing: tick, cross or question mark in each cell, never colour alone."""
    width = (WIDTH - LEFT) / max(len(matrix.targets), 1)
    letters = int(width / 6.6)
    parts = [svg.text(2, 18, matrix.title, font_weight="bold", font_size=14)]
    for j, target in enumerate(matrix.targets):
        x = LEFT + j * width + width / 2
        first, _, second = target.partition(" ")
        style: dict[str, Any] = {"text_anchor": "middle", "font_size": 12}
        parts.append(svg.text(x, 38, svg.shortened(first, letters), **style))
        parts.append(svg.text(x, HEAD, svg.shortened(second, letters), **style))
    for i, source in enumerate(matrix.sources):
        y = HEAD + 8 + i * ROW
        parts.append(svg.text(2, y + 22, svg.shortened(source, 38), font_size=12))
        for j, target in enumerate(matrix.targets):
            ok = matrix.cells[source, target].ok
            words = say("matrix.yes" if ok else "matrix.no") if revealed else "?"
            colour = (svg.GOOD if ok else svg.BAD) if revealed else svg.QUIET
            x = LEFT + j * width
            parts.append(svg.box(x + 3, y + 3, width - 6, ROW - 6, fill=svg.PAPER, stroke=colour))
            middle = {"text_anchor": "middle", "font_size": 12}
            parts.append(svg.text(x + width / 2, y + 21, words, fill=colour, **middle))
    return svg.document(WIDTH, HEAD + 16 + ROW * len(matrix.sources), *parts, alt=alt)
