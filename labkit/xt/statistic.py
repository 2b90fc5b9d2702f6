"""-m statistic: match by chance or every n-th time (xt_statistic.c).

Mode random compares 31 random bits with a threshold: lround(p * 2**31) out of 2**31
(libxt_statistic.c:69).  Mode nth counts the packets that reach this very rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import CERTAIN, Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import one_of, unsigned


def read_probability(text: str) -> int:
    """A number from 0 to 1 as the kernel keeps it, out of 2**31."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if not 0 <= value <= 1 or "_" in text:
        raise ValueError(f"{text} is not a probability; it goes from 0 to 1")
    return math.floor(value * CERTAIN + 0.5)


@dataclass(frozen=True, slots=True)
class Random(Match):
    """-m statistic --mode random: true with probability threshold / 2**31."""

    NAME: ClassVar[str] = "statistic"
    RANDOM: ClassVar[bool] = True
    threshold: int
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(options.need("--probability", int), options.negated("--probability"))

    def words(self) -> str:
        shown = f"{self.threshold / CERTAIN:.11f}"
        return f"--mode random {negation(self.negated)}--probability {shown}"

    def odds(self, frame: Frame) -> int:
        return CERTAIN - self.threshold if self.negated else self.threshold

    def matches(self, frame: Frame) -> bool:
        assert frame.dice is not None
        return frame.dice.chance((frame.table, frame.chain), self.odds(frame))


@dataclass(frozen=True, slots=True)
class Nth(Match):
    """-m statistic --mode nth: the packet number ``packet`` of every ``every``, from 0.

    The counter belongs to the rule and starts so that the first hit is number ``packet``.
    ``twin`` tells apart two equal matches within one rule.
    """

    NAME: ClassVar[str] = "statistic"
    STATEFUL: ClassVar[bool] = True
    every: int
    packet: int = 0
    negated: bool = False
    twin: int = 0

    @classmethod
    def build(cls, options: Options) -> Self:
        every = options.need("--every", int)
        packet = options.need("--packet", int)
        if packet >= every:
            raise ValueError(f"--packet {packet} is never reached with --every {every}")
        return cls(every, packet, options.negated("--every"))

    def words(self) -> str:
        return f"--mode nth {negation(self.negated)}--every {self.every} --packet {self.packet}"

    def matches(self, frame: Frame) -> bool:
        key = ("nth", *frame.rule.key, self.twin)
        count = frame.memory.read(key, self.every - 1 - self.packet)
        count = 0 if count == self.every - 1 else count + 1
        frame.memory.write(key, count)
        return (count == 0) is not self.negated


@dataclass(frozen=True, slots=True)
class Statistic(Match):
    """The spelling of both modes; ``build`` gives one of them."""

    NAME: ClassVar[str] = "statistic"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--mode", one_of("random", "nth"), required=True),
        Flag("--probability", read_probability, negatable=True),
        Flag("--every", unsigned(1), negatable=True),
        Flag("--packet", unsigned()),
    )

    @classmethod
    def build(cls, options: Options) -> Match:  # type: ignore[override]
        mode = Random if options.need("--mode", str) == "random" else Nth
        wrong = ("--every", "--packet") if mode is Random else ("--probability",)
        for flag in wrong:
            if flag in options:
                raise ValueError(f"{flag} does not go with this mode")
        return mode.build(options)

    def matches(self, frame: Frame) -> bool:
        raise NotImplementedError
