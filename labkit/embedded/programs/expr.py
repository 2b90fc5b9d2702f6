"""``expr EXPRESSION``: arithmetic, comparison, and strings, each word an argument.

Precedence as POSIX has it, from loose to tight: ``|``, ``&``, comparisons, ``+ -``, ``* / %``,
``:`` (a match from the beginning), then ``( )``, ``length``, ``substr``, ``index``, ``match``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.grep import translated

LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"|"}),
    frozenset({"&"}),
    frozenset({"=", "==", "!=", "<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
    frozenset({":"}),
)
COMPARE: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
STRINGS = {"length": 1, "match": 2, "index": 2, "substr": 3, "quote": 1}
"""The words that begin an operation on strings, and how many arguments each takes."""


class Mistake(Exception):
    """The expression has no value; the text is what busybox says."""


async def expr(process: Process) -> int:
    """0 when the value is neither empty nor 0, 1 when it is, 2 for a mistake."""
    if len(process.argv) < 2:
        return kit.complain(process, "too few arguments", 2)
    words = _Words(list(process.argv[1:]))
    try:
        value = words.level(0)
        words.must_be_over()
    except Mistake as error:
        return kit.complain(process, str(error), 2)
    kit.out(process, value + "\n")
    return 1 if _is_null(value) else 0


class _Words:
    def __init__(self, words: list[str]) -> None:
        self.words = words

    def level(self, depth: int) -> str:
        """An expression whose operators bind at least as tightly as those of ``depth``."""
        if depth == len(LEVELS):
            return self.single()
        left = self.level(depth + 1)
        while self.words and self.words[0] in LEVELS[depth]:
            operator = self.words.pop(0)
            left = _apply(operator, left, self.level(depth + 1))
        return left

    def single(self) -> str:
        if not self.words:
            raise Mistake("syntax error")
        word = self.words.pop(0)
        if word == "(":
            value = self.level(0)
            if not self.words or self.words.pop(0) != ")":
                raise Mistake("syntax error")
            return value
        if word == ")":
            raise Mistake("syntax error")
        if word in STRINGS and len(self.words) >= STRINGS[word]:
            return _of_strings(word, [self.single() for _ in range(STRINGS[word])])
        return word

    def must_be_over(self) -> None:
        if self.words:
            raise Mistake("syntax error")


def _is_null(value: str) -> bool:
    return value == "" or (_is_number(value) and int(value) == 0)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+", text) is not None


def _number(text: str) -> int:
    if not _is_number(text):
        raise Mistake("non-numeric argument")
    return int(text)


def _apply(operator: str, left: str, right: str) -> str:
    if operator == "|":
        return right if _is_null(left) else left
    if operator == "&":
        return "0" if _is_null(left) or _is_null(right) else left
    if operator in COMPARE:
        return "1" if COMPARE[operator](_order(left, right)) else "0"
    if operator == ":":
        return _match(left, right)
    return str(_arithmetic(operator, _number(left), _number(right)))


def _order(left: str, right: str) -> int:
    """As numbers when both are numbers, else as strings."""
    if _is_number(left) and _is_number(right):
        return (int(left) > int(right)) - (int(left) < int(right))
    return (left > right) - (left < right)


def _arithmetic(operator: str, left: int, right: int) -> int:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if right == 0:
        raise Mistake("division by zero")
    whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)  # C truncates
    return whole if operator == "/" else left - whole * right


def _match(text: str, pattern: str) -> str:
    """The first group if the pattern has one, else how many characters match."""
    try:
        compiled = re.compile(translated(pattern, extended=False))
    except re.error as error:
        raise Mistake(f"bad regex '{pattern}': {error}") from error
    found = compiled.match(text)
    if compiled.groups:
        return (found.group(1) or "") if found else ""
    return str(found.end()) if found else "0"


def _of_strings(word: str, given: list[str]) -> str:
    text = given[0]
    if word == "length":
        return str(len(text))
    if word == "match":
        return _match(text, given[1])
    if word == "index":
        places = [at for letter in given[1] if (at := text.find(letter)) >= 0]
        return str(min(places) + 1 if places else 0)
    if word == "substr":
        start, count = _number(given[1]), _number(given[2])
        return text[start - 1 : start - 1 + count] if start > 0 and count > 0 else ""
    return text
