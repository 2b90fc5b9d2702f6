"""Who answered, in order, and what chance would have done: the noun behind every verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Balance:
    """``answers`` are labels (a Pod's name) in the order in which they came.

    ``odds`` maps each label to its exact probability (they sum to 1; a label that never
    answered is in there too), ``band`` to the inclusive range of counts in which chance leaves
    it but for one time in a million, ``nodes`` to the node on which it runs (may be empty).
    ``claim`` are the odds that are put to the test where they are not those of the rules: the even
    split that a wrong chain of rules is suspected to miss.  Bands are those of the claim.
    """

    answers: tuple[str, ...]
    odds: Mapping[str, Fraction]
    band: Mapping[str, tuple[int, int]]
    nodes: Mapping[str, str]
    claim: Mapping[str, Fraction] | None = None

    @property
    def tested(self) -> Mapping[str, Fraction]:
        """The odds that the counts are held against: the claim, else those of the rules."""
        return self.odds if self.claim is None else self.claim

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, those of ``odds`` first, in their order."""
        return tuple(dict.fromkeys((*self.odds, *self.answers)))

    @property
    def counts(self) -> dict[str, int]:
        """How often each label answered."""
        tally = Counter(self.answers)
        return {label: tally[label] for label in self.labels}

    @property
    def switches(self) -> int:
        """How often an answer came from another one than the answer before."""
        pairs = zip(self.answers, self.answers[1:], strict=False)
        return sum(1 for before, after in pairs if before != after)

    def expected(self, label: str) -> float:
        """The mean of the label's count: n times its probability."""
        return float(self.odds.get(label, Fraction(0)) * len(self.answers))

    def inside(self, label: str) -> bool:
        """Whether the label's count lies in its band."""
        low, high = self.band.get(label, (0, len(self.answers)))
        return low <= self.counts[label] <= high
