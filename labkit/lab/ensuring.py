"""The lab's objects, applied where they are missing, and waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event

from labkit.clock import Clock
from labkit.cluster.kubectl import Kubectl
from labkit.errors import LabError
from labkit.lab import files, questions, steps
from labkit.words import Words

PATIENCE = 30.0
LONG = 180.0
GLANCE = 0.2


@dataclass(frozen=True, slots=True)
class Ensurer:
    """Sees to it that backend, Service and client are there and ready."""

    kubectl: Kubectl
    clock: Clock
    words: Words
    tell: Callable[[str], None]
    labels: Mapping[str, str]

    def ensure(self) -> None:
        """Apply those of the corrected manifests whose objects are missing; wait until ready."""
        there = questions.leftovers(self.kubectl)
        for name, file in zip(steps.OBJECTS, files.FILES, strict=True):
            if name not in there:
                text = files.text_of("fixed", file)
                self.kubectl.check("apply", "-f", "-", stdin=text)
                steps.label(self.kubectl, "-", self.labels, text)
                self.tell(self.words("lab.applied", name=name))
        self.wait_ready()

    def wait_ready(self) -> None:
        """Until the Pods are ready and the Service has an endpoint for each."""
        for one in (steps.BACKEND_STEPS[1], steps.CLIENT_STEPS[1]):
            self.kubectl.check(*one.command, timeout=LONG)
        end = self.clock.monotonic() + PATIENCE
        while not self._has_endpoints():
            if self.clock.monotonic() > end:
                raise LabError(
                    self.words("lab.endpoints", n=self._wanted(), seconds=int(PATIENCE)),
                    self.words("lab.endpoints.fix"),
                )
            Event().wait(GLANCE)

    def _wanted(self) -> int:
        return len(questions.backend_places(self.kubectl))

    def _has_endpoints(self) -> bool:
        wanted = self._wanted()
        return questions.ready_endpoints(self.kubectl) >= wanted > 0
