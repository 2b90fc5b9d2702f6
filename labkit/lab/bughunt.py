"""The debugging ladder as buttons: break something unseen, climb rung by rung, mend it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.cluster.kubectl import Kubectl
from labkit.lab.steps import CLIENT_NAME, SERVICE_NAME
from labkit.model.panel import Action, Panel

if TYPE_CHECKING:
    from labkit.lab.api import Lab

SECONDS = 3
LADDER: dict[str, tuple[str, ...]] = {
    "exists": ("get", "service", SERVICE_NAME),
    "name": ("exec", CLIENT_NAME, "--", "nslookup", f"{SERVICE_NAME}.default.svc.cluster.local"),
    "answer": (
        *("exec", CLIENT_NAME, "--", "wget", "-T", str(SECONDS), "-q", "-O-"),
        f"http://{SERVICE_NAME}",
    ),
    "spec": ("get", "service", SERVICE_NAME, "-o", "wide"),
    "endpoints": ("get", "endpointslices", "-l", f"kubernetes.io/service-name={SERVICE_NAME}"),
    "pods": ("get", "pods", "-o", "wide", "--show-labels"),
    "nodes": ("get", "nodes,networkpolicies"),
}
"""Rung -> the kubectl command that it stands for, in the order in which one climbs."""


class BugHunt:
    """Keeps what the last rung printed, and how many rungs it took."""

    def __init__(self, lab: Lab, kubectl: Kubectl) -> None:
        self._lab, self._kubectl, self._words = lab, kubectl, lab.words
        self._shown = self._words("lab.hunting.start")
        self._rungs = 0

    def panel(self) -> Panel:
        """Break, the rungs, the rules, mend."""
        words = self._words
        rungs = tuple(
            Action(f"{number} {words(f'lab.hunting.{name}')}", self._climb(command))
            for number, (name, command) in enumerate(LADDER.items(), 1)
        )
        return Panel(
            words("lab.hunting.title"),
            (
                Action(words("lab.hunting.break"), self.break_it),
                *rungs,
                Action(f"{len(rungs) + 1} {words('lab.hunting.rules')}", self.rules),
                Action(words("lab.hunting.mend"), self.mend),
            ),
            lambda: self._shown,
        )

    def break_it(self) -> str:
        """A fault that is drawn and not told; one that is there already stays."""
        self._rungs = 0
        self._shown = self._words("lab.hunting.broken")
        breaker = self._lab.breaker()
        if breaker.current() is None:
            breaker.break_it(None, seed=None, secret=True)
        return self._shown

    def _climb(self, command: tuple[str, ...]) -> Callable[[], str]:
        def run() -> str:
            self._rungs += 1
            answer = self._kubectl.run(*command, timeout=30.0)
            shown = answer.output.strip() or self._words("lab.hunting.nothing")
            self._shown = f"$ kubectl {' '.join(command)}\n{shown}"
            return self._words("lab.hunting.asked", n=self._rungs)

        return run

    def rules(self) -> str:
        """The Service's rules on the client's node."""
        self._rungs += 1
        self._shown = self._lab.service_rules(SERVICE_NAME)
        return self._words("lab.hunting.asked", n=self._rungs)

    def mend(self) -> str:
        """Undo it and tell what it was."""
        mended = self._lab.breaker().mend()
        self._shown = self._words("lab.hunting.start")
        if mended is None:
            return self._words("faults.nothing")
        return self._words("lab.hunting.was", what=mended.what, n=self._rungs)
