"""Waiting until the nodes' rules say what the API says."""

from __future__ import annotations

from threading import Event

from labkit.clock import Clock
from labkit.cluster.base import Cluster

PATIENCE = 10.0
"""Seconds after which one stops waiting."""
GLANCE = 0.05
"""Seconds between two questions."""
UNSEEN = 1.0
"""Seconds given to a kube-proxy that cannot be asked: its ``minSyncPeriod``."""


def rules_followed(cluster: Cluster, clock: Clock) -> bool:
    """Wait until each node's kube-proxy has written all that it was told of; whether it has.

    One that cannot be asked gets the time in which it syncs at the latest.
    """
    end = clock.monotonic() + PATIENCE
    while (followed := cluster.rules_follow()) is False:
        if clock.monotonic() > end:
            return False
        Event().wait(GLANCE)
    if followed is None:
        Event().wait(UNSEEN)
    return True
