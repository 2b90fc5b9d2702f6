"""Where the command line prints: results to stdout, progress and errors to stderr."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from labkit.words import columns, harmless

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "cyan": "36"}


class Console:
    """Two streams and whether colours are wanted.  ``quiet`` sends what people read to stderr,
    so that stdout holds nothing but JSON."""

    def __init__(self, out: TextIO, err: TextIO, environment: Mapping[str, str]) -> None:
        self.out = out
        self.err = err
        self.quiet = False
        self._plain = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
        self._progress = 0

    @property
    def people(self) -> TextIO:
        """The stream for what people read."""
        return self.err if self.quiet else self.out

    def print(self, text: str = "", style: str = "") -> None:
        """A line for people."""
        self.clear_progress()
        print(self._styled(harmless(text), style, self.people), file=self.people, flush=True)

    def warn(self, text: str, style: str = "") -> None:
        """A line to stderr."""
        self.clear_progress()
        print(self._styled(harmless(text), style, self.err), file=self.err, flush=True)

    def text(self, text: str) -> None:
        """A result exactly as it is, ending with one line end."""
        self.out.write(text if text.endswith("\n") else text + "\n")
        self.out.flush()

    def json(self, value: Any) -> None:
        """A result as JSON, for programs."""
        self.text(json.dumps(value, ensure_ascii=False, indent=2))

    def progress(self, text: str) -> None:
        """A line on a terminal's stderr that the next one replaces; elsewhere nothing."""
        text = harmless(text)
        if self.err.isatty():
            wide = columns(text)
            self.err.write("\r" + text + " " * (self._progress - wide))
            self.err.flush()
            self._progress = wide

    def clear_progress(self) -> None:
        """Take the progress line away."""
        if self._progress:
            self.err.write("\r" + " " * self._progress + "\r")
            self.err.flush()
            self._progress = 0

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], right: str = "") -> None:
        """Aligned columns; ``right`` has an ``r`` for each column that is set to the right.

        A cell is one line, so that no text from outside can draw a row of its own.
        """
        lines = [[" ".join(harmless(cell).splitlines()) for cell in row] for row in (head, *rows)]
        widths = [max(columns(row[i]) for row in lines) for i in range(len(head))]
        for number, row in enumerate(lines):
            cells = (
                _filled(cell, widths[i], right[i : i + 1] == "r") for i, cell in enumerate(row)
            )
            self.print("  ".join(cells).rstrip(), "bold" if number == 0 else "")

    def _styled(self, text: str, style: str, stream: TextIO) -> str:
        if not style or self._plain or not stream.isatty():
            return text
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m"


def _filled(cell: str, width: int, right: bool) -> str:
    space = " " * (width - columns(cell))
    return space + cell if right else cell + space
