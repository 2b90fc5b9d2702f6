"""A node's power, where the back end has a switch for it."""

from __future__ import annotations

from typing import Protocol, cast

from labkit.cluster.base import Cluster


class Switchable(Protocol):
    """A cluster with the capability ``node-power``."""

    def power(self, node: str, *, on: bool, grace: float | None = None) -> None:
        """Switch a node; ``grace`` are the seconds until a silent node is NotReady, without it
        those of a real cluster.  Raises ``ClusterError``."""
        ...


def switch(cluster: Cluster, node: str, *, on: bool, grace: float | None = None) -> None:
    """Switch a node of a cluster that has the capability."""
    cast(Switchable, cluster).power(node, on=on, grace=grace)
