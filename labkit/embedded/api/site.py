"""What every handler needs: the verbs, the parts of the cluster, who may come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labkit.embedded.interfaces import Net, NodeRules, Runtime, Switches
from labkit.embedded.machinery import Machinery
from labkit.embedded.machinery.world import World


@dataclass(slots=True)
class Site:
    """One server.  ``runtime``, ``net`` (the network that the API server runs on), ``rules`` and
    ``control`` are None until the cluster's parts are started; ``info`` tells what
    ``labkit/v1/info`` shows, ``stop`` ends the process in good order."""

    machinery: Machinery
    secret: str
    port: int = 0
    runtime: Runtime | None = None
    net: Net | None = None
    rules: NodeRules | None = None
    control: Switches | None = None
    info: Callable[[], dict[str, Any]] = dict
    stop: Callable[[], None] = field(default=lambda: None)

    @property
    def world(self) -> World:
        return self.machinery.world
