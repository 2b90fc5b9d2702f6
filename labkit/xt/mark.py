"""-m mark and -j MARK: read and write the packet's mark (xt_mark.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import CONTINUE, Flag, Match, Options, Result, Target, negation
from labkit.xt.frame import Frame
from labkit.xt.values import Masked, masked, unsigned

FULL = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Mark(Match):
    """True when (mark & mask) == value."""

    NAME: ClassVar[str] = "mark"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (Flag("--mark", masked, negatable=True, required=True),)
    mark: Masked
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(options.need("--mark", Masked), options.negated("--mark"))

    def words(self) -> str:
        return f"{negation(self.negated)}--mark {self.mark.words()}"

    def matches(self, frame: Frame) -> bool:
        return ((frame.mark & self.mark.mask) == self.mark.value) ^ self.negated


@dataclass(frozen=True, slots=True)
class MarkTarget(Target):
    """mark = (mark & ~mask) ^ value."""

    NAME: ClassVar[str] = "MARK"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--set-xmark", masked),
        Flag("--set-mark", masked),
        Flag("--and-mark", unsigned()),
        Flag("--or-mark", unsigned()),
        Flag("--xor-mark", unsigned()),
    )
    value: int
    mask: int

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(*mark_change(options))

    def words(self) -> str:
        return f"--set-xmark {self.value:#x}/{self.mask:#x}"

    def apply(self, frame: Frame) -> Result:
        frame.mark = (frame.mark & (FULL ^ self.mask)) ^ self.value
        frame.changed()
        return CONTINUE


def mark_change(options: Options) -> tuple[int, int]:
    """(value, mask) from any of the five spellings.  Raises ``ValueError``."""
    written = [flag.name for flag in MarkTarget.FLAGS if flag.name in options]
    if len(written) != 1:
        raise ValueError(
            "exactly one of --set-mark, --set-xmark, --and-mark, --or-mark, "
            "--xor-mark must be written"
        )
    match written[0]:
        case "--set-xmark":
            pair = options.need("--set-xmark", Masked)
            return pair.value, pair.mask
        case "--set-mark":
            pair = options.need("--set-mark", Masked)
            return pair.value, pair.value | pair.mask
        case "--and-mark":
            return 0, FULL ^ options.need("--and-mark", int)
        case "--or-mark":
            value = options.need("--or-mark", int)
            return value, value
        case _:
            return options.need("--xor-mark", int), 0
