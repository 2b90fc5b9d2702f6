"""What Tab gives on a kubectl line: asked of kubectl itself (``kubectl __complete``).

It is what kubectl's completions for bash and zsh ask; verbs, kinds and names come from the
program and the cluster, so they are always right.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabkitError

LINE = re.compile(r"\s*!?\s*kubectl\s")
LIMIT = 4.0
"""Seconds that a completion may take; after that there is none."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word, and what it is for (may be empty)."""

    word: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Suggestions for what stands from ``start`` to the cursor."""

    start: int
    suggestions: tuple[Suggestion, ...]


def line_before(code: str, cursor: int) -> tuple[int, str]:
    """Where the cursor's line begins, and what stands there before the cursor.  Lines that end in
    a backslash belong together."""
    start = code.rfind("\n", 0, cursor) + 1
    while start > 1 and code[start - 2] == "\\":
        start = code.rfind("\n", 0, start - 1) + 1
    return start, code[start:cursor]


def is_kubectl(line: str) -> bool:
    """Whether the line is a kubectl command (with or without ``!``) that has begun its words."""
    return LINE.match(line) is not None


def complete(kubectl: Kubectl, code: str, cursor: int) -> Completion | None:
    """What fits at the cursor; None when the line is no kubectl command."""
    _, line = line_before(code, cursor)
    if not is_kubectl(line):
        return None
    words, last = words_of(line)
    start = cursor - len(last)
    try:
        answer = kubectl.run("__complete", *words, last, timeout=LIMIT)
    except LabkitError:
        return Completion(start, ())
    return Completion(start, suggestions_of(answer.stdout, last))


def words_of(line: str) -> tuple[list[str], str]:
    """The whole words after ``kubectl``, and the one that is being typed (may be empty)."""
    text = line.replace("\\\n", " ").strip(" !")
    rest = line.replace("\\\n", " ").lstrip(" !\t")[len("kubectl") :]
    last = "" if rest[-1:].isspace() else rest.split()[-1]
    try:
        words = shlex.split(text)[1:]
    except ValueError:  # a quote that is still open
        words = text.split()[1:]
    return (words[:-1] if last else words), last


def suggestions_of(text: str, last: str) -> tuple[Suggestion, ...]:
    """The lines of ``__complete``: word, tab, description; the last one is a directive."""
    found = []
    for line in text.splitlines():
        word, _, about = line.partition("\t")
        if word and not word.startswith((":", "_activeHelp_")) and word.startswith(last):
            found.append(Suggestion(word, about))
    return tuple(found)
