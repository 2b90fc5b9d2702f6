"""What stands in the ipsets of IPVS mode (``syncProxyRules``, ``pkg/proxy/ipvs``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labkit.kubeproxy.addresses import parse_ip
from labkit.kubeproxy.config import HostFacts
from labkit.kubeproxy.endpoints import Backends
from labkit.kubeproxy.ipvs import names
from labkit.kubeproxy.ipvs.servers import node_port_addresses, virtual_servers
from labkit.kubeproxy.plan import Plan

Entries = dict[str, list[str]]
"""Set (by its IPv4 name) -> its entries, sorted, without repeats."""


def entries(ports: Iterable[tuple[Plan, Backends]], host: HostFacts) -> Entries:
    """The entries of all sets; a port comes with all its endpoints, ready or not."""
    found: dict[str, set[str]] = {name: set() for name in names.SETS}
    for plan, backends in ports:
        for name, entry in _of_port(plan, backends, host):
            found[name].add(entry)
        for virtual in virtual_servers(plan, host):
            if virtual.bound:
                found[names.IPVS_IPS].add(virtual.address)
    return {name: sorted(texts) for name, texts in found.items()}


def _of_port(plan: Plan, backends: Backends, host: HostFacts) -> Iterator[tuple[str, str]]:
    """(set, entry) of one Service port."""
    info = plan.info
    proto = info.protocol
    for backend in backends:
        if backend.local:
            # A Pod that reaches itself: destination and source are its own address.
            yield names.LOOP_BACK, f"{backend.ip},{proto}:{backend.port},{backend.ip}"
    yield names.CLUSTER_IP, f"{info.cluster_ip},{proto}:{info.port}"
    for ip in info.external_ips:
        name = names.EXTERNAL_IP_LOCAL if info.external_local else names.EXTERNAL_IP
        yield name, f"{ip},{proto}:{info.port}"
    for ip in info.load_balancer_vips:
        yield from _load_balancer(plan, f"{ip},{proto}:{info.port}", ip)
    if info.node_port:
        yield from _node_port(plan, host)
    if info.health_check_node_port and (
        not info.node_port or node_port_addresses(plan.settings, host)
    ):
        yield names.HEALTH_CHECK, str(info.health_check_node_port)


def _load_balancer(plan: Plan, entry: str, ip: str) -> Iterator[tuple[str, str]]:
    """One address of the load balancer, and who may use it."""
    info = plan.info
    yield names.LB, entry
    if info.external_local:
        yield names.LB_LOCAL, entry
    # An ipset takes no network of prefix 0: "from anywhere" is left out, and where nothing else
    # is asked for, nobody is kept out (kubernetes pull request 132722).
    ranges = [network for network in info.source_ranges if network.prefixlen]
    if ranges:
        yield names.LB_FW, entry
        for network in ranges:
            # ipset save prints a host without its prefix.
            text = str(network.network_address) if network.num_addresses == 1 else str(network)
            yield names.LB_SOURCE_CIDR, f"{entry},{text}"
        if node_is_allowed(plan):
            yield names.LB_SOURCE_IP, f"{entry},{ip}"


def node_is_allowed(plan: Plan) -> bool:
    """Whether the node's own address is in a source range."""
    node_ip = parse_ip(plan.settings.node_ip)
    return any(node_ip in network for network in plan.info.source_ranges)


def _node_port(plan: Plan, host: HostFacts) -> Iterator[tuple[str, str]]:
    """NodePorts: the bare port, but for SCTP address and port (a bitmap knows no protocol)."""
    info = plan.info
    listening = node_port_addresses(plan.settings, host)
    texts = [f"{ip},sctp:{info.node_port}" for ip in listening]
    if info.protocol != "sctp":
        texts = [str(info.node_port)] if listening else []
    for text in texts:
        yield names.NODE_PORTS[info.protocol], text
        if info.external_local:
            yield names.NODE_PORTS_LOCAL[info.protocol], text
