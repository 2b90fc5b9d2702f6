"""All rules of one Service port.

Follows the loop over Services of ``syncProxyRules`` and ``writeServiceToEndpointRules``
(``pkg/proxy/iptables/proxier.go``, v1.36).  Who jumps to whom::

    KUBE-SERVICES ──cluster IP──────────────▶ SVC or SVL ──▶ SEP ──▶ DNAT
         ├────────external IP, VIP──▶ EXT ──▶ SVC or SVL
         ├────────VIP with ranges──▶ FW ──▶ EXT
         └─last─▶ KUBE-NODEPORTS ──▶ EXT
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labkit.kubeproxy import own, shared
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.rule import Rule


@dataclass(frozen=True, slots=True)
class PortRules:
    """All that one Service port adds.

    ``filter_rules`` and ``nat_top`` go into shared chains and are written in every sync, so
    their lines are kept ready; ``own_chains`` and ``own_rules`` are its own and are written
    when it has changed.
    """

    filter_rules: tuple[Rule, ...]
    nat_top: tuple[Rule, ...]
    own_chains: tuple[str, ...]
    own_rules: tuple[Rule, ...]
    filter_lines: str = ""
    nat_lines: str = ""

    def own_lines(self) -> str:
        """The lines of its own chains."""
        return lines(self.own_rules)


@dataclass(frozen=True, slots=True)
class PortText:
    """The same as text only: of ten thousand Services, a hundred thousand rules are a burden."""

    filter_lines: str
    nat_lines: str
    own_chains: tuple[str, ...]
    own: str

    def own_lines(self) -> str:
        """The lines of its own chains."""
        return self.own


def port_text(port: PortRules) -> PortText:
    """What is written of one Service port."""
    return PortText(port.filter_lines, port.nat_lines, port.own_chains, port.own_lines())


def lines(rules: Iterable[Rule]) -> str:
    """The rules as iptables-restore reads them, each with the end of its line."""
    return "".join([f"{rule.restore_line()}\n" for rule in rules])


def port_rules(plan: Plan) -> PortRules:
    """All rules of one Service port."""
    filter_rules = (
        *shared.cluster_ip_refused(plan),
        *shared.external_ips_refused(plan),
        *shared.source_ranges_guarded(plan),
        *shared.load_balancer_refused(plan),
        *shared.node_port_refused(plan),
        *shared.health_check(plan),
    )
    nat_top = (
        *shared.cluster_ip(plan),
        *shared.external_ips(plan),
        *shared.load_balancer(plan),
        *shared.node_port(plan),
    )
    own_rules = (
        *own.cluster_ip_masquerade(plan),
        *own.external(plan),
        *own.firewall(plan),
        *own.choices(plan, plan.cluster_chain, plan.found.cluster),
        *own.choices(plan, plan.local_chain, plan.found.local),
        *(line for backend in plan.found.reachable for line in own.endpoint(plan, backend)),
    )
    return PortRules(
        filter_rules,
        nat_top,
        tuple(_own_chains(plan)),
        own_rules,
        lines(filter_rules),
        lines(nat_top),
    )


def _own_chains(plan: Plan) -> Iterator[str]:
    """The Service port's own chains in the order of their declaration."""
    if plan.has_external_chain:
        yield plan.external_chain
    if plan.has_firewall_chain:
        yield plan.firewall_chain
    if plan.has_cluster_chain:
        yield plan.cluster_chain
    if plan.has_local_chain:
        yield plan.local_chain
    for backend in plan.found.reachable:
        yield plan.endpoint_chain(backend)
