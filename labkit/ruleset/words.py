"""A line of iptables-restore text as words (add_param_to_argv in xshared.c).

Only double quotes quote; within them a backslash takes the next character literally.
Python's shlex reads this differently, hence our own.
"""

from __future__ import annotations


def split(line: str) -> list[str]:
    """The words of a line.  Raises ``ValueError`` when a quote is not closed."""
    if '"' not in line:
        return line.split()
    words: list[str] = []
    word: list[str] = []
    quoted = started = escaped = False
    for char in line:
        if quoted:
            if escaped:
                word.append(char)
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                quoted = False
            else:
                word.append(char)
        elif char == '"':
            quoted = started = True
        elif char in " \t":
            if word or started:
                words.append("".join(word))
            word, started = [], False
        else:
            word.append(char)
    if quoted:
        raise ValueError("a double quote is not closed")
    if word or started:
        words.append("".join(word))
    return words
