"""Label selectors: parsed once, asked often.  (Field selectors: ``field_selectors.py``.)

Source: apimachinery/pkg/labels/selector.go, apis/meta/v1/helpers.go
(``LabelSelectorAsSelector``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.embedded.schema.validate import errors, names
from labkit.embedded.status import Cause, bad_request

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition; ``operator`` is in, notin, exists, !, gt or lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        value = labels.get(self.key)
        if self.operator == "in":
            return value is not None and value in self.values
        if self.operator == "notin":
            return value is None or value not in self.values
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        if value is None or not re.fullmatch(r"[+-]?\d+", value):
            return False
        bound = int(next(iter(self.values)))
        return int(value) > bound if self.operator == "gt" else int(value) < bound


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All requirements together; none matches everything.  ``nothing`` matches no object."""

    requirements: tuple[Requirement, ...] = ()
    nothing: bool = False

    def matches(self, labels: Labels | None) -> bool:
        if self.nothing:
            return False
        known = labels or {}
        return all(requirement.matches(known) for requirement in self.requirements)


NOTHING = LabelSelector(nothing=True)


def from_map(labels: Labels | None) -> LabelSelector:
    """A Service's or a ReplicationController's selector (all equalities)."""
    pairs = (labels or {}).items()
    return LabelSelector(tuple(Requirement(key, "in", frozenset([value])) for key, value in pairs))


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def from_label_selector(selector: Mapping[str, Any] | None) -> LabelSelector:
    """A LabelSelector object: None matches nothing, an empty one everything."""
    if selector is None:
        return NOTHING
    wanted = list(from_map(selector.get("matchLabels")).requirements)
    for each in selector.get("matchExpressions") or ():
        operator = _OPERATORS.get(each.get("operator", ""))
        if operator is None:
            raise bad_request(f'"{each.get("operator")}" is not a valid label selector operator')
        wanted.append(Requirement(each["key"], operator, frozenset(each.get("values") or ())))
    return LabelSelector(tuple(wanted))


def parse_labels(text: str) -> LabelSelector:
    """The query parameter ``labelSelector``; ``StatusError`` 400 with the parser's words."""
    return LabelSelector(tuple(_LabelParser(text).parse()))


_TOKEN = re.compile(r"\s*(?:(!=|==|=|!|,|\(|\)|<|>)|([^\s!=,()<>]+))")
_BINARY = {"=": "in", "==": "in", "in": "in", "!=": "notin", "notin": "notin", ">": "gt", "<": "lt"}
_EXPECTED = "expected: in, notin, =, ==, !=, gt, lt"


class _LabelParser:
    """Recursive descent over tokens; the empty token is the end of the text."""

    def __init__(self, text: str) -> None:
        self.tokens = [first or second for first, second in _TOKEN.findall(text)]
        self.at = 0

    def look(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.look()
        self.at += 1
        return token

    def parse(self) -> Iterator[Requirement]:
        token = self.look()
        while token:
            if not (token == "!" or _is_word(token)):
                raise bad_request(f"found '{token}', expected: !, identifier, or 'end of string'")
            yield self.requirement()
            token = self.take()
            if token not in (",", ""):
                raise bad_request(f"found '{token}', expected: ',' or 'end of string'")
            following = self.look()
            if token == "," and not (following == "!" or _is_word(following)):
                raise bad_request(f"found '{following}', expected: identifier after ','")
            token = following if token else ""

    def requirement(self) -> Requirement:
        absent = self.look() == "!"
        if absent:
            self.take()
        key = self.take()
        if not _is_word(key):
            raise _unable(f"found '{key}', expected: identifier")
        _check_key(key)
        if absent:
            return Requirement(key, "!")
        if self.look() in ("", ","):
            return Requirement(key, "exists")
        sign = self.take()
        operator = _BINARY.get(sign)
        if operator is None:
            raise _unable(f"found '{sign}', {_EXPECTED}")
        listed = sign in ("in", "notin")
        values = self.listed_values() if listed else {self.exact_value()}
        return _checked(Requirement(key, operator, frozenset(values)))

    def exact_value(self) -> str:
        if self.look() in ("", ","):
            return ""
        value = self.take()
        if not _is_word(value):
            raise _unable(f"found '{value}', expected: identifier")
        return value

    def listed_values(self) -> set[str]:
        token = self.take()
        if token != "(":
            raise _unable(f"found '{token}' expected: '('")
        values, last = set(), ","
        while (token := self.take()) != ")":
            if token == "," and last == ",":
                values.add("")
            elif _is_word(token) and last == ",":
                values.add(token)
            elif token != ",":
                raise _unable(f"found '{token}', expected: ',' or ')'")
            last = token
        return values if last != "," else values | {""}


def _is_word(token: str) -> bool:
    return bool(token) and token[0] not in "!=,()<>"


def _unable(why: str) -> Exception:
    return bad_request(f"unable to parse requirement: {why}")


def _text(causes: list[Cause]) -> str:
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _check_key(key: str) -> None:
    wrong = names.qualified_name(key)
    if wrong:
        raise _unable(_text([errors.invalid("<nil>", key, "; ".join(wrong))]))


def _checked(requirement: Requirement) -> Requirement:
    causes = []
    if requirement.operator in ("gt", "lt"):
        says = "for 'Gt', 'Lt' operators, the value must be an integer"
        causes = [
            errors.invalid("values[0]", value, says)
            for value in requirement.values
            if not re.fullmatch(r"[+-]?\d+", value)
        ]
    for at, value in enumerate(sorted(requirement.values)):
        wrong = names.label_value(value)
        if wrong:
            path = f"values[{at}][{requirement.key}]"
            causes.append(errors.invalid(path, value, "; ".join(wrong)))
    if causes:
        raise _unable(_text(causes))
    return requirement
