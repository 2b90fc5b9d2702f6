"""How long a packet is on its way, and which nodes are switched on.

A delay is set where one would set it with ``tc qdisc ... netem delay``: at a Pod's interface or
at a node's uplink.  It is written as an annotation of the Pod or of the Node and counts for both
directions, so a round trip costs twice the sum of what lies on the way.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from labkit.embedded.interfaces import Json
from labkit.embedded.network.stack import Stack

LATENCY = "labkit.dev/latency"
"""The annotation: ``50ms``, ``1.5s``, ``200us``."""
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
MOST = 60.0
"""Seconds; more would be a dead link."""
_FORM = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s)\Z")
_log = logging.getLogger(__name__)


class Links:
    """One-way delays by Pod address and by node name."""

    def __init__(self) -> None:
        self._pods: dict[str, float] = {}
        self._nodes: dict[str, float] = {}

    def learn(self, pods: Iterable[tuple[str, Json]], nodes: Iterable[Json]) -> None:
        """Read the annotations of the Pods (each with its address) and of the Nodes."""
        self._pods = {address: delay for address, pod in pods if (delay := delay_of(pod))}
        self._nodes = {one["metadata"]["name"]: delay for one in nodes if (delay := delay_of(one))}

    def between(self, one: Stack, other: Stack) -> float:
        """Seconds from one namespace to another; nothing inside a namespace."""
        if not (self._pods or self._nodes) or one is other:
            return 0.0
        delay = sum(self._pods.get(stack.address, 0.0) for stack in (one, other) if stack.veth)
        if one.machine is not other.machine:
            ends = (one.machine.plan.name, other.machine.plan.name)
            delay += sum(self._nodes.get(name, 0.0) for name in ends)
        return delay


def delay_of(obj: Json) -> float:
    """The delay that an object asks for in seconds; 0 when it asks for none, or in bad words."""
    written = (obj["metadata"].get("annotations") or {}).get(LATENCY)
    if written is None:
        return 0.0
    found = _FORM.match(str(written).strip())
    seconds = float(found.group(1)) * UNITS[found.group(2)] if found else -1.0
    if not 0 <= seconds <= MOST:
        _log.warning("%s of %s is no delay: %r", LATENCY, obj["metadata"]["name"], written)
        return 0.0
    return seconds


def connected(one: Stack, other: Stack) -> bool:
    """Whether the nodes of both namespaces are switched on."""
    return one.machine.running and other.machine.running
