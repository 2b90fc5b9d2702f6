"""Each node's rules against what ``labkit rules`` makes of the same objects."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.cluster.base import NODE_RULES
from labkit.kubeproxy.config import HostFacts
from labkit.lab.computed import look
from labkit.parity.canonical import Chains, chains_of, is_nft
from labkit.parity.differences import Difference, NotHere, compare_lines
from labkit.parity.stage import Stage

MOST_NODES = 3
TRIES = 5


def node_rules(stage: Stage) -> Iterator[Difference]:
    """The node's own text and the computed one are equal in canonical form, chain by chain."""
    if NODE_RULES not in stage.cluster.capabilities:
        raise NotHere
    for node in stage.cluster.status().nodes[:MOST_NODES]:
        found: list[Difference] = []
        for _ in range(TRIES):  # objects and rules are read one after the other
            found = list(compare_chains(node, *both(stage, node)))
            if not found:
                break
        yield from found


def both(stage: Stage, node: str) -> tuple[Chains, Chains]:
    """The computed rules and the node's own."""
    text = stage.cluster.node_rules(node)
    mode = "nftables" if is_nft(text) else "iptables"
    host = HostFacts(nfacct="-m nfacct" in text, random_fully="--random-fully" in text)
    return chains_of(look(stage.kubectl, mode).rules(node, host)), chains_of(text)


def compare_chains(node: str, computed: Chains, read: Chains) -> Iterator[Difference]:
    """Chains that only one side has, and those whose rules differ."""
    yield from compare_lines(f"{node}: chains", sorted(computed), sorted(read))
    for name in sorted(computed.keys() & read.keys()):
        yield from compare_lines(f"{node}: {name}", computed[name], read[name])
