"""Session affinity on a clock that is turned by hand: what the node's lists remember.

The rules are those that kube-proxy writes for ``sessionAffinity: ClientIP`` in iptables mode,
followed by an emulated node; only its clock is ours.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from labkit.clock import ManualClock
from labkit.dataplane.proxy import KubeProxy
from labkit.lab.explore import label_of, objects, packet
from labkit.model.panel import Action, Panel
from labkit.words import Words

TIMEOUT = 10_800
"""Seconds: the default of ``sessionAffinityConfig.clientIP.timeoutSeconds``."""


class StickyNode:
    """A node with a sticky Service of so many endpoints, and what it remembers."""

    def __init__(self, replicas: int = 3, timeout: int = TIMEOUT, seed: int = 1) -> None:
        service, slices = objects(replicas, timeout)
        self.plane = KubeProxy().data_plane([service], [slices])
        self.clock = ManualClock()
        self.state = self.plane.state(seed=seed, clock=self.clock, tracing=False)
        self.port = 0

    def ask(self, source: str = packet().src) -> str:
        """A new connection from an address; who gets it."""
        self.port += 1
        sent = replace(packet(self.port), src=source)
        return label_of(self.plane.receive(sent, self.state).packet.destination)


class AffinityPanel:
    """Buttons for a request and for time that passes; a line for each press."""

    def __init__(self, words: Words) -> None:
        self._words, self._node = words, StickyNode()
        self._lines: list[str] = []
        self._asked: float | None = None

    def panel(self) -> Panel:
        """The buttons and the diary."""
        words = self._words
        return Panel(
            words("lab.affinity.title", seconds=TIMEOUT),
            (
                Action(words("lab.affinity.ask"), self.ask),
                Action(words("lab.affinity.hour"), lambda: self.wait(3600)),
                Action(words("lab.affinity.limit"), lambda: self.wait(TIMEOUT + 1)),
            ),
            self.diary,
        )

    def ask(self) -> str:
        """One more connection from the same client."""
        who = self._node.ask()
        now = self._node.clock.monotonic()
        drawn = self._asked is None or now - self._asked > TIMEOUT
        key = "lab.affinity.first" if drawn else "lab.affinity.same"
        self._asked = now
        said = self._words(key, pod=who)
        self._note(said)
        return said

    def wait(self, seconds: int) -> str:
        """Time passes on the node's clock; nobody asks meanwhile."""
        self._node.clock.turn(seconds)
        said = self._words("lab.affinity.passed", time=hours(seconds))
        self._note(said)
        return said

    def diary(self) -> str:
        """What happened so far, with the time on the node's clock."""
        return "\n".join(self._lines[-12:]) or self._words("lab.affinity.empty")

    def _note(self, said: str) -> None:
        self._lines.append(f"{hours(int(self._node.clock.monotonic()))}  {said}")


def crowd(clients: int, endpoints: int = 2, seed: int = 1) -> Fraction:
    """The share of ``clients`` that meet another endpoint the second time.

    All of them ask once, then all of them again, well within the timeout: by the manifest none
    should move.
    """
    node = StickyNode(endpoints, seed=seed)
    addresses = [f"10.244.{i // 250}.{1 + i % 250}" for i in range(clients)]
    first = [node.ask(one) for one in addresses]
    again = [node.ask(one) for one in addresses]
    return Fraction(sum(a != b for a, b in zip(first, again, strict=True)), max(clients, 1))


def hours(seconds: int) -> str:
    """``03:00:01``."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
