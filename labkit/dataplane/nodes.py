"""An emulated node from what kube-proxy wrote, in each of its modes.

The text is read again: whoever follows the rules shares no object with whoever wrote them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labkit import nft
from labkit.ipvs import read_table
from labkit.kubeproxy.proxy import KubeProxy as RuleWriter
from labkit.model.service import EndpointSlice, Service
from labkit.netfilter.ipvsnode import IpvsNode
from labkit.netfilter.nftnode import NftNode
from labkit.netfilter.node import Node
from labkit.netfilter.routes import Route
from labkit.ruleset.tables import Ruleset

AnyNode = Node | NftNode | IpvsNode


@dataclass(frozen=True, slots=True)
class Place:
    """Where the node stands: its addresses on ``eth0``, or all interfaces and routes."""

    addresses: tuple[str, ...] = ()
    interfaces: Mapping[str, Iterable[str]] | None = None
    routes: tuple[Route, ...] | None = None


def node_of(
    writer: RuleWriter, services: Iterable[Service], slices: Iterable[EndpointSlice], place: Place
) -> tuple[str, AnyNode]:
    """The text that stands on the node, and the node that follows it."""
    make = {"iptables": _iptables, "nftables": _nftables, "ipvs": _ipvs}[writer.mode]
    return make(writer, services, slices, place)


def _iptables(
    writer: RuleWriter, services: Iterable[Service], slices: Iterable[EndpointSlice], place: Place
) -> tuple[str, AnyNode]:
    text = writer.save_text(services, slices)
    return text, Node(
        Ruleset.parse(text),
        addresses=place.addresses,
        interfaces=place.interfaces,
        routes=place.routes,
        backend=writer.backend,
        route_localnet=writer.settings.localhost_node_ports,
    )


def _nftables(
    writer: RuleWriter, services: Iterable[Service], slices: Iterable[EndpointSlice], place: Place
) -> tuple[str, AnyNode]:
    text = writer.nft_text(services, slices)
    return text, NftNode(
        nft.parse(text),
        addresses=place.addresses,
        interfaces=place.interfaces,
        routes=place.routes,
    )


def _ipvs(
    writer: RuleWriter, services: Iterable[Service], slices: Iterable[EndpointSlice], place: Place
) -> tuple[str, AnyNode]:
    texts = writer.ipvs_texts(services, slices)
    return texts.text, IpvsNode(
        read_table(texts.servers, texts.names),
        sets=texts.sets,
        rules=texts.saved,
        addresses=place.addresses,
        interfaces=place.interfaces,
        routes=place.routes,
    )
