"""Random or round robin?  What n answers say, by the exact arithmetic of ``model/chance.py``.

kube-proxy's iptables mode draws each new connection independently and evenly (``-m statistic
--mode random``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from labkit.model.chance import (
    ALARM,
    band,
    chance_of_cycle,
    chance_of_run,
    chi_square,
    chi_square_tail,
    count_band,
    expected_switches,
    fringe,
    is_cycle,
    longest_run,
    switch_band,
    switches,
)

__all__ = [
    "ALARM",
    "Judgement",
    "Kind",
    "band",
    "chance_of_cycle",
    "chance_of_run",
    "chi_square",
    "chi_square_tail",
    "count_band",
    "expected_switches",
    "fringe",
    "is_cycle",
    "judge",
    "kind_of",
    "longest_run",
    "switch_band",
    "switches",
]

Kind = Literal[
    "random", "round-robin", "one-pod", "uneven", "streaky", "alternating", "too-few", "single"
]


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
