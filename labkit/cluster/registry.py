"""Which back ends there are, and how one is chosen: in a printed order, never silently.

``auto`` takes a cluster that was brought up here before and not taken down; else the first back
end of ``BACKENDS`` that can start here.  The embedded cluster comes first because it is there in
a second and downloads nothing.  A cluster of the user's (``kubeconfig``) is never taken by
``auto``: nobody's cluster is touched unless it was named once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from labkit.clock import Clock
from labkit.cluster.base import NO_WISHES, Cluster, Wishes, wished
from labkit.cluster.paths import Home
from labkit.errors import ClusterError, UsageError
from labkit.words import Words

BACKENDS: Mapping[str, str] = {
    "embedded": "labkit.cluster.embedded:EmbeddedCluster",
    "kind": "labkit.cluster.kind:KindCluster",
    "kubeconfig": "labkit.cluster.kubeconfig:KubeconfigCluster",
}
"""Name to ``module:class``; the class takes (home, environment, clock, words, wishes).  The
order is the order in which ``auto`` tries."""

KUBECONFIG = "kubeconfig"
ONLY_BY_NAME = frozenset({KUBECONFIG})
"""Back ends that ``auto`` never starts."""

AUTO = "auto"
VARIABLE = "LABKIT_BACKEND"


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


@dataclass(frozen=True, slots=True)
class Choosing:
    """What choosing needs: where, in which environment, when, in whose words, and the wishes."""

    home: Home
    environment: Mapping[str, str]
    clock: Clock
    words: Words
    wishes: Wishes = NO_WISHES


def names() -> tuple[str, ...]:
    """What ``--backend`` takes."""
    return (AUTO, *BACKENDS)


def asked_name(name: str, need: Choosing) -> str:
    """``name``; where that leaves the choice open, what the context or ``LABKIT_BACKEND`` says."""
    if name not in ("", AUTO):
        return name
    if need.wishes.context:
        return KUBECONFIG
    return need.environment.get(VARIABLE, "") or AUTO


def build(name: str, need: Choosing) -> Cluster:
    """The back end called ``name``; ``UsageError`` names those that exist."""
    words = need.words
    if name not in BACKENDS:
        raise UsageError(
            words("cluster.unknown", name=name),
            words("cluster.unknown.fix", names=", ".join(names())),
        )
    module, _, kind = BACKENDS[name].partition(":")
    maker = getattr(import_module(module), kind)
    return cast(Cluster, maker(need.home, need.environment, need.clock, words, need.wishes))


def refuse_wishes(cluster: Cluster, need: Choosing) -> None:
    """``UsageError`` for a wish that is for another back end."""
    strange = sorted(wished(need.wishes) - cluster.grants)
    if strange:
        flags = ", ".join("--" + name.replace("_", "-") for name in strange)
        raise UsageError(need.words("cluster.not_granted", flags=flags, name=cluster.name))


def choose(
    name: str,
    home: Home,
    environment: Mapping[str, str],
    clock: Clock,
    words: Words,
    wishes: Wishes = NO_WISHES,
) -> Choice:
    """Take the back end ``name``, or with ``auto`` the first that is up or can run here.

    Raises ``ClusterError`` with the reason and the next step when none can.
    """
    need = Choosing(home, environment, clock, words, wishes)
    asked = asked_name(name, need)
    if asked != AUTO:
        return named(asked, need)
    return in_use(need) or first_that_can(need)


def there(name: str, need: Choosing) -> Cluster:
    """The back end to ask about what runs, whether or not it could start a cluster here: the one
    of that name, else the newest that is up, else the first of the order."""
    asked = asked_name(name, need)
    if asked != AUTO:
        return build(asked, need)
    found = in_use(need)
    return found.cluster if found else build(next(iter(BACKENDS)), need)


def named(name: str, need: Choosing) -> Choice:
    """The back end of that name, if it can run (one that is up already always can be asked)."""
    cluster = build(name, need)
    refuse_wishes(cluster, need)
    if not cluster.recorded():
        can = cluster.available()
        if not can.ok:
            raise ClusterError(can.reason, can.fix)
    return Choice(cluster)


def recorded_names(need: Choosing) -> tuple[str, ...]:
    """The back ends with a cluster that was brought up here and not taken down."""
    return tuple(name for name in BACKENDS if build(name, need).recorded())


def in_use(need: Choosing) -> Choice | None:
    """Of the clusters that were brought up here and not taken down, the newest."""
    there = [one for name in BACKENDS if (one := build(name, need)).recorded()]
    if not there:
        return None
    newest = max(there, key=lambda one: one.recorded())
    refuse_wishes(newest, need)
    return Choice(newest)


def first_that_can(need: Choosing) -> Choice:
    """The first back end in the order that can start a cluster here."""
    passed: list[PassedOver] = []
    for name in BACKENDS:
        if name in ONLY_BY_NAME:
            continue
        cluster = build(name, need)
        can = cluster.available()
        if can.ok:
            refuse_wishes(cluster, need)
            return Choice(cluster, tuple(passed))
        passed.append(PassedOver(name, can.reason))
    words = need.words
    reasons = "; ".join(f"{one.name}: {one.reason}" for one in passed)
    raise ClusterError(words("cluster.none", reasons=reasons), words("cluster.none.fix"))
