"""The virtual servers of IPVS mode, and the real servers behind each.

Follows the loop over Services of ``syncProxyRules`` and ``syncEndpoint``
(``pkg/proxy/ipvs/proxier.go``).  Every real server has weight 1, so that wrr is rr and wlc is
lc.  kube-proxy adds real servers in random order (a Go set): where a cycle starts cannot be
foretold.  Here they are added by the text ``ip:port``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labkit.kubeproxy.addresses import LOOPBACK, parse_ip, with_port
from labkit.kubeproxy.config import HostFacts
from labkit.kubeproxy.endpoints import Backends
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.settings import Settings


@dataclass(frozen=True, slots=True)
class Virtual:
    """One virtual server; ``servers`` are ``ip:port``, ``bound``: it stands on kube-ipvs0.

    ``seconds`` is the time of persistence (session affinity), 0 for none.
    """

    name: str
    protocol: str
    address: str
    port: int
    seconds: int
    bound: bool
    servers: tuple[str, ...]

    @property
    def text(self) -> str:
        """``10.96.0.10:80``."""
        return with_port(self.address, self.port)


def node_addresses(settings: Settings, host: HostFacts) -> tuple[str, ...]:
    """The addresses of the node itself, without the loopback (``GetAllLocalAddressesExcept``;
    that it leaves out the loopback is from memory)."""
    version = parse_ip(settings.node_ip)
    local = host.local_addresses or (settings.node_ip,)
    found = [parse_ip(text) for text in local]
    return tuple(
        dict.fromkeys(
            str(ip)
            for ip in found
            if ip is not None
            and version is not None
            and ip.version == version.version
            and not ip.is_loopback
        )
    )


def node_port_addresses(settings: Settings, host: HostFacts) -> tuple[str, ...]:
    """The addresses on which NodePorts listen: each is a virtual server of its own."""
    if settings.node_port_ips is None:
        return node_addresses(settings, host)
    return tuple(
        ip
        for ip in settings.node_port_ips
        if ip != LOOPBACK[settings.family] and not ip.startswith("127.")
    )


def virtual_servers(plan: Plan, host: HostFacts) -> Iterator[Virtual]:
    """ClusterIP, external IPs, the load balancer's addresses, NodePorts: in this order."""
    info, settings = plan.info, plan.settings
    own = node_addresses(settings, host)
    inside = endpoints(plan, only_local=info.internal_local)
    outside = endpoints(plan, only_local=info.external_local)
    yield _virtual(plan, info.cluster_ip, info.port, True, inside)
    for ip in (*info.external_ips, *info.load_balancer_vips):
        yield _virtual(plan, ip, info.port, ip not in own, outside)
    if info.node_port:
        for ip in node_port_addresses(settings, host):
            yield _virtual(plan, ip, info.node_port, False, outside)


def endpoints(plan: Plan, *, only_local: bool) -> Backends:
    """Who serves.  With policy Local and no endpoint here those of the cluster serve, unlike
    in iptables mode, which drops (kubernetes pull request 97081)."""
    if only_local and plan.found.local:
        return plan.found.local
    return plan.found.cluster


def _virtual(plan: Plan, ip: str, port: int, bound: bool, servers: Backends) -> Virtual:
    info = plan.info
    texts = tuple(server.text for server in servers)
    return Virtual(info.name, info.protocol, ip, port, info.affinity_seconds, bound, texts)
