"""The table ``kube-proxy`` as ``nft list ruleset`` prints it and ``nft -f`` reads it.

Follows ``setupNFTables`` and ``syncProxyRules`` (``pkg/proxy/nftables/proxier.go``, v1.36).
The order of Services among themselves is kube-proxy's freedom, that of the elements of a set
the kernel's; here both are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from labkit.kubeproxy.nftables.detector import not_from_pods
from labkit.kubeproxy.nftables.port import Element, OwnChain, PortParts
from labkit.kubeproxy.settings import Settings

TYPE_OF = {"ipv4": "ipv4_addr", "ipv6": "ipv6_addr"}
TABLE_OF = {"ipv4": "ip", "ipv6": "ip6"}
NEWLINE = ",\n\t\t\t     "

BASE_CHAINS = (
    (
        "filter-prerouting-pre-dnat",
        "filter hook prerouting priority dstnat - 10",
        ("ct state new jump firewall-check",),
    ),
    (
        "filter-output-pre-dnat",
        "filter hook output priority -110",
        ("ct state new jump firewall-check",),
    ),
    (
        "filter-input",
        "filter hook input priority filter",
        ("ct state new jump nodeport-endpoints-check", "ct state new jump service-endpoints-check"),
    ),
    (
        "filter-forward",
        "filter hook forward priority filter",
        ("ct state new jump service-endpoints-check", "ct state new jump cluster-ips-check"),
    ),
    (
        "filter-output",
        "filter hook output priority filter",
        ("ct state new jump service-endpoints-check", "ct state new jump cluster-ips-check"),
    ),
    ("nat-prerouting", "nat hook prerouting priority dstnat", ("jump services",)),
    ("nat-output", "nat hook output priority -100", ("jump services",)),
    ("nat-postrouting", "nat hook postrouting priority srcnat", ("jump masquerading",)),
)
"""Name, type with hook and priority, rules.  The hook output knows no name for -100."""


@dataclass(frozen=True, slots=True)
class SharedSet:
    """A set or map that all Services share; ``values`` is the type of a map's values."""

    name: str
    key: str
    comment: str
    values: str = ""


def shared_sets(settings: Settings) -> tuple[SharedSet, ...]:
    """Sets and maps in the order of their making."""
    ip = TYPE_OF[settings.family]
    port = "inet_proto . inet_service"
    sets = [
        SharedSet("hairpin-connections", f"{ip} . {ip} . {port}", "service hairpin connections"),
        SharedSet("cluster-ips", ip, "Active ClusterIPs"),
    ]
    if settings.node_port_ips is not None:
        sets.append(SharedSet("nodeport-ips", ip, "IPs that accept NodePort traffic"))
    return (
        *sets,
        SharedSet(
            "no-endpoint-services",
            f"{ip} . {port}",
            "vmap to drop or reject packets to services with no endpoints",
            "verdict",
        ),
        SharedSet(
            "no-endpoint-nodeports",
            port,
            "vmap to drop or reject packets to service nodeports with no endpoints",
            "verdict",
        ),
        SharedSet(
            "firewall-ips",
            f"{ip} . {port}",
            "destinations that are subject to LoadBalancerSourceRanges",
            "verdict",
        ),
        SharedSet(
            "service-ips",
            f"{ip} . {port}",
            "ClusterIP, ExternalIP and LoadBalancer IP traffic",
            "verdict",
        ),
        SharedSet("service-nodeports", port, "NodePort traffic", "verdict"),
    )


def table_text(
    settings: Settings, ports: Sequence[PortParts], service_cidrs: Sequence[str] = ()
) -> str:
    """The whole table.  ``service_cidrs`` are the networks of the cluster's ServiceCIDRs."""
    lines = [f"table {TABLE_OF[settings.family]} kube-proxy {{", '\tcomment "rules for kube-proxy"']
    blocks = [
        *_sets(settings, ports),
        *(
            affinity_set(settings, name, port.affinity_seconds)
            for port in ports
            for name in port.affinity_sets
        ),
        *(base_chain(*chain) for chain in BASE_CHAINS),
        *(chain_block(chain) for chain in shared_chains(settings, service_cidrs)),
        *(chain_block(chain) for port in ports for chain in port.chains),
    ]
    lines.append("\n\n".join(blocks))
    lines.append("}\n")
    return "\n".join(lines)


def _sets(settings: Settings, ports: Iterable[PortParts]) -> Iterator[str]:
    """The shared sets and maps with the elements of all Service ports."""
    elements: dict[str, dict[str, Element]] = {}
    for ip in settings.node_port_ips or ():
        elements.setdefault("nodeport-ips", {})[ip] = Element("nodeport-ips", ip)
    for port in ports:
        for element in port.elements:
            # Two Services with one address and port: nftables keeps the first.
            elements.setdefault(element.into, {}).setdefault(element.key, element)
    for one in shared_sets(settings):
        yield set_block(one, [str(element) for element in elements.get(one.name, {}).values()])


def set_block(one: SharedSet, elements: Sequence[str]) -> str:
    """A set or map; plain IPv4 addresses stand two on a line, all else one."""
    kind = "map" if one.values else "set"
    values = f" : {one.values}" if one.values else ""
    lines = [
        f"\t{kind} {one.name} {{",
        f"\t\ttype {one.key}{values}",
        f'\t\tcomment "{one.comment}"',
    ]
    if elements:
        step = 2 if one.key == "ipv4_addr" else 1
        rows = [", ".join(elements[at : at + step]) for at in range(0, len(elements), step)]
        lines.append(f"\t\telements = {{ {NEWLINE.join(rows)} }}")
    return "\n".join([*lines, "\t}"])


def affinity_set(settings: Settings, name: str, seconds: int) -> str:
    """The clients of one endpoint; the kernel forgets each after the timeout."""
    return "\n".join(
        [
            f"\tset {name} {{",
            f"\t\ttype {TYPE_OF[settings.family]}",
            "\t\tsize 65535",
            "\t\tflags dynamic,timeout",
            f"\t\ttimeout {duration(seconds)}",
            "\t}",
        ]
    )


def duration(seconds: int) -> str:
    """``10800`` as nft writes it: ``3h``."""
    parts = []
    for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"


def base_chain(name: str, where: str, rules: Iterable[str]) -> str:
    """A chain that the kernel calls at a hook."""
    return _block(name, [f"type {where}; policy accept;", *rules])


def chain_block(chain: OwnChain) -> str:
    """A chain that is jumped to."""
    return _block(chain.name, chain.rules)


def _block(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"\tchain {name} {{", *(f"\t\t{line}" for line in lines), "\t}"])


def shared_chains(settings: Settings, service_cidrs: Sequence[str]) -> Iterator[OwnChain]:
    """The chains that all Services share."""
    ip = TABLE_OF[settings.family]
    loopback = "127.0.0.0/8" if ip == "ip" else "::1"
    node_ports = f"fib daddr type local {ip} daddr != {loopback}"
    unserved = f"{ip} daddr != {loopback}"
    if settings.node_port_ips is not None:
        node_ports = unserved = f"{ip} daddr @nodeport-ips"
    port, target = "meta l4proto . th dport", f"{ip} daddr . meta l4proto . th dport"
    yield OwnChain("nodeport-endpoints-check", (f"{unserved} {port} vmap @no-endpoint-nodeports",))
    yield OwnChain("service-endpoints-check", (f"{target} vmap @no-endpoint-services",))
    yield OwnChain("firewall-check", (f"{target} vmap @firewall-ips",))
    yield OwnChain(
        "services",
        (
            *cluster_ip_masquerade(settings),
            f"{target} vmap @service-ips",
            f"{node_ports} {port} vmap @service-nodeports",
        ),
    )
    yield masquerading(settings)
    yield OwnChain(
        "cluster-ips-check",
        (
            f'{ip} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"',  # noqa: E501
            *unallocated(ip, service_cidrs),
        ),
    )
    yield OwnChain(
        "reject-chain",
        (
            'comment "helper for @no-endpoint-services / @no-endpoint-nodeports"',
            "reject",
        ),
    )


def cluster_ip_masquerade(settings: Settings) -> Iterator[str]:
    """Who reaches a ClusterIP from outside the Pods is masqueraded."""
    ip = TABLE_OF[settings.family]
    mark = f"meta mark set meta mark | {settings.mark:#010x}"
    if settings.masquerade_all:
        yield f'{ip} daddr @cluster-ips {mark} comment "masquerade all clusterIP traffic"'
    elif not_from_pods(settings):
        yield (
            f"{ip} daddr @cluster-ips {not_from_pods(settings)} {mark} "
            'comment "masquerade clusterIP traffic from outside cluster"'
        )


def masquerading(settings: Settings) -> OwnChain:
    """Spend the mark; masquerade a Pod that reaches itself."""
    ip, mark = TABLE_OF[settings.family], f"{settings.mark:#010x}"
    return OwnChain(
        "masquerading",
        (
            f"meta mark & {mark} != 0x00000000 meta mark set meta mark ^ {mark} "
            "masquerade fully-random",
            f"ct status dnat {ip} saddr . {ip} daddr . meta l4proto . th dport "
            "@hairpin-connections masquerade fully-random",
        ),
    )


def unallocated(ip: str, service_cidrs: Sequence[str]) -> Iterator[str]:
    """Addresses of the Services' networks that no Service has."""
    if service_cidrs:
        networks = ", ".join(service_cidrs)
        where = networks if len(service_cidrs) == 1 else f"{{ {networks} }}"
        yield f'{ip} daddr {where} drop comment "Drop traffic to unallocated ClusterIPs"'
