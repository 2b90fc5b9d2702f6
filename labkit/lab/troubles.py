"""What a lesson does to the lab: break and mend it, ask from anywhere, switch nodes, delay."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labkit.clock import Clock
from labkit.cluster.base import NODE_POWER, Cluster
from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabError
from labkit.lab.ensuring import Ensurer
from labkit.lab.faults.breaking import Breaker, Broken
from labkit.lab.following import PATIENCE, rules_followed
from labkit.lab.power import switch
from labkit.lab.reach import Asker, Reach, ReachTable
from labkit.words import Words

LATENCY = "labkit.dev/latency"
"""The annotation that the embedded network reads."""


class Troubles:
    """The part of ``Lab`` that makes trouble; see there for the fields."""

    cluster: Cluster
    words: Words
    _kubectl: Kubectl
    _clock: Clock
    _tell: Callable[[str], None]

    def ensurer(self) -> Ensurer:
        """What applies the lab's objects where they are missing."""
        return Ensurer(self._kubectl, self._clock, self.words, self._tell, self.cluster.labels)

    def breaker(self) -> Breaker:
        """What breaks and mends: ``faults()``, ``current()``, ``break_it()``, ``mend()``."""
        return Breaker(self.cluster, self.ensurer())

    def break_it(
        self, name: str | None = None, *, seed: int | None = None, secret: bool | None = None
    ) -> Broken:
        """Break the lab: ``lab.break_it("wrong-selector")``, or without a name one that is drawn
        (repeatably with ``seed``) and not told.  ``labkit break --list`` shows them all.

        Raises ``UsageError`` for a fault that there is not, ``LabError`` when something is broken
        already or the back end cannot do it.
        """
        broken = self.breaker().break_it(name, seed=seed, secret=secret)
        message = "faults.done.secret" if broken.secret else "faults.done"
        self._tell(self.words(message, what=broken.what))
        return broken

    def mend(self) -> Broken | None:
        """Undo exactly what was broken, and tell what it was; None when nothing is broken."""
        mended = self.breaker().mend()
        if mended is None:
            self._tell(self.words("faults.nothing"))
        else:
            self._tell(self.words("faults.mended", what=mended.what))
        return mended

    def settle(self) -> None:
        """Wait until the nodes' rules say what the API says; tells if they do not in time."""
        if not rules_followed(self.cluster, self._clock):
            self._tell(self.words("lab.rules_behind", seconds=int(PATIENCE)))

    def reach(self, origin: str, target: str, *, timeout: float = 3.0) -> Reach:
        """One request, and what came of it: ``lab.reach("client-pod", "backend-service:80")``.

        ``origin`` is a Pod (``name`` or ``namespace/name``), ``node/labkit-worker`` or
        ``outside`` (the host on which the nodes run).
        """
        return self._asker().reach(origin, target, timeout)

    def reach_table(
        self, origins: Mapping[str, str], targets: Mapping[str, str], *, timeout: float = 3.0
    ) -> ReachTable:
        """Every origin asks every target: titles of rows and columns to what ``reach`` takes."""
        return self._asker().table(origins, targets, timeout)

    def power(self, node: str, *, on: bool, grace: float | None = None) -> None:
        """Switch a node off or on.  ``grace`` are the seconds until a silent node is NotReady:
        50 on a real cluster, and here too unless it is given."""
        if NODE_POWER not in self.cluster.capabilities:
            raise LabError(
                self.words("asking.power.lacks", cluster=self.cluster.name, node=node),
                self.words("faults.lacks.fix"),
            )
        switch(self.cluster, node, on=on, grace=grace)

    def delay(self, thing: str, latency: str) -> None:
        """Delay what a Pod or a node sends and gets: ``lab.delay("pod/client-pod", "50ms")``;
        an empty text takes the delay away.  Only the embedded network reads the annotation."""
        change = f"{LATENCY}={latency}" if latency else f"{LATENCY}-"
        self._kubectl.check("annotate", thing, change, "--overwrite")

    def _asker(self) -> Asker:
        return Asker(self.cluster, self._kubectl, self._clock, self.words)
