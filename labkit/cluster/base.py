"""What every back end of the lab can be asked; lessons ask for a capability, not for a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

NODE_RULES = "node-rules"
NODE_SYNCS = "node-syncs"
MULTI_NODE = "multi-node"
EXEC = "exec"
REPEATABLE = "repeatable"
LOOPBACK = "loopback"
"""The API server is on this machine: no proxy stands between it and us."""
WHOLE_CLUSTER = "whole-cluster"
"""All of it is the lab's own: kube-system and other namespaces may be changed too."""
NODE_POWER = "node-power"
"""Nodes can be switched off and on: there is a method ``power(node, on=..., grace=...)``."""
ASK_ANYWHERE = "ask-anywhere"
"""Requests can come from Pods without a shell, from nodes and from outside: there is a method
``ask_from(origin, host, port, path, limit)``."""
RIGHTS = "rights"
"""The API server checks rights (RBAC): what asks it from a Pod needs a role."""
PLAIN_API = "plain-api"
"""The API can be asked without kubectl: there is a method ``api(path, method, body)``."""

Progress = Callable[[str], None]
"""Told the name of each step, for people to read."""


def quiet(_step: str) -> None:
    """Progress that nobody reads."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a back end can be used here; if not, why, and what would change that."""

    ok: bool
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for beyond the name of a back end; "" and False ask for nothing.

    ``proxy_mode`` is iptables, nftables or ipvs (embedded only).  ``image`` (the nodes' image),
    ``engine`` (docker, podman or nerdctl) and ``keep`` (leave what a failed start made) are for
    kind.  ``context``,
    ``namespace``, ``yes_this_one`` and ``allow_node_pod`` are for a cluster of the user's; in
    ``yes_this_one`` the user has confirmed a context that looks like production.
    """

    proxy_mode: str = ""
    image: str = ""
    engine: str = ""
    keep: bool = False
    context: str = ""
    namespace: str = ""
    yes_this_one: bool = False
    allow_node_pod: bool = False


NO_WISHES = Wishes()


def wished(wishes: Wishes) -> frozenset[str]:
    """The names of the wishes that ask for something."""
    return frozenset(one.name for one in fields(wishes) if getattr(wishes, one.name))


@dataclass(frozen=True, slots=True)
class Status:
    """What runs.  ``pid`` is 0 and the texts are empty where there is nothing to say.

    ``recorded`` tells that a cluster was started here and not removed, even if it has died.
    """

    backend: str
    running: bool
    recorded: bool = False
    pid: int = 0
    version: str = ""
    started: str = ""
    nodes: tuple[str, ...] = ()
    proxy_mode: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """The outcome of ``up``: ``found`` when it was running before, ``recovered`` when a dead one
    was brought back with its objects.  ``notes`` are sentences that the user should read."""

    found: bool
    recovered: bool = False
    notes: tuple[str, ...] = ()


class Cluster(Protocol):
    """One back end.  All methods raise ``ClusterError`` with the next step in it."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> frozenset[str]: ...

    @property
    def grants(self) -> frozenset[str]:
        """The names of the ``Wishes`` that this back end can grant."""
        ...

    @property
    def kubeconfig(self) -> Path:
        """The lab's own kubeconfig; the file exists while the cluster is up."""
        ...

    @property
    def namespace(self) -> str:
        """Where the lab's objects live."""
        ...

    @property
    def labels(self) -> Mapping[str, str]:
        """What each object of the lab is labelled with (nothing where the cluster is our own)."""
        ...

    def recorded(self) -> float:
        """When a cluster was brought up here (seconds since the epoch) that was not taken down;
        0 for none.  Asks files alone."""
        ...

    def rules_follow(self) -> bool | None:
        """Whether each node's kube-proxy has written all that it was told of: what the API shows
        holds for packets, too.  None where a kube-proxy cannot be asked."""
        ...

    def available(self) -> Availability: ...

    def commands(self) -> tuple[str, ...]:
        """Every command line that ``up`` would run, in order; a line that begins with ``#``
        explains."""
        ...

    def up(self, progress: Progress = quiet, *, seed: int | None = None) -> Started:
        """Find the running cluster or start it.  ``seed`` makes a new one's draws repeatable."""
        ...

    def down(self) -> tuple[str, ...]:
        """Stop it and remove exactly what was made; gives the names of what is gone."""
        ...

    def status(self) -> Status: ...

    def environment(self) -> Mapping[str, str]:
        """Variables for programs that talk to the cluster (``KUBECONFIG`` and the like)."""
        ...

    def node_rules(self, node: str, *, counters: bool = False) -> str:
        """What ``iptables-save`` (in nftables mode ``nft list ruleset``) prints on that node
        (capability ``node-rules``)."""
        ...

    def describe(self) -> str:
        """One line that says which cluster this is."""
        ...

    def differs(self) -> str:
        """What is different here from a full cluster (may be empty)."""
        ...
