"""A line of iptables-restore text as words (add_param_to_argv in xshared.c).

Only double quotes quote; within them a backslash takes the next character literally.
Python's shlex reads this differently, hence our own.
"""

from __future__ import annotations

import re

WORD = re.compile(r'(?:[^ \t"]++|"(?:[^"\\]++|\\.)*+")++', re.DOTALL)
QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def split(line: str) -> list[str]:
    """The words of a line.  Raises ``ValueError`` when a quote is not closed."""
    if '"' not in line:
        return [word for word in line.replace("\t", " ").split(" ") if word]
    words = []
    end = 0
    for found in WORD.finditer(line):
        if line[end : found.start()].strip(" \t"):
            break
        end = found.end()
        word = found[0]
        words.append(QUOTED.sub(_unquoted, word) if '"' in word else word)
    if line[end:].strip(" \t"):
        raise ValueError("a double quote is not closed")
    return words


def _unquoted(found: re.Match[str]) -> str:
    inner = found[1]
    return ESCAPED.sub(r"\1", inner) if "\\" in inner else inner
