"""``$((...))``: C's integer expressions on 64 bits, with variables and assignment."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping

TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|\*\*|&&|\|\||[-+*/%&|^<>=!]=|<<|>>|\+\+|--"
    r"|[-+*/%()<>=!~&|^?:,])"
)
LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="),
    ("<<", ">>"), ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
ASSIGN = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=")


class ArithmeticMistake(Exception):
    """The expression cannot be computed; the text is what ash says."""


def _divided(left: int, right: int) -> int:
    if right == 0:
        raise ArithmeticMistake("divide by zero")
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


BINARY: dict[str, Callable[[int, int], int]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divided,
    "%": lambda a, b: a - b * _divided(a, b),
}


def evaluate(expression: str, variables: MutableMapping[str, str]) -> int:
    """The value; assignments go into ``variables``.  Raises ``ArithmeticMistake``."""
    return _Evaluator(expression, variables).result()


def _wrapped(value: int) -> int:
    """As a signed 64-bit number."""
    return (value + 2**63) % 2**64 - 2**63


class _Evaluator:
    """Precedence climbing; ``live`` is false in a branch that only gets parsed."""

    def __init__(self, expression: str, variables: MutableMapping[str, str]) -> None:
        self.variables = variables
        self.live = True
        self.tokens: list[str] = []
        at = 0
        expression = expression.rstrip()
        while at < len(expression):
            found = TOKEN.match(expression, at)
            if not found:
                raise ArithmeticMistake("arithmetic syntax error")
            self.tokens.append(found.group(1))
            at = found.end()
        self.tokens.append("")
        self.at = 0

    def result(self) -> int:
        if self.tokens == [""]:
            return 0
        value = self.comma()
        if self.tokens[self.at]:
            raise ArithmeticMistake("arithmetic syntax error")
        return value

    def take(self, *wanted: str) -> str:
        token = self.tokens[self.at]
        if token and token in wanted:
            self.at += 1
            return token
        return ""

    def comma(self) -> int:
        value = self.assignment()
        while self.take(","):
            value = self.assignment()
        return value

    def assignment(self) -> int:
        name = self.tokens[self.at]
        if _is_name(name) and self.tokens[self.at + 1] in ASSIGN:
            operator = self.tokens[self.at + 1]
            self.at += 2
            value = self.assignment()
            if operator != "=":
                value = BINARY[operator[:-1]](self.variable(name), value) if self.live else 0
            return self.store(name, value)
        return self.ternary()

    def store(self, name: str, value: int) -> int:
        value = _wrapped(value)
        if self.live:
            self.variables[name] = str(value)
        return value

    def ternary(self) -> int:
        condition = self.binary(0)
        if not self.take("?"):
            return condition
        live = self.live
        self.live = live and bool(condition)
        yes = self.comma()
        if not self.take(":"):
            raise ArithmeticMistake("arithmetic syntax error")
        self.live = live and not condition
        no = self.ternary()
        self.live = live
        return yes if condition else no

    def binary(self, level: int) -> int:
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while operator := self.take(*LEVELS[level]):
            if operator in ("||", "&&"):
                left = self.short_circuit(left, operator, level)
                continue
            right = self.binary(level + 1)
            left = _wrapped(BINARY[operator](left, right)) if self.live else 0
        return left

    def short_circuit(self, left: int, operator: str, level: int) -> int:
        live = self.live
        self.live = live and bool(left) == (operator == "&&")
        right = self.binary(level + 1)
        self.live = live
        return int(bool(left) and bool(right)) if operator == "&&" else int(bool(left or right))

    def unary(self) -> int:
        if operator := self.take("-", "+", "!", "~"):
            value = self.unary()
            return {"-": -value, "+": value, "!": int(not value), "~": ~value}[operator]
        if operator := self.take("++", "--"):
            name = self.tokens[self.at]
            self.at += 1
            return self.store(name, self.variable(name) + (1 if operator == "++" else -1))
        return self.primary()

    def primary(self) -> int:
        token = self.tokens[self.at]
        if self.take("("):
            value = self.comma()
            if not self.take(")"):
                raise ArithmeticMistake("arithmetic syntax error")
            return value
        if token and token[0].isdigit():
            self.at += 1
            return _number(token)
        if _is_name(token):
            self.at += 1
            value = self.variable(token)
            if operator := self.take("++", "--"):
                self.store(token, value + (1 if operator == "++" else -1))
            return value
        raise ArithmeticMistake("arithmetic syntax error")

    def variable(self, name: str) -> int:
        text = self.variables.get(name, "").strip()
        if not text:
            return 0
        sign = -1 if text.startswith("-") else 1
        digits = text.lstrip("+-")
        if digits[:1].isdigit():
            return sign * _number(digits)
        if _is_name(digits) and digits != name:
            return sign * self.variable(digits)
        raise ArithmeticMistake("arithmetic syntax error")


def _is_name(token: str) -> bool:
    return bool(token) and (token[0].isalpha() or token[0] == "_")


def _number(text: str) -> int:
    try:
        if text[:2] in ("0x", "0X"):
            return int(text, 16)
        return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)
    except ValueError:
        raise ArithmeticMistake("arithmetic syntax error") from None
