"""The arithmetic of the verdict against exact figures that were worked out independently."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest

from labkit.lab import verdict
from labkit.model import chance

MILLION = Fraction(1, 1_000_000)


def tail(n: int, p: Fraction, low: int, high: int) -> Fraction:
    """The chance of binomial(n, p) outside low..high, by repeated convolution."""
    row = [Fraction(1)]
    for _ in range(n):
        row = [
            (row[k] if k < len(row) else 0) * (1 - p) + (row[k - 1] if k else 0) * p
            for k in range(len(row) + 1)
        ]
    return sum((row[k] for k in range(n + 1) if not low <= k <= high), Fraction(0))


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(50, 8, 42), (100, 26, 74), (200, 66, 134), (500, 196, 304), (1000, 423, 577)],
)
def test_balance_over_two(n: int, low: int, high: int) -> None:
    """Two Pods: the documented bands, false alarm below one in a million."""
    assert verdict.count_band(n, 2) == (low, high)


def test_switches_over_two() -> None:
    """n = 200 and two Pods: 65 to 134 switches, false alarm 5.3e-7; round robin has 199."""
    assert verdict.switch_band(200, 2) == (65, 134)
    assert float(tail(199, Fraction(1, 2), 65, 134)) == pytest.approx(5.342e-7, rel=1e-3)
    assert verdict.switches("ab" * 100) == 199
    assert verdict.expected_switches(200, 2) == Fraction(199, 2)


@pytest.mark.parametrize(("n", "pods"), [(60, 2), (60, 3), (90, 5)])
def test_bands_are_the_tightest(n: int, pods: int) -> None:
    """A band leaves at most the alarm outside, and one count less on either side leaves more."""
    alarm = MILLION if pods == 2 else MILLION / pods
    p = Fraction(1, pods)
    low, high = verdict.count_band(n, pods)
    assert tail(n, p, low, high) <= alarm
    assert tail(n, p, low + 1, n) > alarm / 2
    assert tail(n, p, 0, high - 1) > alarm / 2


@pytest.mark.parametrize(("n", "pods"), [(6, 2), (5, 3)])
def test_switches_are_binomial(n: int, pods: int) -> None:
    """Counting every sequence: the number of switches is binomial(n - 1, 1 - 1/N)."""
    seen = [0] * n
    for labels in product("abc"[:pods], repeat=n):
        seen[verdict.switches(labels)] += 1
    for k, count in enumerate(seen):
        below = tail(n - 1, 1 - Fraction(1, pods), k, k)
        assert 1 - below == Fraction(count, pods**n)


@pytest.mark.parametrize(("length", "percent"), [(4, 77), (5, 46)])
def test_runs_in_twenty(length: int, percent: int) -> None:
    """Twenty fair answers of two Pods: a run of 4 alike has 77 %, of 5 alike 46 %."""
    assert round(float(verdict.chance_of_run(20, length)) * 100) == percent


@pytest.mark.parametrize(("n", "length", "pods"), [(7, 3, 2), (6, 2, 3), (5, 5, 2), (4, 6, 2)])
def test_runs_by_counting(n: int, length: int, pods: int) -> None:
    """The chance of a run is what counting every sequence gives."""
    sequences = list(product("abc"[:pods], repeat=n))
    hits = sum(verdict.longest_run(labels) >= length for labels in sequences)
    assert verdict.chance_of_run(n, length, pods) == Fraction(hits, len(sequences))


def test_perfect_alternation_in_twenty() -> None:
    """Perfect alternation over twenty answers has a chance of 1.9 in a million."""
    assert float(verdict.chance_of_cycle(20, 2)) == pytest.approx(1.9e-6, rel=0.01)


def test_as_uneven_as_this_is_counted_exactly() -> None:
    """All splits of 20 but the tie are as uneven as 11 to 9; for three Pods every order of six
    answers is tried; odds of 31 bits count swapped Pods alike; too many splits are not counted."""
    half, third = Fraction(1, 2), Fraction(1, 3)
    tie = Fraction(math.comb(20, 10), 2**20)
    assert chance.chance_as_uneven((11, 9), (half, half)) == pytest.approx(float(1 - tie))
    counts = Counter(
        sum(series.count(pod) ** 2 for pod in range(3)) for series in product(range(3), repeat=6)
    )
    as_uneven = sum(many for squares, many in counts.items() if squares >= 4**2 + 1 + 1)
    assert chance.chance_as_uneven((1, 4, 1), (third,) * 3) == pytest.approx(as_uneven / 3**6)
    odds = (Fraction(715827883, 2**31), *[Fraction(1431655765, 2**32)] * 2)
    one = chance.chance_as_uneven((60, 66, 74), odds)
    assert one == pytest.approx(chance.chance_as_uneven((74, 60, 66), odds))
    assert chance.chance_as_uneven((10,) * 12, (Fraction(1, 12),) * 12) is None


def test_chi_square() -> None:
    """Pearson's statistic of 60/40 is 4; its tail for 1, 2 and 5 degrees as in the tables."""
    assert verdict.chi_square((60, 40)) == 4
    assert verdict.chi_square_tail(3.841459, 1) == pytest.approx(0.05, rel=1e-5)
    assert verdict.chi_square_tail(5.991465, 2) == pytest.approx(0.05, rel=1e-5)
    assert verdict.chi_square_tail(11.070498, 5) == pytest.approx(0.05, rel=1e-5)
    assert verdict.chi_square_tail(9.487729, 4) == pytest.approx(0.05, rel=1e-5)


RANDOM = "abbabaaabbbabaababbbaabab" * 8
"""200 letters, 104 of them b, with runs and switches as chance makes them."""


@pytest.mark.parametrize(
    ("labels", "pods", "kind"),
    [
        (RANDOM, "ab", "random"),
        ("ab" * 100, "ab", "round-robin"),
        ("ba" * 11, "ab", "round-robin"),
        ("abc" * 40, "abc", "round-robin"),
        ("ab" * 10, "ab", "too-few"),
        ("a" * 200, "ab", "one-pod"),
        ("a" * 150 + "b" * 50, "ab", "uneven"),
        ("a" * 100 + "b" * 100, "ab", "streaky"),
        ("ab" * 99 + "aa", "ab", "alternating"),
        ("a" * 10, "a", "single"),
        ("", "ab", "too-few"),
    ],
)
def test_judge(labels: str, pods: str, kind: str) -> None:
    """Each kind of behaviour gets its own verdict, and few answers get none."""
    assert verdict.judge(labels, pods).kind == kind
