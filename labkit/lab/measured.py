"""What a real cluster answered: requests counted per Pod on kind with Kubernetes v1.36.2."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from labkit.errors import UsageError
from labkit.lab import verdict
from labkit.words import Words, by_words

COUNTS: dict[int, tuple[int, ...]] = {
    2: (529, 471),
    3: (335, 318, 347),
    5: (185, 182, 204, 231, 198),
}
"""Replicas -> how many of 1,000 requests each Pod answered, in iptables mode."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The counts of one run beside the band that chance explains."""

    counts: tuple[int, ...]
    band: tuple[int, int]
    words: Words

    @property
    def inside(self) -> bool:
        """Whether every count lies in the band."""
        return all(self.band[0] <= count <= self.band[1] for count in self.counts)

    def __str__(self) -> str:
        low, high = self.band
        key = "lab.measured.inside" if self.inside else "lab.measured.outside"
        counts = ", ".join(str(count) for count in self.counts)
        said = self.words("lab.measured", n=sum(self.counts), pods=len(self.counts), counts=counts)
        return by_words(said + self.words(key, low=low, high=high))

    __repr__ = __str__


def measured(replicas: int, words: Words) -> Measured:
    """The run with so many Pods.  Raises ``UsageError`` where none was measured."""
    counts = COUNTS.get(replicas)
    if counts is None:
        known = ", ".join(map(str, COUNTS))
        raise UsageError(
            words("lab.measured.unknown", n=replicas), words("lab.measured.fix", known=known)
        )
    alarm = verdict.ALARM if replicas == 2 else verdict.ALARM / replicas
    return Measured(counts, verdict.band(sum(counts), Fraction(1, replicas), alarm), words)
