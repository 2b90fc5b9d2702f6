"""What a Service port adds to the chains that all Services share.

In nat: which address leads to which chain of its own.  In filter: what leads nowhere is
refused there, since nat cannot refuse.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.kubeproxy import names
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.rule import Rule, destination, dport, jump, match, protocol, rule
from labkit.kubeproxy.toplevel import LOCALHOST_COUNTER, nfacct

# Shared chains of nat: which address leads to which chain.


def cluster_ip(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES: the ClusterIP."""
    if plan.has_internal:
        yield rule(
            names.SERVICES,
            plan.named("{} cluster IP"),
            plan.to_port(plan.info.cluster_ip),
            jump(plan.internal_chain),
        )


def external_ips(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES: ``spec.externalIPs``."""
    for ip in plan.info.external_ips if plan.found.has_any else ():
        yield rule(
            names.SERVICES,
            plan.named("{} external IP"),
            plan.to_port(ip),
            jump(plan.external_chain),
        )


def load_balancer(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES: the load balancer's addresses, through FW if there are source ranges."""
    target = plan.firewall_chain if plan.has_firewall_chain else plan.external_chain
    for ip in plan.info.load_balancer_vips if plan.found.has_any else ():
        yield rule(names.SERVICES, plan.named("{} loadbalancer IP"), plan.to_port(ip), jump(target))


def node_port(plan: Plan) -> Iterator[Rule]:
    """KUBE-NODEPORTS; connections to 127.0.0.1 are counted (they are to be given up)."""
    info, settings = plan.info, plan.settings
    if not (info.node_port and plan.found.has_any):
        return
    words = (*plan.named("{}"), *protocol(info.protocol, info.node_port))
    if settings.family == "ipv4" and settings.localhost_node_ports and settings.nfacct:
        yield rule(
            names.NODEPORTS,
            words,
            destination("127.0.0.0/8", "ipv4"),
            dport(info.node_port),
            nfacct(LOCALHOST_COUNTER),
            jump(plan.external_chain),
        )
    yield rule(names.NODEPORTS, words, dport(info.node_port), jump(plan.external_chain))


# Shared chains of filter: what leads nowhere is refused there (nat cannot refuse).


def cluster_ip_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES of filter: a ClusterIP that leads nowhere."""
    if not plan.has_internal:
        why, target = plan.refusal()
        yield rule(names.SERVICES, why, plan.to_port(plan.info.cluster_ip), target)


def external_ips_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-EXTERNAL-SERVICES: external IPs that lead nowhere."""
    return _refused(plan, plan.info.external_ips)


def load_balancer_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-EXTERNAL-SERVICES: addresses of the load balancer that lead nowhere."""
    return _refused(plan, plan.info.load_balancer_vips)


def _refused(plan: Plan, addresses: tuple[str, ...]) -> Iterator[Rule]:
    why, target = plan.refusal()
    for ip in () if plan.has_external else addresses:
        yield rule(names.EXTERNAL_SERVICES, why, plan.to_port(ip), target)


def source_ranges_guarded(plan: Plan) -> Iterator[Rule]:
    """KUBE-PROXY-FIREWALL: whoever came through FW without being let in."""
    for ip in plan.info.load_balancer_vips if plan.has_firewall_chain else ():
        yield rule(
            names.PROXY_FIREWALL,
            plan.named("{} traffic not accepted by " + plan.firewall_chain),
            plan.to_port(ip),
            jump("DROP"),
        )


def node_port_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-EXTERNAL-SERVICES: a NodePort that leads nowhere."""
    port = plan.info.node_port
    if port and not plan.has_external:
        why, target = plan.refusal()
        yield rule(
            names.EXTERNAL_SERVICES,
            why,
            match("-m addrtype --dst-type LOCAL"),
            protocol(plan.info.protocol, port),
            dport(port),
            target,
        )


def health_check(plan: Plan) -> Iterator[Rule]:
    """KUBE-NODEPORTS of filter: let the load balancer ask for this node's health."""
    port = plan.info.health_check_node_port
    if port:
        yield rule(
            names.NODEPORTS,
            plan.named("{} health check node port"),
            protocol("tcp", port),
            dport(port),
            jump("ACCEPT"),
        )
