"""What every extension is: a table of flags, a spelling, a meaning.

A match or target is a frozen value.  ``build`` makes it from the options that the parser
read by the table ``FLAGS``; ``words`` spells it as iptables-save 1.8.9 does.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any, ClassVar, Self, TypeVar

from labkit.errors import BatchUnsupported
from labkit.xt.frame import Frame

T = TypeVar("T")

ALL_HOOKS = frozenset({"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"})

CERTAIN = 1 << 31
"""The kernel's 1: thresholds of probability are out of 2**31 (xt_statistic.c)."""


class Result(Enum):
    """What a target tells the walk through the table (x_tables verdicts)."""

    CONTINUE = "continue"
    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    JUMP = "jump"
    GOTO = "goto"


CONTINUE, ACCEPT, DROP = Result.CONTINUE, Result.ACCEPT, Result.DROP
RETURN, JUMP, GOTO = Result.RETURN, Result.JUMP, Result.GOTO
"""The same as plain names: a look-up in an Enum costs more than the rest of a simple target."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One row of an extension's table of options.

    ``read`` turns the word behind the flag into a value and raises ``ValueError`` with half
    a sentence; ``None`` marks a flag that takes no word.  ``more`` counts further words.
    """

    name: str
    read: Callable[[str], object] | None = None
    negatable: bool = False
    required: bool = False
    more: int = 0
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """One option as it was written."""

    value: object
    negated: bool = False


class Options:
    """The options that were written for one match or target, by the name of the flag."""

    __slots__ = ("_given", "family", "proto")

    def __init__(self, given: dict[str, Given], family: int = 4, proto: int = 0) -> None:
        self._given = given
        self.family = family
        self.proto = proto

    def __contains__(self, flag: str) -> bool:
        return flag in self._given

    def get(self, flag: str, kind: type[T]) -> T | None:
        """The value of a flag, or None when it was not written."""
        given = self._given.get(flag)
        if given is None:
            return None
        if not isinstance(given.value, kind):
            raise TypeError(f"{flag} holds {given.value!r}, not a {kind.__name__}")
        return given.value

    def need(self, flag: str, kind: type[T]) -> T:
        """The value of a flag that must be there.  Raises ``ValueError``."""
        value = self.get(flag, kind)
        if value is None:
            raise ValueError(f"{flag} is missing")
        return value

    def negated(self, flag: str) -> bool:
        """Whether ``!`` stood before the flag."""
        given = self._given.get(flag)
        return given is not None and given.negated


class Extension(ABC):
    """What matches and targets have in common."""

    __slots__ = ()
    NAME: ClassVar[str] = ""
    FLAGS: ClassVar[tuple[Flag, ...]] = ()
    HOOKS: ClassVar[frozenset[str]] = frozenset()
    """Where Linux lets it stand (empty: everywhere)."""

    @property
    def barred(self) -> frozenset[str]:
        """The hooks at which Linux refuses it."""
        return ALL_HOOKS - self.HOOKS if self.HOOKS else self.HOOKS

    @classmethod
    @abstractmethod
    def build(cls, options: Options) -> Self:
        """Make it from the options.  Raises ``ValueError`` with half a sentence."""

    def words(self) -> str:
        """The options as iptables-save writes them (empty when there are none)."""
        return ""


class Match(Extension):
    """A condition of a rule.

    ``COLUMNAR`` says that ``matches`` is written with operators that numbers and NumPy
    arrays share, so that it serves for columns as well.  ``RANDOM`` marks a match whose
    answer is a draw; then ``odds`` says how likely it is, out of 2**31.  ``STATEFUL`` marks
    one that reads or changes what earlier packets left.
    """

    __slots__ = ()
    COLUMNAR: ClassVar[bool] = False
    RANDOM: ClassVar[bool] = False
    STATEFUL: ClassVar[bool] = False

    @abstractmethod
    def matches(self, frame: Frame) -> bool:
        """Whether this packet fulfils the condition; may leave its mark in the memory."""

    def odds(self, frame: Frame) -> int:
        """How likely it matches, out of 2**31."""
        return CERTAIN if self.matches(frame) else 0

    def columns(self, columns: Any) -> Any:
        """The same for columns: one bool, or an array of bools.  Raises BatchUnsupported."""
        if not self.COLUMNAR:
            raise BatchUnsupported(
                f"-m {self.NAME} depends on the order of packets or is not known to the "
                "NumPy mode.",
                "Use trace or outcomes, or take the rule out.",
            )
        return self.matches(columns)

    @property
    def reads_sport(self) -> bool:
        """Whether the answer may depend on the source port."""
        return getattr(self, "sport", None) is not None

    @property
    def negated(self) -> bool:
        """Whether any of its options stands behind ``!``."""
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if (field.name == "negated" and value) or getattr(value, "negated", False):
                return True
        return False


class Target(Extension):
    """What a rule does.  ``TABLES`` limits where Linux lets it stand (empty: everywhere).

    ``TERMINAL`` says that the walk never comes back to the next rule.
    """

    __slots__ = ()
    TABLES: ClassVar[frozenset[str]] = frozenset()
    TERMINAL: ClassVar[bool] = False

    @abstractmethod
    def apply(self, frame: Frame) -> Result:
        """Do it to this packet and say how the walk goes on."""

    def columns(self, columns: Any) -> Result:
        """Do it to all packets of the columns."""
        return self.apply(columns)

    def note(self) -> str:
        """A few words for the trace."""
        return f"{self.NAME} {self.words()}".rstrip()


def negation(negated: bool) -> str:
    """``"! "`` or nothing."""
    return "! " if negated else ""
