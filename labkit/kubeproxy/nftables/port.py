"""What one Service port adds to the table: elements of shared maps, sets and chains of its own.

Follows the loop over Services of ``syncProxyRules`` (``pkg/proxy/nftables/proxier.go``,
v1.36).  Who leads to whom::

    service-ips ──ClusterIP──────────────────▶ service-… or local-… ──▶ dnat
         └───────external IP, VIP─▶ external-… ──▶ service-… or local-…
    service-nodeports ────────────▶ external-…
    firewall-ips ─────VIP with ranges─▶ firewall-… ──▶ drop
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labkit.kubeproxy.addresses import HOST_BITS, networks_of_family, parse_ip
from labkit.kubeproxy.endpoints import Backends
from labkit.kubeproxy.nftables.detector import from_pods
from labkit.kubeproxy.nftables.intervals import listed
from labkit.kubeproxy.nftables.names import PortNames
from labkit.kubeproxy.plan import Plan

REJECT = "goto reject-chain"
IP = {"ipv4": "ip", "ipv6": "ip6"}


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set or map; ``value`` is the verdict of a map."""

    into: str
    key: str
    value: str = ""
    comment: str = ""

    def __str__(self) -> str:
        remark = f' comment "{self.comment}"' if self.comment else ""
        return f"{self.key}{remark} : {self.value}" if self.value else f"{self.key}{remark}"


@dataclass(frozen=True, slots=True)
class OwnChain:
    """A chain of the Service port."""

    name: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PortParts:
    """All that one Service port adds; ``affinity_sets`` are names, their timeout in seconds."""

    elements: tuple[Element, ...]
    affinity_sets: tuple[str, ...]
    affinity_seconds: int
    chains: tuple[OwnChain, ...]


def port_parts(plan: Plan) -> PortParts:
    """All that one Service port adds."""
    names, sticky = PortNames(plan.info), bool(plan.info.affinity_seconds)
    reachable = plan.found.reachable
    return PortParts(
        elements=(
            *hairpin(plan),
            *cluster_ip(plan, names),
            *external_addresses(plan, names),
            *node_port(plan, names),
        ),
        affinity_sets=tuple(map(names.affinity, reachable)) if sticky else (),
        affinity_seconds=plan.info.affinity_seconds,
        chains=(
            *(endpoints(plan, names) if sticky else ()),
            *choices(plan, names, names.cluster, plan.found.cluster),
            *choices(plan, names, names.local, plan.found.local),
            *external(plan, names),
            *firewall(plan, names),
        ),
    )


# Elements of shared sets and maps.


def hairpin(plan: Plan) -> Iterator[Element]:
    """``hairpin-connections``: a Pod of this node that reaches itself."""
    protocol = plan.info.protocol
    for backend in plan.found.reachable:
        if backend.local:
            key = f"{backend.ip} . {backend.ip} . {protocol} . {backend.port}"
            yield Element("hairpin-connections", key)


def cluster_ip(plan: Plan, names: PortNames) -> Iterator[Element]:
    """``cluster-ips``, and where the ClusterIP leads."""
    info = plan.info
    yield Element("cluster-ips", info.cluster_ip)
    if plan.has_internal:
        chain = names.local if info.internal_local else names.cluster
        yield Element("service-ips", _key(plan, info.cluster_ip), f"goto {chain}")
    else:
        yield _refused(plan, "no-endpoint-services", _key(plan, info.cluster_ip))


def external_addresses(plan: Plan, names: PortNames) -> Iterator[Element]:
    """External IPs and the load balancer's addresses."""
    info = plan.info
    for ip in (*info.external_ips, *info.load_balancer_vips):
        if plan.found.has_any:
            yield Element("service-ips", _key(plan, ip), f"goto {names.external}")
        if not plan.has_external:
            yield _refused(plan, "no-endpoint-services", _key(plan, ip))
    for ip in info.load_balancer_vips if info.source_ranges else ():
        yield Element("firewall-ips", _key(plan, ip), f"goto {names.firewall}", info.name)


def node_port(plan: Plan, names: PortNames) -> Iterator[Element]:
    """The NodePort."""
    info = plan.info
    key = f"{info.protocol} . {info.node_port}"
    if info.node_port and plan.found.has_any:
        yield Element("service-nodeports", key, f"goto {names.external}")
    if info.node_port and not plan.has_external:
        yield _refused(plan, "no-endpoint-nodeports", key)


def _key(plan: Plan, ip: str) -> str:
    return f"{ip} . {plan.info.protocol} . {plan.info.port}"


def _refused(plan: Plan, into: str, key: str) -> Element:
    """Reject where there is no endpoint at all, drop where only this node has none."""
    return Element(into, key, "drop" if plan.found.has_any else REJECT, plan.info.name)


# Chains of its own.


def endpoints(plan: Plan, names: PortNames) -> Iterator[OwnChain]:
    """With session affinity every endpoint has a chain: remember the client, then DNAT."""
    ip = IP[plan.settings.family]
    for backend in plan.found.reachable:
        yield OwnChain(
            names.endpoint(backend),
            (
                f"update @{names.affinity(backend)} {{ {ip} saddr }}",
                f"meta l4proto {plan.info.protocol} dnat to {backend.text}",
            ),
        )


def choices(plan: Plan, names: PortNames, chain: str, backends: Backends) -> Iterator[OwnChain]:
    """One of the endpoints, all with the same chance, in one look-up."""
    if not backends:
        return
    ip = IP[plan.settings.family]
    draw = f"numgen random mod {len(backends)}"
    if plan.info.affinity_seconds:
        chains = [names.endpoint(backend) for backend in backends]
        targets = ", ".join(f"{i} : goto {name}" for i, name in enumerate(chains))
        known = [
            f"{ip} saddr @{names.affinity(backend)} goto {name}"
            for backend, name in zip(backends, chains, strict=True)
        ]
        yield OwnChain(chain, (*known, f"{draw} vmap {{ {targets} }}"))
        return
    targets = ", ".join(f"{i} : {one.ip} . {one.port}" for i, one in enumerate(backends))
    yield OwnChain(
        chain,
        (f"meta l4proto {plan.info.protocol} dnat {ip} to {draw} map {{ {targets} }}",),
    )


def external(plan: Plan, names: PortNames) -> Iterator[OwnChain]:
    """Traffic from outside; policy Local binds outsiders only, Pods and this node go anywhere."""
    if not plan.has_external_chain:
        return
    mark = f"meta mark set meta mark | {plan.settings.mark:#010x}"
    rules = [f'{mark} comment "masquerade"']
    if plan.info.external_local:
        rules = [
            f'fib saddr type local {mark} comment "masquerade local traffic"',
            f'fib saddr type local goto {names.cluster} comment "short-circuit local traffic"',
        ]
        pods = from_pods(plan.settings)
        if pods:
            rules.insert(0, f'{pods} goto {names.cluster} comment "short-circuit pod traffic"')
    if plan.has_external:
        rules.append(f"goto {names.local if plan.info.external_local else names.cluster}")
    yield OwnChain(names.external, tuple(rules))


def firewall(plan: Plan, names: PortNames) -> Iterator[OwnChain]:
    """Source ranges of a load balancer: who is in none of them is dropped."""
    info = plan.info
    if not (info.load_balancer_vips and info.source_ranges):
        return
    family = plan.settings.family
    allowed = list(info.source_ranges)
    node_ip = parse_ip(plan.settings.node_ip)
    if any(node_ip in network for network in info.source_ranges):
        # What this node sends to a VIP of its own comes back with the VIP as its source.
        hosts = [f"{vip}/{HOST_BITS[family]}" for vip in info.load_balancer_vips]
        allowed += networks_of_family(hosts, family)
    ip = IP[family]
    yield OwnChain(names.firewall, (f"{ip} saddr != {listed(allowed)} drop",))
