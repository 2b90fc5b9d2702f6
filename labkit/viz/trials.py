"""A widget to try out combinations: choose, press, read; what was tried stays as a table."""

from __future__ import annotations

import html
from typing import Any

import anywidget
import traitlets

from labkit.model.trials import Trials
from labkit.viz.labels import label
from labkit.viz.widget import script, style


class TrialsWidget(anywidget.AnyWidget):
    """Radio buttons for each choice of ``trials`` and a button; the outcome is read aloud.

    Trait ``tried`` counts the different combinations that were tried.  Where widgets are dead
    the whole table of outcomes stands in a folded part.
    """

    _esm = script("trials")
    _css = style("trials")
    title = traitlets.Unicode("").tag(sync=True)
    choices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    words: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    tried = traitlets.Int(0).tag(sync=True)

    def __init__(self, trials: Trials, lang: str = "es") -> None:
        self._trials, self._lang = trials, lang
        words = {
            "try": label("trials.try", lang),
            "start": label("trials.start", lang),
            "outcome": trials.outcome_name,
        }
        super().__init__(
            title=trials.title,
            choices=[{"name": c.name, "options": list(c.options)} for c in trials.choices],
            rows=[list(row) for row in trials.rows()],
            words=words,
        )

    def __repr__(self) -> str:
        return f"<Trials: {self.title}>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget; beside it all outcomes as a folded table and as text."""
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        return {
            **data,
            "text/plain": trials_text(self._trials),
            "text/html": trials_html(self._trials, self._lang),
        }, metadata


def trials_text(trials: Trials) -> str:
    """All combinations as a table to read."""
    rows = [(*(c.name for c in trials.choices), trials.outcome_name), *trials.rows()]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([trials.title, *(line.rstrip() for line in lines)])


def trials_html(trials: Trials, lang: str) -> str:
    """The same, folded: a reader may guess first."""
    heads = [*(c.name for c in trials.choices), trials.outcome_name]
    head = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(one)}</td>" for one in row) + "</tr>"
        for row in trials.rows()
    )
    summary = html.escape(f"{trials.title}: {label('trials.all', lang)}")
    return (
        f"<details><summary>{summary}</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )
