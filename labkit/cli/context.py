"""What a command needs from the world, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.cli.console import Console
from labkit.words import Words

if TYPE_CHECKING:
    from labkit.clock import Clock
    from labkit.cluster.base import Cluster, Wishes
    from labkit.cluster.kubectl import Kubectl
    from labkit.cluster.registry import Choice


@dataclass(frozen=True, slots=True)
class Context:
    """The words, the console, the environment and the clock of one run of the command line."""

    words: Words
    console: Console
    environment: Mapping[str, str]
    clock: Clock

    def choose(self, backend: str = "auto", wishes: Wishes | None = None) -> Choice:
        """The back end to use, with those that were passed over."""
        from labkit.cluster.base import NO_WISHES
        from labkit.cluster.paths import find_home
        from labkit.cluster.registry import choose

        home = find_home(self.environment, self.words)
        wishes = NO_WISHES if wishes is None else wishes
        return choose(backend, home, self.environment, self.clock, self.words, wishes)

    def there(self, backend: str = "auto", wishes: Wishes | None = None) -> Cluster:
        """The back end to ask about, whether or not it could start a cluster."""
        from labkit.cluster.base import NO_WISHES
        from labkit.cluster.paths import find_home
        from labkit.cluster.registry import Choosing, there

        home = find_home(self.environment, self.words)
        wishes = NO_WISHES if wishes is None else wishes
        return there(backend, Choosing(home, self.environment, self.clock, self.words, wishes))

    def still_up(self) -> tuple[str, ...]:
        """The names of all back ends with a cluster that was not taken down."""
        from labkit.cluster.paths import find_home
        from labkit.cluster.registry import Choosing, recorded_names

        home = find_home(self.environment, self.words)
        return recorded_names(Choosing(home, self.environment, self.clock, self.words))

    def running(self, backend: str = "auto") -> Cluster:
        """The cluster that is up; ``ClusterError`` with the next step when none is."""
        from labkit.errors import ClusterError

        cluster = self.there(backend)
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
