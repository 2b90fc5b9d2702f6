"""How a DaemonSet goes over to a new template: which Pods go, which nodes get a second one.

After pkg/controller/daemon/update.go (rollingUpdate).  Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from labkit.embedded.controllers import revisions
from labkit.embedded.controllers.objects import available_in, deleting, labels, notes
from labkit.embedded.controllers.rolling import scaled
from labkit.embedded.interfaces import Json
from labkit.embedded.schema.defaults.daemonset import GENERATION

LABEL = revisions.POD_LABEL
GENERATION_LABEL = "pod-template-generation"
Seated = Mapping[str, list[Json]]
"""The Pods of a DaemonSet by node, the oldest first."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What to do now: Pods to delete, nodes that get a new Pod beside the old one."""

    doomed: list[Json]
    nodes: list[str]


def hash_of(pod: Json) -> str:
    """The revision that a Pod was made of."""
    return labels(pod).get(LABEL, "")


def is_updated(daemon: Json, pod: Json, newest: Json) -> bool:
    """Of the newest revision by its hash, or by the count of the template's changes."""
    generation = notes(daemon).get(GENERATION)
    same = generation is not None and labels(pod).get(GENERATION_LABEL) == generation
    return same or hash_of(pod) == revisions.hash_of(newest)


def surge_of(daemon: Json, nodes: int) -> int:
    """On how many nodes a new Pod may run beside the old one."""
    strategy = daemon["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return 0
    return scaled((strategy.get("rollingUpdate") or {}).get("maxSurge") or 0, nodes, up=True)


def moves(daemon: Json, seated: Seated, nodes: Collection[str], newest: Json, now: float) -> Moves:
    """The next steps of the strategy ``RollingUpdate``; none with ``OnDelete``."""
    strategy = daemon["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return Moves([], [])
    view = _View(daemon, seated, newest, now)
    if surge := surge_of(daemon, len(nodes)):
        return view.beside(nodes, surge)
    rolling = strategy.get("rollingUpdate") or {}
    room = max(1, scaled(rolling.get("maxUnavailable", 1), len(nodes), up=True))
    return view.in_place(nodes, room)


@dataclass(frozen=True, slots=True)
class _View:
    """A DaemonSet and its Pods at one moment."""

    daemon: Json
    seated: Seated
    newest: Json
    now: float

    def in_place(self, nodes: Collection[str], room: int) -> Moves:
        """Old Pods that are not available go at once, others while no more than ``room`` nodes
        are without an available Pod."""
        living = [pod for pods in self.seated.values() for pod in pods if not deleting(pod)]
        room -= len(nodes) - len([pod for pod in living if self._available(pod)])
        old = [pod for pod in living if not is_updated(self.daemon, pod, self.newest)]
        broken = [pod for pod in old if not self._available(pod)]
        good = [pod for pod in old if self._available(pod)]
        return Moves(broken + good[: max(0, room)], [])

    def beside(self, nodes: Collection[str], surge: int) -> Moves:
        """A new Pod comes first, on ``surge`` nodes at a time; the old one goes when the new one
        is available."""
        doomed: list[Json] = []
        at_once: list[str] = []
        candidates: list[str] = []
        for node in sorted(nodes):
            pods = self.seated.get(node, [])
            new = [pod for pod in pods if is_updated(self.daemon, pod, self.newest)]
            old = [pod for pod in pods if not is_updated(self.daemon, pod, self.newest)]
            if any(deleting(pod) for pod in pods):
                surge -= 1
            elif old and not new:
                (candidates if self._available(old[0]) else at_once).append(node)
            elif old and self._available(new[0]):
                doomed += old
            elif old:
                surge -= 1
        return Moves(doomed, at_once + candidates[: max(0, surge)])

    def _available(self, pod: Json) -> bool:
        least = int(self.daemon["spec"].get("minReadySeconds") or 0)
        return available_in(pod, least, self.now) == 0
