"""KubeProxy: from Services and EndpointSlices to the text that kube-proxy writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from labkit.errors import ObjectsError
from labkit.kubeproxy.addresses import Family, networks_of_family
from labkit.kubeproxy.config import MODES, HostFacts, KubeProxyConfig
from labkit.kubeproxy.endpoints import Backends, categorize, collect, port_key
from labkit.kubeproxy.ipvs import IpvsTexts, ipvs_texts
from labkit.kubeproxy.nftables import nft_settings_for, port_parts, table_text
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.ports import PortInfo, port_infos
from labkit.kubeproxy.restore import restore_text
from labkit.kubeproxy.saved import Backend, own_chains, saved_text
from labkit.kubeproxy.service import PortRules, port_rules, port_text
from labkit.kubeproxy.settings import Settings, settings_for
from labkit.model.service import EndpointSlice, NodeInfo, Service

LARGE_CLUSTER_ENDPOINTS = 1000
"""With more endpoints than this, ready or not, the comments of endpoints are left out."""


@dataclass(frozen=True, slots=True)
class KubeProxy:
    """kube-proxy v1.36 on one node, for one family of addresses.

    ``node`` is a :class:`NodeInfo`, or a name when its addresses do not matter;
    ``backend`` says which iptables prints the saved text; ``service_cidrs``, the networks of
    the cluster's ServiceCIDRs, count in nftables mode.  ``mode`` is ``iptables``, ``nftables``
    or ``ipvs`` (deprecated in Kubernetes), by default that of the configuration, else iptables.
    Raises :class:`ObjectsError` for another one.  Pure: the same objects in the same
    order give the same text.  Services keep the caller's order (kube-proxy's own
    order of Services is random).
    """

    node: NodeInfo | str
    config: KubeProxyConfig = field(default_factory=KubeProxyConfig)
    host: HostFacts = field(default_factory=HostFacts)
    family: Family = "ipv4"
    backend: Backend = "nft"
    service_cidrs: tuple[str, ...] = ()
    mode: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mode", self.mode or self.config.mode or MODES[0])
        if self.mode not in MODES:
            raise ObjectsError(
                f"kube-proxy has no mode {self.mode!r}.", f"Take {', '.join(MODES)}."
            )

    @property
    def settings(self) -> Settings:
        """Configuration, Node and host boiled down to what rules depend on."""
        return settings_for(self.node_info, self.config, self.host, self.family)

    @property
    def node_info(self) -> NodeInfo:
        """The Node, with nothing but its name where nothing else was given."""
        return NodeInfo(self.node) if isinstance(self.node, str) else self.node

    def restore_text(self, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> str:
        """What a full sync feeds to ``iptables-restore --noflush --counters``."""
        settings = self.settings
        ports = [port_text(port_rules(plan)) for plan in plans(services, slices, settings)]
        return restore_text(settings, ports, [True] * len(ports))

    def save_text(self, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> str:
        """What ``iptables-save`` prints after kube-proxy's start: no date, counters zero."""
        settings = self.settings
        ports = render(services, slices, settings)
        return saved_text(settings, ports, own_chains(ports), self.backend)

    def nft_text(self, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> str:
        """The table of nftables mode as ``nft list`` prints it and ``nft -f`` loads it."""
        settings = nft_settings_for(self.node_info, self.config, self.host, self.family)
        parts = [port_parts(plan) for plan in plans(services, slices, settings)]
        cidrs = [str(net) for net in networks_of_family(self.service_cidrs, self.family)]
        return table_text(settings, parts, cidrs)

    def ipvs_texts(self, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> IpvsTexts:
        """What IPVS mode sets up; raises :class:`ObjectsError` for an unknown scheduler."""
        return ipvs_texts(
            self.node_info,
            services,
            slices,
            self.config,
            self.host,
            self.family,
            self.config.ipvs_scheduler,
        )

    def input_text(self, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> str:
        """What a full sync in this mode feeds to ``iptables-restore`` (iptables, IPVS) or what
        ``nft -f`` loads to the same end (nftables: kube-proxy itself writes a transaction)."""
        if self.mode == "nftables":
            return self.nft_text(services, slices)
        if self.mode == "ipvs":
            return self.ipvs_texts(services, slices).restore
        return self.restore_text(services, slices)

    def listing(self, services: Iterable[Service], slices: Iterable[EndpointSlice]) -> str:
        """What the node shows afterwards: ``iptables-save``, ``nft list ruleset``, or in IPVS
        mode ``ipvsadm -Ln``, ``ipset save`` and ``iptables-save`` under headings."""
        if self.mode == "nftables":
            return self.nft_text(services, slices)
        if self.mode == "ipvs":
            return self.ipvs_texts(services, slices).text
        return self.save_text(services, slices)


def plans(
    services: Iterable[Service], slices: Iterable[EndpointSlice], settings: Settings
) -> list[Plan]:
    """What is decided for every Service port, in the order of the Services and their ports."""
    infos = [info for service in services for info in port_infos(service, settings.family)]
    backends = collect(slices, settings.family, settings.node_name)
    by_port = [(info, backends.get(port_key(info), ())) for info in infos]
    large = is_large(found for _, found in by_port)
    return [plan_for(info, found, settings, large) for info, found in by_port]


def render(
    services: Iterable[Service], slices: Iterable[EndpointSlice], settings: Settings
) -> list[PortRules]:
    """The rules of every Service port, in the order of the Services and their ports."""
    return [port_rules(plan) for plan in plans(services, slices, settings)]


def render_port(info: PortInfo, backends: Backends, settings: Settings, large: bool) -> PortRules:
    """The rules of one Service port with all its endpoints."""
    return port_rules(plan_for(info, backends, settings, large))


def plan_for(info: PortInfo, backends: Backends, settings: Settings, large: bool) -> Plan:
    """What is decided for one Service port."""
    categories = categorize(backends, info, settings.node_name, settings.zone)
    return Plan(info, categories, settings, large)


def is_large(backends: Iterable[Backends]) -> bool:
    """Whether all Service ports together have so many endpoints that comments are spared."""
    return sum(len(found) for found in backends) > LARGE_CLUSTER_ENDPOINTS
