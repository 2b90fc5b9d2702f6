"""What a command needs from the world, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.cli.console import Console
from labkit.words import Words

if TYPE_CHECKING:
    from labkit.clock import Clock
    from labkit.cluster.base import Cluster
    from labkit.cluster.kubectl import Kubectl
    from labkit.cluster.registry import Choice


@dataclass(frozen=True, slots=True)
class Context:
    """The words, the console, the environment and the clock of one run of the command line."""

    words: Words
    console: Console
    environment: Mapping[str, str]
    clock: Clock

    def choose(self, backend: str = "auto") -> Choice:
        """The back end to use, with those that were passed over."""
        from labkit.cluster.paths import find_home
        from labkit.cluster.registry import choose

        home = find_home(self.environment, self.words)
        return choose(backend, home, self.environment, self.clock, self.words)

    def running(self, backend: str = "auto") -> Cluster:
        """The cluster that is up; ``ClusterError`` with the next step when none is."""
        from labkit.errors import ClusterError

        cluster = self.choose(backend).cluster
        status = cluster.status()
        if status.running:
            return cluster
        if status.recorded:
            raise ClusterError(self.words("cluster.gone"), self.words("cluster.gone.fix"))
        raise ClusterError(self.words("cluster.not_running"), self.words("cluster.not_running.fix"))

    def kubectl(self, cluster: Cluster) -> Kubectl:
        """kubectl for that cluster."""
        from labkit.cluster.kubectl import Kubectl, find_program

        program = find_program(self.environment, self.words)
        return Kubectl(program, cluster.environment(), self.clock, self.words)
