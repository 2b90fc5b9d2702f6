"""-m limit: at most so many matches in a time, with a burst (xt_limit.c).

A bucket of credit that fills with time; each match costs a fixed amount.  The kernel counts
in jiffies, labkit in exact seconds of the clock that it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options
from labkit.xt.frame import Frame
from labkit.xt.values import integer, unsigned

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
SCALE = 10_000
"""Averages are kept in ten-thousandths of a second (XT_LIMIT_SCALE)."""

DEFAULT = SCALE * 3600 // 3
"""Three an hour."""


def read_rate(text: str) -> int:
    """``5/minute`` as ten-thousandths of a second for one packet."""
    count, slash, unit = text.partition("/")
    names = [name for name in UNITS if name.startswith(unit)] if unit or not slash else []
    if not slash:
        names = ["second"]
    number = integer(count)
    if not names or number == 0:
        raise ValueError(f"{text!r} is not a rate like 5/minute")
    average = SCALE * UNITS[names[0]] // number
    if average == 0:
        raise ValueError(f"{text} is too fast")
    return average


def show_rate(average: int) -> str:
    """As print_rate of libxt_limit.c: the shortest unit before the figures get coarse."""
    shown, seconds = ("day", "hour", "min", "sec"), tuple(reversed(UNITS.values()))
    best = 0
    for i in range(1, len(seconds)):
        whole = SCALE * seconds[i]
        if average > whole or whole // average < whole % average:
            break
        best = i
    return f"{SCALE * seconds[best] // average}/{shown[best]}"


@dataclass(frozen=True, slots=True)
class Limit(Match):
    """``average`` in ten-thousandths of a second for one match, ``burst`` matches at once."""

    NAME: ClassVar[str] = "limit"
    STATEFUL: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--limit", read_rate),
        Flag("--limit-burst", unsigned(1, 10000)),
    )
    average: int = DEFAULT
    burst: int = 5
    twin: int = 0

    @classmethod
    def build(cls, options: Options) -> Self:
        average = options.get("--limit", int)
        return cls(
            DEFAULT if average is None else average,
            options.get("--limit-burst", int) or 5,
        )

    def words(self) -> str:
        burst = f" --limit-burst {self.burst}" if self.burst != 5 else ""
        return f"--limit {show_rate(self.average)}{burst}"

    def matches(self, frame: Frame) -> bool:
        key = ("limit", *frame.rule.key, self.twin)
        cost = self.average / SCALE
        credit, last = frame.memory.read(key, (cost * self.burst, frame.now))
        credit = min(cost * self.burst, credit + frame.now - last)
        hit = bool(credit >= cost)
        frame.memory.write(key, (credit - cost if hit else credit, frame.now))
        return hit
