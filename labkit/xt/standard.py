"""The standard target: ACCEPT, DROP, RETURN, and jumping to a chain (x_tables verdicts)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import ACCEPT, DROP, GOTO, JUMP, RETURN, Options, Result, Target
from labkit.xt.frame import Frame


@dataclass(frozen=True, slots=True)
class Accept(Target):
    """The packet passes this table."""

    NAME: ClassVar[str] = "ACCEPT"
    TERMINAL: ClassVar[bool] = True

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls()

    def apply(self, frame: Frame) -> Result:
        return ACCEPT


@dataclass(frozen=True, slots=True)
class Drop(Target):
    """The packet is gone, without a word."""

    NAME: ClassVar[str] = "DROP"
    TERMINAL: ClassVar[bool] = True

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls()

    def apply(self, frame: Frame) -> Result:
        return DROP


@dataclass(frozen=True, slots=True)
class Return(Target):
    """Back to the calling chain; in a built-in chain, its policy decides."""

    NAME: ClassVar[str] = "RETURN"
    TERMINAL: ClassVar[bool] = True

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls()

    def apply(self, frame: Frame) -> Result:
        return RETURN


@dataclass(frozen=True, slots=True)
class Jump(Target):
    """``-j CHAIN``, or ``-g CHAIN``: after a goto the walk does not come back here."""

    NAME: ClassVar[str] = "jump"
    chain: str
    goto: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        raise NotImplementedError("the parser makes jumps")

    def apply(self, frame: Frame) -> Result:
        return GOTO if self.goto else JUMP

    def note(self) -> str:
        return self.chain
