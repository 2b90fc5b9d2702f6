"""Word expansion: parameters, command substitution, arithmetic, splitting, patterns.

Order and rules as in POSIX, Shell Command Language 2.6.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit.embedded.shell import patterns
from labkit.embedded.shell.arithmetic import evaluate
from labkit.embedded.shell.nodes import Arithmetic, Parameter, Part, Substitution, Text, Word

if TYPE_CHECKING:
    from labkit.embedded.shell.interpreter import Shell

BREAK = "\0break"
"""A piece that stands for the border between two fields of ``"$@"``."""


class ExpansionMistake(Exception):
    """``${x?}`` of an unset parameter, or a bad substitution."""


async def fields(shell: Shell, word: Word) -> list[str]:
    """A word of a command as the fields that it becomes."""
    found: list[str] = []
    for pieces in split(await pieces_of(shell, word), shell.variables.get("IFS", " \t\n")):
        names = patterns.file_names(shell.process, pieces) if patterns.has_pattern(pieces) else []
        found.extend(names or ["".join(text for text, _ in pieces)])
    return found


async def single(shell: Shell, word: Word) -> str:
    """A word where no splitting happens: an assignment, a redirection, a case word."""
    pieces = await pieces_of(shell, word)
    return "".join(" " if text == BREAK else text for text, _, _ in pieces)


async def pattern(shell: Shell, word: Word, *, greedy: bool = True) -> str:
    """A word as a regular expression."""
    pieces = [(text, quoted) for text, quoted, _ in await pieces_of(shell, word)]
    return patterns.regex(pieces, greedy=greedy)


Piece = tuple[str, bool, bool]
"""Text, quoted (no pattern), may be split."""


async def pieces_of(shell: Shell, word: Word) -> list[Piece]:
    """Every part expanded, not yet split."""
    pieces: list[Piece] = []
    for index, part in enumerate(word.parts):
        if index == 0 and isinstance(part, Text) and not part.quoted and part.text[:1] == "~":
            part = Text(_tilde(shell, part.text), False)
        pieces.extend(await _part(shell, part))
    return pieces


def _tilde(shell: Shell, text: str) -> str:
    head, slash, rest = text.partition("/")
    return shell.variables.get("HOME", "/root") + slash + rest if head == "~" else text


async def _part(shell: Shell, part: Part) -> list[Piece]:
    if isinstance(part, Text):
        return [(part.text, part.quoted, False)]
    if isinstance(part, Substitution):
        text = await shell.capture(part.body)
        return [(text.rstrip("\n"), part.quoted, not part.quoted)]
    if isinstance(part, Arithmetic):
        value = evaluate(await single(shell, part.expression), shell.variables)
        return [(str(value), part.quoted, not part.quoted)]
    return await _parameter(shell, part)


async def _parameter(shell: Shell, part: Parameter) -> list[Piece]:
    if part.name in "@*" and not part.operator:
        return _all_parameters(shell, part)
    value = shell.parameter(part.name)
    operator, word = part.operator, part.word
    if operator == "#len":
        count = len(shell.arguments) if part.name in "@*" else len(value or "")
        return [(str(count), part.quoted, not part.quoted)]
    if word is None or operator == "":
        if value is None and shell.nounset:
            raise ExpansionMistake(f"{part.name}: parameter not set")
        return [(value or "", part.quoted, not part.quoted)]
    missing = value is None or (operator.startswith(":") and not value and operator != ":")
    if operator in ("-", ":-", "+", ":+", "=", ":=", "?", ":?"):
        return await _conditional(shell, part, word, value, missing)
    text = await _trimmed(shell, value or "", operator, word)
    return [(text, part.quoted, not part.quoted)]


def _all_parameters(shell: Shell, part: Parameter) -> list[Piece]:
    if part.name == "*" and part.quoted:
        joint = shell.variables.get("IFS", " ")[:1]
        return [(joint.join(shell.arguments), True, False)]
    pieces: list[Piece] = []
    for index, argument in enumerate(shell.arguments):
        if index:
            pieces.append((BREAK, True, False))
        pieces.append((argument, part.quoted, not part.quoted))
    if not shell.arguments and part.quoted:
        pieces.append((BREAK, False, False))
    return pieces


async def _conditional(
    shell: Shell, part: Parameter, word: Word, value: str | None, missing: bool
) -> list[Piece]:
    kind = part.operator[-1]
    if kind == "+":
        return [] if missing else await pieces_of(shell, word)
    if not missing:
        return [(value or "", part.quoted, not part.quoted)]
    if kind == "-":
        pieces = await pieces_of(shell, word)
        return [(text, quoted or part.quoted, not quoted) for text, quoted, _ in pieces]
    text = await single(shell, word)
    if kind == "?":
        raise ExpansionMistake(f"{part.name}: {text or 'parameter not set'}")
    shell.assign(part.name, text)
    return [(text, part.quoted, not part.quoted)]


async def _trimmed(shell: Shell, value: str, operator: str, word: Word) -> str:
    if operator == ":":
        return _substring(value, await single(shell, word), shell)
    if operator == "/":
        return await _replaced(shell, value, word)
    body = await pattern(shell, word, greedy=operator in ("##", "%%"))
    if operator in ("#", "##"):
        found = re.match(body, value)
        return value[found.end() :] if found else value
    starts = range(len(value) + 1) if operator == "%%" else range(len(value), -1, -1)
    for start in starts:
        if re.fullmatch(body, value[start:]):
            return value[:start]
    return value


def _substring(value: str, spec: str, shell: Shell) -> str:
    first, _, second = spec.partition(":")
    start = evaluate(first, shell.variables)
    start = max(len(value) + start, 0) if start < 0 else start
    if not second:
        return value[start:]
    length = evaluate(second, shell.variables)
    return value[start : length if length < 0 else start + length]


async def _replaced(shell: Shell, value: str, word: Word) -> str:
    text = await single(shell, word)
    every = text.startswith("/")
    target, _, new = text[1:].partition("/") if every else text.partition("/")
    body = patterns.regex([(target, False)])
    return re.sub(body, lambda _: new, value, count=0 if every else 1) if target else value


class _Splitter:
    """Field splitting as POSIX 2.6.5 has it: blanks of IFS collapse, other separators do not."""

    def __init__(self, separators: str) -> None:
        self.blank = frozenset(separators) & frozenset(" \t\n")
        self.hard = frozenset(separators) - self.blank
        self.done: list[list[tuple[str, bool]]] = []
        self.now: list[tuple[str, bool]] = []
        self.ended_by_blank = False

    def finish(self, *, force: bool = False) -> None:
        if self.now or force:
            self.done.append(self.now)
        self.now = []

    def whole(self, text: str, quoted: bool) -> None:
        """A text that is not split."""
        if text or quoted:
            self.now.append((text, quoted))
            self.ended_by_blank = False

    def divided(self, text: str) -> None:
        """A text that is split at every separator."""
        start = 0
        for at, char in enumerate(text):
            if char not in self.blank and char not in self.hard:
                continue
            self.whole(text[start:at], False)
            start = at + 1
            if char in self.blank:
                self.ended_by_blank = self.ended_by_blank or bool(self.now)
                self.finish()
            else:
                self.finish(force=not self.ended_by_blank)
                self.ended_by_blank = False
        self.whole(text[start:], False)


def split(pieces: list[Piece], separators: str) -> list[list[tuple[str, bool]]]:
    """Fields, each as pieces of text with whether they are quoted; empty unquoted ones vanish."""
    splitter = _Splitter(separators)
    for text, quoted, splittable in pieces:
        if text == BREAK:
            if quoted:
                splitter.finish(force=True)
        elif splittable:
            splitter.divided(text)
        else:
            splitter.whole(text, quoted)
    splitter.finish()
    return splitter.done
