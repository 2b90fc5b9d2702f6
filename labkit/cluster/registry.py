"""Which back ends there are, and how one is chosen: in a printed order, never silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from labkit.clock import Clock
from labkit.cluster.base import Cluster
from labkit.cluster.paths import Home
from labkit.errors import ClusterError, UsageError
from labkit.words import Words

BACKENDS: Mapping[str, str] = {"embedded": "labkit.cluster.embedded:EmbeddedCluster"}
"""Name to ``module:class``; the class takes (home, environment, clock, words).  The order is the
order in which ``auto`` tries."""

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A back end that ``auto`` did not take, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The back end that was taken, and those before it in the order that were not."""

    cluster: Cluster
    passed_over: tuple[PassedOver, ...] = ()


def names() -> tuple[str, ...]:
    """What ``--backend`` takes."""
    return (AUTO, *BACKENDS)


def build(
    name: str, home: Home, environment: Mapping[str, str], clock: Clock, words: Words
) -> Cluster:
    """The back end called ``name``; ``UsageError`` names those that exist."""
    if name not in BACKENDS:
        raise UsageError(
            words("cluster.unknown", name=name),
            words("cluster.unknown.fix", names=", ".join(names())),
        )
    module, _, kind = BACKENDS[name].partition(":")
    return cast(Cluster, getattr(import_module(module), kind)(home, environment, clock, words))


def choose(
    name: str, home: Home, environment: Mapping[str, str], clock: Clock, words: Words
) -> Choice:
    """Take the back end ``name``, or with ``auto`` the first that can run here.

    Raises ``ClusterError`` with the reason and the next step when none can.
    """
    passed: list[PassedOver] = []
    for candidate in BACKENDS if name == AUTO else (name,):
        cluster = build(candidate, home, environment, clock, words)
        can = cluster.available()
        if can.ok:
            return Choice(cluster, tuple(passed))
        if name != AUTO:
            raise ClusterError(can.reason, can.fix)
        passed.append(PassedOver(candidate, can.reason))
    reasons = "; ".join(f"{one.name}: {one.reason}" for one in passed)
    raise ClusterError(words("cluster.none", reasons=reasons), words("cluster.none.fix"))
