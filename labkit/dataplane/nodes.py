"""An emulated node from what kube-proxy wrote, in each of its modes.

The text is read again: whoever follows the rules shares no object with whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labkit import nft
from labkit.clock import Clock
from labkit.ipvs import read_table
from labkit.kubeproxy.proxy import KubeProxy as RuleWriter
from labkit.model.ipset import IpSets
from labkit.model.service import EndpointSlice, Service
from labkit.netfilter.draws import Draws
from labkit.netfilter.ipvsnode import IpvsNode, IpvsNodeState, IpvsRules
from labkit.netfilter.nftnode import NftNode, NftState
from labkit.netfilter.node import Node
from labkit.netfilter.routes import Route
from labkit.netfilter.state import NodeState
from labkit.nft.nouns import NftRuleset
from labkit.ruleset.tables import Ruleset

AnyNode = Node | NftNode | IpvsNode
AnyRules = Ruleset | NftRuleset | IpvsRules


@dataclass(frozen=True, slots=True)
class Place:
    """Where the node stands: its addresses on ``eth0``, or all interfaces and routes.

    ``localnet`` is the switch route_localnet, which kube-proxy turns on in iptables mode.
    """

    addresses: tuple[str, ...] = ()
    interfaces: Mapping[str, Iterable[str]] | None = None
    routes: tuple[Route, ...] | None = None
    localnet: bool = False
    backend: str = "nft"


def rules_of(
    writer: RuleWriter, services: Iterable[Service], slices: Iterable[EndpointSlice]
) -> tuple[str, AnyRules]:
    """The text that stands on the node, and the rules that are read from it."""
    if writer.mode == "nftables":
        text = writer.nft_text(services, slices)
        return text, nft.parse(text)
    if writer.mode == "ipvs":
        texts = writer.ipvs_texts(services, slices)
        return texts.text, IpvsRules(
            read_table(texts.servers, texts.names),
            IpSets.parse(texts.sets),
            Ruleset.parse(texts.saved),
        )
    text = writer.save_text(services, slices)
    return text, Ruleset.parse(text)


def node_with(rules: AnyRules, place: Place) -> AnyNode:
    """The node that follows these rules."""
    own, interfaces, routes = place.addresses, place.interfaces, place.routes
    if isinstance(rules, NftRuleset):
        return NftNode(rules, addresses=own, interfaces=interfaces, routes=routes)
    if isinstance(rules, IpvsRules):
        return IpvsNode.of(rules, addresses=own, interfaces=interfaces, routes=routes)
    return Node(
        rules,
        addresses=own,
        interfaces=interfaces,
        routes=routes,
        backend=place.backend,
        route_localnet=place.localnet,
    )


def no_rules(mode: str) -> AnyRules:
    """What a node follows before kube-proxy has written anything."""
    if mode == "nftables":
        return nft.parse("")
    if mode == "ipvs":
        return IpvsRules(read_table(""), IpSets.parse(""), Ruleset.parse(""))
    return Ruleset.parse("")


def memory(
    mode: str, clock: Clock | None = None, seed: int = 0, *, tracing: bool = True
) -> NodeState:
    """What a node of this mode remembers between packets; it has seen nothing."""
    if mode == "ipvs":
        return IpvsNodeState(None, clock, Draws(seed), tracing=tracing)
    kind = NftState if mode == "nftables" else NodeState
    return kind(clock, Draws(seed), tracing=tracing)
