"""The draws of the lab's connections: repeatable, and not the same for every learner."""

from __future__ import annotations

from collections import Counter

from labkit.lab.noderules import luck
from labkit.netfilter.draws import Draws

CHAIN = ("nat", "KUBE-SVC-ZZAJ2COS27FT6J6V")
HALF = 1 << 63


def first_draws(address: str) -> tuple[bool, ...]:
    """What the first six connections to a Service draw between two Pods."""
    words = [Draws(luck(address, number)).word(CHAIN, 0) for number in range(1, 7)]
    return tuple(word < HALF for word in words)


def test_each_cluster_draws_for_itself() -> None:
    """The same address draws the same again; over 640 addresses all 64 ways come up, and none of
    them 40 times (a fair draw does that less than once in a million)."""
    assert first_draws("10.96.7.7") == first_draws("10.96.7.7")
    seen = Counter(first_draws(f"10.96.{i // 200}.{i % 200 + 1}") for i in range(640))
    assert len(seen) == 64
    assert max(seen.values()) < 40
