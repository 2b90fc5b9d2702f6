"""Lines of a cell that begin with ``kubectl`` become shell commands, as if a ``!`` stood there."""

from __future__ import annotations

import tokenize
from typing import Any

from IPython.core.inputtransformer2 import (
    TokenTransformBase,
    assemble_continued_line,
    find_end_of_continued_line,
)

COMMAND = "kubectl"
PYTHON_FOLLOWS = frozenset("= . ( [ , : ) ] += == != if in is and or".split())
"""After these the word is a name of Python: ``kubectl = 3``, ``kubectl.run``."""
BLANK = frozenset({tokenize.INDENT, tokenize.DEDENT})


class KubectlLine(TokenTransformBase):
    """Found by tokens, so that the same words inside a string of several lines stay what they are.

    A backslash at the end goes on with the next line, as in a shell.
    """

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> KubectlLine | None:
        """The first such line of the cell."""
        for line in tokens_by_line:
            words = [token for token in line if token.type not in BLANK]
            if words and words[0].type == tokenize.NAME and words[0].string == COMMAND:
                follows = words[1].string if len(words) > 1 else ""
                if follows.strip() not in PYTHON_FOLLOWS:
                    return cls(words[0].start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """The cell with that line as a call."""
        start, column = self.start_line, self.start_col
        end = find_end_of_continued_line(lines, start)
        command = assemble_continued_line(lines, (start, column), end)
        call = f"{lines[start][:column]}get_ipython().system({command!r})\n"
        return [*lines[:start], call, *lines[end + 1 :]]
