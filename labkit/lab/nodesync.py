"""What kube-proxy wrote last on a node: which Services it was about, and what stayed as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.words import Words


@dataclass(frozen=True, slots=True)
class NodeSync:
    """One sync of one node's kube-proxy.

    ``text`` is what it fed to ``iptables-restore`` (iptables mode; empty in the others, and in
    these ``full`` says nothing).  ``changed_services`` (``ns/name``) had their own chains written
    again or removed; ``stale_chains`` were deleted.
    """

    node: str
    mode: str
    number: int
    full: bool
    changed_services: tuple[str, ...]
    stale_chains: tuple[str, ...]
    text: str
    words: Words

    @classmethod
    def from_dict(cls, said: Mapping[str, Any], words: Words) -> NodeSync:
        """Read the answer of the cluster."""
        return cls(
            str(said["node"]),
            str(said["mode"]),
            int(said["number"]),
            bool(said["full"]),
            tuple(said["changedServices"]),
            tuple(said["staleChains"]),
            str(said["text"]),
            words,
        )

    @property
    def own_rules(self) -> tuple[str, ...]:
        """The rules of Services' own chains that were written again."""
        return tuple(line for line in self.text.splitlines() if _OWN.match(line))

    @property
    def shared_rules(self) -> int:
        """How many rules of the shared chains were written; these are written every time."""
        rules = sum(line.startswith("-A ") for line in self.text.splitlines())
        return rules - len(self.own_rules)

    def __str__(self) -> str:
        words, none = self.words, self.words("lab.sync.none")
        if self.mode != "iptables":
            return words("lab.sync.other", node=self.node, mode=self.mode, number=self.number)
        kind = words("lab.sync.full" if self.full else "lab.sync.partial")
        return "\n".join(
            [
                words("lab.sync.title", node=self.node, number=self.number, kind=kind),
                words("lab.sync.changed", services=", ".join(self.changed_services) or none),
                words("lab.sync.stale", chains=", ".join(self.stale_chains) or none),
                words("lab.sync.counts", own=len(self.own_rules), shared=self.shared_rules),
                *(f"  {rule}" for rule in self.own_rules if not self.full),
            ]
        )

    __repr__ = __str__


_OWN = re.compile(r"-A KUBE-(SVC|SVL|SEP|EXT|FW)-")
