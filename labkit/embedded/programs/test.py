"""``test EXPRESSION``, ``[ EXPRESSION ]`` and busybox' ``[[ EXPRESSION ]]``, which is the same."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths

COMPARE = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
}
NUMERIC = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
UNARY = frozenset("-n -z -e -f -d -r -w -x -s -L -h -t -p -S -b -c".split())


class Mistake(Exception):
    """The expression is none; the text is what busybox says."""


async def test(process: Process) -> int:
    """0 when true, 1 when false, 2 for a mistake."""
    words = list(process.argv[1:])
    end = {"[": "]", "[[": "]]"}.get(kit.name(process))
    if end is not None and (not words or words.pop() != end):
        return kit.complain(process, f"missing {end}", 2)
    try:
        return 0 if _Expression(process, words).whole() else 1
    except Mistake as error:
        return kit.complain(process, str(error), 2)


class _Expression:
    """POSIX: the meaning depends first on how many words there are."""

    def __init__(self, process: Process, words: list[str]) -> None:
        self.process = process
        self.words = words
        self.at = 0

    def whole(self) -> bool:
        if not self.words:
            return False
        if len(self.words) == 3 and self.words[1] in {**COMPARE, **NUMERIC}:
            return self.binary(*self.words)
        value = self.either()
        if self.at < len(self.words):
            raise Mistake(f"{self.words[self.at]}: unknown operand")
        return value

    def peek(self, ahead: int = 0) -> str:
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else ""

    def either(self) -> bool:
        value = self.both()
        while self.peek() == "-o":
            self.at += 1
            value = self.both() or value
        return value

    def both(self) -> bool:
        value = self.negated()
        while self.peek() == "-a":
            self.at += 1
            value = self.negated() and value
        return value

    def negated(self) -> bool:
        if self.peek() == "!" and self.at + 1 < len(self.words):
            self.at += 1
            return not self.negated()
        return self.primary()

    def primary(self) -> bool:
        word = self.peek()
        if self.at >= len(self.words):
            raise Mistake("argument expected")
        if self.peek(1) in {**COMPARE, **NUMERIC} and self.at + 2 < len(self.words):
            self.at += 3
            return self.binary(*self.words[self.at - 3 : self.at])
        if word == "(" and ")" in self.words[self.at :]:
            self.at += 1
            value = self.either()
            if self.peek() != ")":
                raise Mistake("closing paren expected")
            self.at += 1
            return value
        if word in UNARY and self.at + 1 < len(self.words):
            self.at += 2
            return self.unary(word, self.words[self.at - 1])
        self.at += 1
        return word != ""

    def binary(self, left: str, operator: str, right: str) -> bool:
        if operator in COMPARE:
            return bool(COMPARE[operator](left, right))
        return bool(NUMERIC[operator](_number(left), _number(right)))

    def unary(self, operator: str, operand: str) -> bool:
        if operator in ("-n", "-z"):
            return (operand != "") == (operator == "-n")
        if operator == "-t":
            return self.process.tty
        where = paths.absolute(self.process, operand)
        files = self.process.files
        if operator == "-d":
            return paths.is_dir(files, where)
        if operator == "-f":
            return where in files
        if operator == "-s":
            return bool(files.get(where))
        if operator in ("-e", "-r", "-w"):
            return operand != "" and paths.exists(files, where)
        if operator == "-x":
            return paths.is_dir(files, where) or kit.find(self.process.programs, where) is not None
        return False


def _number(text: str) -> int:
    try:
        return int(text.strip())
    except ValueError:
        raise Mistake(f"{text}: bad number") from None
