"""Rules as text that reads well: a ``str`` that Jupyter shows with lines that keep together."""

from __future__ import annotations

import html
import re

LINE = (
    "white-space:pre-wrap;overflow-wrap:break-word;word-break:normal;"
    "padding-left:2em;text-indent:-2em"
)

DRAWN = re.compile(r"--probability ([0-9.]+)")


class RuleText(str):
    """The text of ``iptables-save`` (or ``nft list ruleset``), to print, to search, to show.

    It is a ``str`` in every respect.  Jupyter breaks the lines of printed text in the middle of a
    word; shown as a cell's last value, a long rule goes on indented below its beginning.
    """

    __slots__ = ()

    def having(self, words: str) -> RuleText:
        """Only the lines in which ``words`` stand."""
        return RuleText("\n".join(line for line in self.splitlines() if words in line))

    @property
    def probabilities(self) -> tuple[float | None, ...]:
        """What stands behind ``--probability`` in each line; None where nothing is drawn."""
        found = (DRAWN.search(line) for line in self.splitlines())
        return tuple(float(one[1]) if one else None for one in found)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        lines = (f'<div style="{LINE}">{html.escape(line)}</div>' for line in self.splitlines())
        shown = f'<pre style="margin:0;font-size:13px">{"".join(lines)}</pre>'
        return {"text/html": shown, "text/plain": str(self)}
