"""Shell patterns (``*``, ``?``, ``[...]``) as regular expressions, and file names from them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import paths

Pieces = Sequence[tuple[str, bool]]
"""Texts, each with whether it is quoted (and so no pattern)."""


def has_pattern(pieces: Pieces) -> bool:
    """Whether an unquoted pattern character occurs."""
    return any(not quoted and any(char in text for char in "*?[") for text, quoted in pieces)


def regex(pieces: Pieces, *, slash: bool = True, greedy: bool = True) -> str:
    """A regular expression; with ``slash`` false ``*`` and ``?`` stop at slashes."""
    marked: list[tuple[str, bool]] = [(char, quoted) for text, quoted in pieces for char in text]
    any_char = "." if slash else "[^/]"
    result, at = [], 0
    while at < len(marked):
        char, quoted = marked[at]
        at += 1
        if quoted:
            result.append(re.escape(char))
        elif char == "*":
            result.append(any_char + ("*" if greedy else "*?"))
        elif char == "?":
            result.append(any_char)
        elif char == "[":
            bracket, at = _bracket(marked, at)
            result.append(bracket)
        elif char == "\\" and at < len(marked):
            result.append(re.escape(marked[at][0]))
            at += 1
        else:
            result.append(re.escape(char))
    return "(?s:" + "".join(result) + ")"


def _bracket(marked: list[tuple[str, bool]], at: int) -> tuple[str, int]:
    """A bracket expression from behind its ``[``; a plain bracket when it never closes."""
    end = at + 1 if at < len(marked) and marked[at][0] in "!^" else at
    end += 1
    while end < len(marked) and (marked[end][0] != "]" or marked[end][1]):
        if marked[end][0] == "[" and marked[end + 1 : end + 2] == [(":", False)]:
            end += 2
            while end < len(marked) and marked[end][0] != "]":
                end += 1
        end += 1
    if end >= len(marked):
        return re.escape("["), at
    inside = "".join(
        re.escape(char) if quoted or char in "\\[]&~|^" else char for char, quoted in marked[at:end]
    )
    plain = "".join(char for char, _ in marked[at:end])
    for name, members in CLASSES.items():
        if f"[:{name}:]" in plain:
            inside = inside.replace(re.escape("[") + f":{name}:" + re.escape("]"), members)
    if plain[0] in "!^":
        inside = "^" + inside[len(re.escape("^")) if plain[0] == "^" else 1 :]
    return f"[{inside}]", end + 1


CLASSES = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "blank": r" \t",
}  # fmt: skip


def file_names(process: Process, pieces: Pieces) -> list[str]:
    """Existing paths that match, sorted; hidden ones only for a pattern that begins so."""
    plain = "".join(text for text, _ in pieces)
    expression = re.compile(regex(pieces, slash=False))
    folder = "/" if plain.startswith("/") else process.workdir
    prefix = "" if plain.startswith("/") else folder.rstrip("/") + "/"
    found = set()
    for path in _everything(process):
        shown = path[len(prefix) :] if path.startswith(prefix) else path
        if path.startswith(prefix) and expression.fullmatch(shown):
            hidden = any(part.startswith(".") for part in shown.split("/"))
            if not hidden or "." in plain:
                found.add(shown)
    return sorted(found)


def _everything(process: Process) -> set[str]:
    """Every file and every folder on the way to it."""
    found: set[str] = set(paths.BUILT_IN)
    for name in process.files:
        path = name.rstrip("/")
        while path:
            found.add(path)
            path = path.rpartition("/")[0]
    return found - {"/"}
