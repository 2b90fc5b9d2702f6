"""Random or round robin?  The exact arithmetic behind the verdict.

All chances are fractions; nothing is approximated by a normal curve.  kube-proxy's iptables mode
draws each new connection independently and evenly (``-m statistic --mode random``), so a Pod's
count is binomial(n, 1/N), and the number of switches between neighbours is binomial(n-1, 1-1/N):
whatever the answer before was, the next one differs from it with a chance of 1 - 1/N.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

ALARM = Fraction(1, 1_000_000)
"""How often a fair cluster may be called unfair: less than once in a million."""

Kind = Literal[
    "random", "round-robin", "one-pod", "uneven", "streaky", "alternating", "too-few", "single"
]


def band(n: int, p: Fraction, alarm: Fraction = ALARM) -> tuple[int, int]:
    """The counts (low, high, both inclusive) that binomial(n, p) leaves with a chance of at most
    ``alarm``, half of it on each side."""
    top, bottom = p.numerator, p.denominator
    limit = int(alarm / 2 * bottom**n)
    low = fringe(n, top, bottom - top, limit)
    high = n - fringe(n, bottom - top, top, limit)
    return low, max(low, high)


def fringe(n: int, yes: int, no: int, limit: int) -> int:
    """How many of the lowest counts together weigh at most ``limit``.

    The weight of k is ``comb(n, k) * yes**k * no**(n - k)``, each made from the one before.
    """
    weight = total = no**n
    for k in range(n):
        if total > limit:
            return k
        weight = weight * (n - k) * yes // ((k + 1) * no)
        total += weight
    return n


def count_band(n: int, pods: int) -> tuple[int, int]:
    """The band for one Pod of ``pods``.  The counts of two Pods are one and the same fact; for
    more, the alarm is shared among them (Bonferroni), so that the whole stays below ``ALARM``."""
    if pods < 2:
        return n, n
    return band(n, Fraction(1, pods), ALARM if pods == 2 else ALARM / pods)


def switch_band(n: int, pods: int) -> tuple[int, int]:
    """The band of the number of switches among n answers of ``pods`` Pods."""
    if pods < 2 or n < 2:
        return 0, 0
    return band(n - 1, 1 - Fraction(1, pods), ALARM)


def switches(labels: Sequence[str]) -> int:
    """How often an answer came from another one than the answer before."""
    return sum(a != b for a, b in itertools.pairwise(labels))


def expected_switches(n: int, pods: int) -> Fraction:
    """The mean number of switches: (n - 1)(1 - 1/N)."""
    return max(n - 1, 0) * (1 - Fraction(1, pods))


def longest_run(labels: Sequence[str]) -> int:
    """The longest row of equal answers."""
    best = run = 0
    for position, label in enumerate(labels):
        run = run + 1 if position and label == labels[position - 1] else 1
        best = max(best, run)
    return best


def chance_of_run(n: int, length: int, pods: int = 2) -> Fraction:
    """The exact chance that n fair answers of ``pods`` Pods hold a run of ``length`` or more.

    ``quiet[i]`` counts sequences of i answers without one: the last run has j < length answers,
    and it starts with any Pod but the one before it.
    """
    if length <= 1:
        return Fraction(1 if n >= 1 else 0)
    quiet = [1]
    for i in range(1, n + 1):
        last = range(1, min(i, length - 1) + 1)
        quiet.append(sum(quiet[i - j] * (pods if i == j else pods - 1) for j in last))
    return 1 - Fraction(quiet[n], pods**n)


def is_cycle(labels: Sequence[str], pods: int) -> bool:
    """Whether the answers go round: each window of N answers holds all N Pods, same order."""
    first = labels[:pods]
    if pods < 2 or len(labels) <= pods or len(set(first)) != pods:
        return False
    return all(label == first[i % pods] for i, label in enumerate(labels))


def chance_of_cycle(n: int, pods: int) -> Fraction:
    """The chance that n fair answers go round perfectly (N! orders of the first N, then none)."""
    return Fraction(math.factorial(pods), pods**n) if n >= pods else Fraction(1)


def chi_square(counts: Sequence[int]) -> Fraction:
    """Pearson's statistic against an even split."""
    n, pods = sum(counts), len(counts)
    if not n:
        return Fraction(0)
    return Fraction(pods, n) * sum(count * count for count in counts) - n


def chi_square_tail(statistic: Fraction | float, degrees: int) -> float:
    """The chance of a statistic this large or larger, in closed form for whole degrees."""
    half = float(statistic) / 2
    if degrees % 2 == 0:
        term = total = math.exp(-half)
        for i in range(1, degrees // 2):
            term *= half / i
            total += term
        return total
    total = math.erfc(math.sqrt(half))
    term = math.sqrt(half) * math.exp(-half) / math.gamma(1.5)
    for i in range(degrees // 2):
        total += term
        term *= half / (i + 1.5)
    return total


@dataclass(frozen=True, slots=True)
class Judgement:
    """What n answers say.  Bands are inclusive; ``pods`` is how many could have answered."""

    kind: Kind
    answers: int
    pods: int
    counts: tuple[int, ...]
    band: tuple[int, int]
    switches: int
    switch_band: tuple[int, int]

    @property
    def balanced(self) -> bool:
        """Whether each Pod's count lies in the band."""
        low, high = self.band
        return all(low <= count <= high for count in self.counts)


def judge(labels: Sequence[str], pods: Sequence[str]) -> Judgement:
    """Decide from answers in their order, among the Pods that could have answered.

    A verdict is only given where chance would be wrong less than once in a million; below that
    many answers it is ``too-few``.
    """
    n, size = len(labels), len(pods)
    counts = tuple(sum(label == pod for label in labels) for pod in pods)
    low_high, bounds, seen = count_band(n, size), switch_band(n, size), switches(labels)
    return Judgement(
        kind=kind_of(labels, size, counts, low_high, seen, bounds),
        answers=n,
        pods=size,
        counts=counts,
        band=low_high,
        switches=seen,
        switch_band=bounds,
    )


def kind_of(
    labels: Sequence[str],
    pods: int,
    counts: Sequence[int],
    counts_band: tuple[int, int],
    seen: int,
    switches_band: tuple[int, int],
) -> Kind:
    """The verdict in one word (see ``Kind``)."""
    n = len(labels)
    if pods < 2:
        return "single"
    if is_cycle(labels, pods) and chance_of_cycle(n, pods) < ALARM:
        return "round-robin"
    if counts_band[0] == 0:
        return "too-few"
    if n in counts:
        return "one-pod"
    if not all(counts_band[0] <= count <= counts_band[1] for count in counts):
        return "uneven"
    if seen < switches_band[0]:
        return "streaky"
    return "alternating" if seen > switches_band[1] else "random"
