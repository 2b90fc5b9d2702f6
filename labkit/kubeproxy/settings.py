"""Configuration, Node and host facts boiled down to what the rules of one family need.

Follows ``NewProxier`` (``pkg/proxy/iptables/proxier.go``), ``getLocalDetectors`` and
``detectNodeIPs`` (``cmd/kube-proxy/app``) and ``NewNodePortAddresses``
(``pkg/proxy/util/nodeport_addresses.go``).
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.kubeproxy.addresses import (
    ANYWHERE,
    HOST_BITS,
    LOOPBACK,
    VERSION,
    Address,
    Family,
    Network,
    ips_of_family,
    networks_of_family,
    parse_ip,
)
from labkit.kubeproxy.config import PRIMARY, HostFacts, KubeProxyConfig
from labkit.kubeproxy.rule import Words, in_interface, source
from labkit.model.service import NodeInfo


@dataclass(frozen=True, slots=True)
class Detector:
    """How kube-proxy tells a Pod of this node (or cluster) from everyone else."""

    from_pods: tuple[Words, ...]
    not_from_pods: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the rules of one family on one node depend on, besides the objects.

    ``detector`` is None when nothing tells Pods from others.  ``node_port_ips`` is None
    when NodePorts are open on every local address.
    """

    family: Family
    node_name: str
    zone: str
    node_ip: str
    mark: int
    detector: Detector | None
    masquerade_all: bool
    localhost_node_ports: bool
    node_port_ips: tuple[str, ...] | None
    nfacct: bool
    random_fully: bool
    tcp_be_liberal: bool


def settings_for(
    node: NodeInfo, config: KubeProxyConfig, host: HostFacts, family: Family
) -> Settings:
    """What kube-proxy's start makes of its configuration."""
    node_ip = _node_ip(node, config, host, family)
    networks = _node_port_networks(config, node_ip, family)
    localhost = config.localhost_node_ports and _contains_ipv4_loopback(networks)
    return Settings(
        family=family,
        node_name=config.hostname_override or node.name,
        zone=node.zone,
        node_ip=node_ip,
        mark=config.masquerade_mark,
        detector=_detector(node, config, family),
        masquerade_all=config.masquerade_all,
        localhost_node_ports=localhost,
        node_port_ips=_node_port_ips(networks, node_ip, host, family, localhost),
        nfacct=host.nfacct,
        random_fully=host.random_fully,
        tcp_be_liberal=host.tcp_be_liberal or config.tcp_be_liberal,
    )


def _node_ip(node: NodeInfo, config: KubeProxyConfig, host: HostFacts, family: Family) -> str:
    """The Node's address of this family; without any, kube-proxy takes the loopback."""
    bind = parse_ip(config.bind_address)
    bound = () if bind is None or bind.is_unspecified else (str(bind),)
    texts = ((host.node_ip,) if host.node_ip else ()) + bound
    found = ips_of_family((*texts, *node.internal_ips, *node.external_ips), family)
    return found[0] if found else LOOPBACK[family]


def _detector(node: NodeInfo, config: KubeProxyConfig, family: Family) -> Detector | None:
    """The match for "from a Pod", by the mode of local detection."""
    mode = config.detect_local_mode
    if mode in ("ClusterCIDR", "NodeCIDR"):
        texts = config.cluster_cidrs if mode == "ClusterCIDR" else node.pod_cidrs
        networks = networks_of_family(texts, family)
        if not networks:
            return None
        network = str(networks[0])
        return Detector(source(network, family), source(network, family, negated=True))
    name = config.bridge_interface
    if mode == "InterfaceNamePrefix":
        name = f"{config.interface_name_prefix}+"
    if not name.rstrip("+"):
        return None
    return Detector(in_interface(name), in_interface(name, negated=True))


def _node_port_networks(
    config: KubeProxyConfig, node_ip: str, family: Family
) -> tuple[Network, ...]:
    """The networks of ``nodePortAddresses`` of this family; none given means all."""
    texts = config.node_port_addresses
    if texts == (PRIMARY,):
        texts = () if node_ip == LOOPBACK[family] else (f"{node_ip}/{HOST_BITS[family]}",)
    return networks_of_family(texts, family) or networks_of_family((ANYWHERE[family],), family)


def _contains_ipv4_loopback(networks: tuple[Network, ...]) -> bool:
    """Whether NodePorts on 127.0.0.1 are wanted; never so in IPv6."""
    loopback = parse_ip(LOOPBACK["ipv4"])
    return any(
        net.version == VERSION["ipv4"] and (net.network_address.is_loopback or loopback in net)
        for net in networks
    )


def _node_port_ips(
    networks: tuple[Network, ...], node_ip: str, host: HostFacts, family: Family, localhost: bool
) -> tuple[str, ...] | None:
    """The local addresses with NodePorts, or None for all of them."""
    if any(net.prefixlen == 0 for net in networks):
        return None
    local = host.local_addresses or (node_ip, LOOPBACK[family])
    addresses = [parse_ip(text) for text in ips_of_family(local, family)]
    chosen = [
        ip
        for ip in addresses
        if ip is not None and any(ip in net for net in networks) and _usable(ip, localhost)
    ]
    return tuple(dict.fromkeys(str(ip) for ip in chosen))


def _usable(ip: Address, localhost: bool) -> bool:
    """A loopback address counts in IPv4 only, and only with ``localhostNodePorts``."""
    return not ip.is_loopback or (ip.version == VERSION["ipv4"] and localhost)
