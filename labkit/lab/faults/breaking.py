"""Breaking the lab and mending it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from labkit.cluster.base import Cluster
from labkit.embedded.chance import chance
from labkit.errors import CommandFailed, LabError, UsageError
from labkit.lab import questions, steps
from labkit.lab.ensuring import GLANCE, LONG, Ensurer
from labkit.lab.faults import changing, record
from labkit.lab.faults.catalog import BACKEND, FAULTS, SERVICE, by_name
from labkit.lab.faults.nouns import Change, Fault, Make, Scene, Wait
from labkit.lab.following import rules_followed


@dataclass(frozen=True, slots=True)
class Broken:
    """What was broken, or mended: the fault's name, and its messages in the lab's language.

    A secret one says no more than that something is broken.
    """

    name: str
    what: str
    clue: str
    secret: bool = False

    def __repr__(self) -> str:
        return "Broken(?)" if self.secret else f"Broken({self.name!r})"


class Breaker:
    """Breaks and mends one cluster's lab."""

    def __init__(self, cluster: Cluster, ensurer: Ensurer) -> None:
        self._cluster, self._ensurer = cluster, ensurer
        self._kubectl, self._words = ensurer.kubectl, ensurer.words

    def faults(self) -> list[tuple[Fault, str]]:
        """Every fault, and why it cannot be made here ("" when it can)."""
        return [(fault, self._lacks(fault)) for fault in FAULTS]

    def describe(self, fault: str, *, secret: bool = False) -> Broken:
        """A fault in the lab's language."""
        words = self._words
        return Broken(fault, words(f"faults.{fault}"), words(f"faults.{fault}.clue"), secret)

    def current(self) -> Broken | None:
        """The fault that is there now."""
        found = record.read(self._kubectl)
        return self.describe(found.fault, secret=found.secret) if found else None

    def break_it(
        self, name: str | None = None, *, seed: int | None = None, secret: bool | None = None
    ) -> Broken:
        """Break the lab; without a name one of the faults that can be made here is drawn (by
        ``seed``, if one is given), and kept secret unless told otherwise.

        Raises ``UsageError`` for an unknown name, ``LabError`` when something is broken already
        or the back end lacks what the fault needs.  When a change fails, all are undone.
        """
        fault = self._chosen(name, seed)
        if record.read(self._kubectl) is not None:
            raise LabError(self._words("faults.already"), self._words("faults.already.fix"))
        self._ensurer.ensure()
        hidden = name is None if secret is None else secret
        planned = fault.steps(self._scene())
        changes = [step for step in planned if not isinstance(step, Wait)]
        self._refuse_what_exists(changes)
        undo = [back for one in changes for back in changing.undo_of(self._kubectl, one)]
        labels = dict(self._cluster.labels)
        kept = record.Record(fault.name, tuple(reversed(undo)), hidden)
        record.write(self._kubectl, kept, labels)
        try:
            for step in planned:
                self._take(step, labels)
        except BaseException:
            self._undo(kept)
            raise
        rules_followed(self._cluster, self._ensurer.clock)
        return self.describe(fault.name, secret=hidden)

    def mend(self) -> Broken | None:
        """Undo what was broken, exactly, and wait until the lab works; None if nothing is."""
        kept = record.read(self._kubectl)
        if kept is None:
            return None
        self._undo(kept)
        self._ensurer.wait_ready()
        self._wait_dns()
        rules_followed(self._cluster, self._ensurer.clock)
        return self.describe(kept.fault)

    def _undo(self, kept: record.Record) -> None:
        for step in kept.undo:
            changing.undo(self._kubectl, self._cluster, step)
        record.forget(self._kubectl)

    # ---- choosing ------------------------------------------------------------------------

    def _chosen(self, name: str | None, seed: int | None) -> Fault:
        known = by_name()
        if name is None:
            possible = [fault for fault in FAULTS if not self._lacks(fault)]
            return possible[chance(seed).below(len(possible))]
        if name not in known:
            raise UsageError(
                self._words("faults.unknown", name=name),
                self._words("faults.unknown.fix", names=", ".join(known)),
            )
        lacks = self._lacks(known[name])
        if lacks:
            raise LabError(lacks, self._words("faults.lacks.fix"))
        return known[name]

    def _lacks(self, fault: Fault) -> str:
        missing = sorted(fault.needs - self._cluster.capabilities)
        if not missing:
            return ""
        would = self._words(f"faults.{fault.name}")
        return self._words(
            "faults.lacks",
            name=fault.name,
            cluster=self._cluster.name,
            capability=", ".join(missing),
            would=would,
        )

    # ---- doing ---------------------------------------------------------------------------

    def _scene(self) -> Scene:
        client = questions.client_node(self._kubectl)
        places = questions.backend_places(self._kubectl)
        others = [place.node for place in places if place.node != client]
        backend = changing.look(self._kubectl, BACKEND)
        service = changing.look(self._kubectl, SERVICE)
        if backend is None or service is None:
            raise LabError(self._words("lab.no_service", service=steps.SERVICE_NAME))
        return Scene(client, others[0] if others else client, backend, service)

    def _refuse_what_exists(self, changes: list[Change]) -> None:
        """An object that a fault would make may be the learner's own: mending would delete it."""
        for change in changes:
            if isinstance(change, Make) and changing.look(self._kubectl, change.thing):
                thing = change.thing
                raise LabError(
                    self._words("faults.exists", kind=thing.kind, name=thing.name),
                    self._words("faults.exists.fix"),
                )

    def _take(self, step: Change | Wait, labels: dict[str, str]) -> None:
        if isinstance(step, Wait):
            self._wait(step)
        else:
            changing.do(self._kubectl, self._cluster, step, labels)

    def _wait(self, wait: Wait) -> None:
        if wait.what == "rollout":
            self._kubectl.check(*steps.BACKEND_STEPS[1].command, timeout=LONG)
        elif wait.what == "no-endpoints":
            self._until(lambda: questions.ready_endpoints(self._kubectl) == 0)
        else:
            self._until(lambda: not self._pods_of(wait))

    def _pods_of(self, wait: Wait) -> str:
        words = ["get", "pods", "-n", wait.namespace, "-l", wait.labels, "-o", "name"]
        if wait.node:
            words += ["--field-selector", f"spec.nodeName={wait.node}"]
        return self._kubectl.check(*words).stdout.strip()

    def _wait_dns(self) -> None:
        """The cluster's DNS answers again, where it is ours to look at."""
        words = ("rollout", "status", "deployment/coredns", "-n", "kube-system", "--timeout=60s")
        try:
            self._kubectl.check(*words, timeout=90.0)
        except CommandFailed:
            return  # a cluster whose DNS has another name

    def _until(self, holds: Callable[[], bool]) -> None:
        clock = self._ensurer.clock
        end = clock.monotonic() + LONG
        while not holds():
            if clock.monotonic() > end:
                raise LabError(self._words("faults.slow", seconds=int(LONG)))
            Event().wait(GLANCE)
