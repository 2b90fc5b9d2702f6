"""What a lab can show: its map, its rules, its past, and what needs no cluster at all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.clock import Clock
from labkit.cluster.base import NODE_RULES, Cluster
from labkit.cluster.kubectl import Kubectl
from labkit.lab import steps
from labkit.model.clustermap import LiveMap
from labkit.words import Words

if TYPE_CHECKING:
    from labkit.dataplane.beside import SideBySide
    from labkit.lab.timeline import Recorder
    from labkit.model.clustermap import ClusterMap
    from labkit.model.draft import Draft
    from labkit.model.growth import Growth
    from labkit.model.rulebook import RuleBook
    from labkit.model.timeline import Timeline


class Pictures(ABC):
    """The part of ``Lab`` that makes things to ``show``; see there for the fields."""

    cluster: Cluster
    words: Words
    _kubectl: Kubectl
    _clock: Clock

    @abstractmethod
    def rules(self, node: str | None = None) -> str:
        """The rules of a node; see ``Lab``."""

    @abstractmethod
    def _qualified(self, service: str) -> str:
        """``namespace/name``; see ``Lab``."""

    # ---- of the cluster as it is ---------------------------------------------------------

    def map(
        self,
        pod: str = steps.CLIENT_NAME,
        service: str = steps.SERVICE_NAME,
        *,
        connection: int = 1,
    ) -> ClusterMap:
        """The cluster as it is now, and the way of one connection from a Pod to a Service:
        ``show(lab.map())`` draws it once, ``show(lab)`` goes on asking."""
        from labkit.lab.clustermap import map_now

        seen = NODE_RULES in self.cluster.capabilities
        rules_of = self.rules if seen else None
        return map_now(self._kubectl, rules_of, pod, self._qualified(service), connection)

    def pictured(self) -> LiveMap:
        """What ``show(lab)`` draws: the map, live."""
        return LiveMap(lambda number: self.map(connection=number))

    def rulebook(self, service: str = steps.SERVICE_NAME, node: str | None = None) -> RuleBook:
        """A node's rules with the Service that they are for: show it, point at rules and fields,
        ask about packets."""
        from labkit.lab.rulebook import rulebook_of

        return rulebook_of(self._kubectl, self.rules(node), self._qualified(service), self.words)

    def draft(self, service: str = steps.SERVICE_NAME) -> Draft:
        """The manifest of a Service to edit, and the rules that kube-proxy would write for it in
        each mode: show it.  Nothing is applied."""
        from labkit.lab.draft import draft_of

        return draft_of(self._kubectl, self._qualified(service), self.words)

    def timeline(self, service: str = steps.SERVICE_NAME) -> Recorder:
        """Records Pods, EndpointSlice and rules of a Service while a block runs::

        with lab.timeline() as line:
            lab.kubectl("scale deployment backend-app --replicas=3")
            lab.kubectl("rollout status deployment backend-app")
        show(line)
        """
        from labkit.dataplane.read import mode_of
        from labkit.lab.timeline import Recorder

        seen = NODE_RULES in self.cluster.capabilities
        counted = seen and mode_of(self.rules()) != "ipvs"
        rules_of = self.rules if counted else None
        place = self._qualified(service)
        return Recorder(self._kubectl, self._clock, place, rules_of, self.words)

    # ---- without a cluster ---------------------------------------------------------------

    def modes(self, replicas: int = 3, n: int = 12, seed: int = 1) -> SideBySide:
        """The same traffic through iptables, nftables and IPVS: show it.  Needs no cluster."""
        from labkit.dataplane.beside import side_by_side
        from labkit.lab.explore import objects, packet

        service, slices = objects(replicas)
        language = self.words.language
        return side_by_side(packet(), [service], [slices], n=n, seed=seed, language=language)

    def growth(self, *sizes: int) -> Growth:
        """What a connection costs among 1 to 30,000 Services, in each mode: show it.  Measures
        the given numbers of Services, or 1 to 1,000; needs no cluster."""
        from labkit.dataplane.growth import growth

        return growth(*sizes)

    def affinity(
        self,
        times: Sequence[float] = (0, 3600, 12000, 25000),
        *,
        timeout: int = 10800,
        pods: int = 3,
        seed: int = 1,
    ) -> Timeline:
        """One client's connections at ``times`` (seconds) to a Service with
        ``sessionAffinity: ClientIP``, on a clock that is turned by hand: show it."""
        from labkit.lab.emulatedtime import affinity

        return affinity(times, timeout, pods, seed, self.words)

    def keepalive(
        self, seconds: int = 12, leaves: float = 6, *, pods: int = 3, seed: int = 1
    ) -> Timeline:
        """A connection that stays beside a new one every second; after ``leaves`` seconds its Pod
        is no longer ready.  On a clock that is turned by hand: show it."""
        from labkit.lab.emulatedtime import keepalive

        return keepalive(seconds, leaves, pods, seed, self.words)
