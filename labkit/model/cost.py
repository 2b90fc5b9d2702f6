"""What one packet costs a node, in the units in which the modes of kube-proxy differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What the first packet of a connection meets on its way through a node.

    ``rules`` that were asked, one by one and whether they matched or not; ``lookups`` in
    sets, maps and tables of virtual servers, each of which costs the same however many entries
    there are.  Later packets of a connection follow connection tracking and cost less.
    """

    rules: int
    lookups: int = 0
