"""The exact arithmetic of chance: bands, runs, switches, Pearson's statistic.

Bands are fractions; nothing in them is approximated by a normal curve.  A count of n independent
draws is binomial(n, p); the number of switches between neighbours among N even chances is
binomial(n-1, 1-1/N): whatever the answer before was, the next one differs with a chance of 1 - 1/N.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

ALARM = Fraction(1, 1_000_000)
"""How often a fair cluster may be called unfair: less than once in a million."""


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


def chi_square_against(counts: Sequence[int], odds: Sequence[Fraction]) -> Fraction | None:
    """Pearson's statistic against any odds; None where something happened that has no chance."""
    n, total = sum(counts), Fraction(0)
    for count, chance in zip(counts, odds, strict=True):
        if chance:
            total += (count - n * chance) ** 2 / (n * chance) if n else 0
        elif count:
            return None
    return total


WAYS = 25_000
"""As many splits as are looked at one by one: 200 answers of three Pods have 20,301."""


def chance_as_uneven(counts: Sequence[int], odds: Sequence[Fraction]) -> float | None:
    """The chance of a split at least as uneven as ``counts`` (by Pearson's statistic), summed over
    all splits of as many answers; None where there are more than ``WAYS``.

    ``odds`` are above 0 and sum to 1.  Exact but for the rounding of doubles.  The limit law
    (``chi_square_tail``) is off where answers are few: 11 of 20 is met in 82 of 100 series, and it
    says 65.
    """
    n, pods = sum(counts), len(counts)
    if math.comb(n + pods - 1, pods - 1) > WAYS:
        return None
    seen = float(chi_square_against(counts, odds) or 0)
    enough = seen - 1e-6 * max(1.0, seen)  # odds of 31 bits: swapped counts differ in the 9th digit
    uneven, heavy = [], []
    for chance in map(float, odds):
        mean = n * chance
        uneven.append([(count - mean) ** 2 / mean if n else 0.0 for count in range(n + 1)])
        heavy.append([count * math.log(chance) - math.lgamma(count + 1) for count in range(n + 1)])

    def beyond(pod: int, left: int, so_far: float, weight: float) -> float:
        if pod == pods - 1:
            if so_far + uneven[pod][left] < enough:
                return 0.0
            return math.exp(weight + heavy[pod][left])
        rows = zip(range(left + 1), uneven[pod], heavy[pod], strict=False)
        return math.fsum(
            beyond(pod + 1, left - count, so_far + more, weight + log) for count, more, log in rows
        )

    return min(1.0, beyond(0, n, 0.0, math.lgamma(n + 1)))


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
