"""Weighted round robin: rounds with a falling threshold of weight (ip_vs_wrr.c).

A server takes part in a round if its weight reaches the threshold.  The threshold falls by
the greatest common divisor of the weights and starts again from the greatest weight.  Where
a cycle starts depends on history: adding a server keeps the threshold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from labkit.ipvs.schedulers.base import Client, Dest, Dests, by_weight


@dataclass(slots=True)
class WeightedRoundRobin:
    """``last`` is the server taken last (None: the head), ``now`` the threshold."""

    NAME: ClassVar[str] = "wrr"
    last: Dest | None = None
    now: int = 0
    highest: int = 0
    step: int = 1

    def pick(self, dests: Dests, client: Client) -> Dest | None:
        """The next server whose weight reaches the threshold."""
        if self.highest == 0:
            return None
        place = dests.index(self.last) + 1 if self.last is not None else 0
        # Two full cycles of thresholds see every server at a threshold of 1.
        for _ in range(2 * (self.highest // self.step + 1) + 1):
            for dest in dests[place:]:
                if dest.weight >= self.now:
                    self.last = dest
                    return dest
            place = 0
            self.now -= self.step
            if self.now <= 0:
                self.now = self.highest
        return None

    def added(self, dests: Dests) -> None:
        """Start at the head again; the threshold stays if it still makes sense."""
        self.last = None
        self.step = math.gcd(*(dest.weight for dest in dests)) or 1
        self.highest = max((dest.weight for dest in dests), default=0) - (self.step - 1)
        self.highest = max(self.highest, 0)
        if self.now > self.highest or not self.now:
            self.now = self.highest
        elif self.step > 1:
            self.now = self.now // self.step * self.step + 1

    def removed(self, dests: Dests, place: int, dest: Dest) -> None:
        """The same as adding one."""
        self.added(dests)

    def shares(self, dests: Dests) -> dict[int, Fraction]:
        """In proportion to the weights, exact after each full cycle."""
        return by_weight(dests)

    def word(self, dests: Dests) -> str:
        """The last server and the threshold."""
        last = f"{self.last.address}:{self.last.port}" if self.last else "-"
        return f"last {last}, threshold {self.now} of {self.highest}"
