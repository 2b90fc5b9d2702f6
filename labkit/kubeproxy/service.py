"""The rules of one Service port, one small pure function per chain family.

Follows the loop over Services of ``syncProxyRules`` and its helpers
``writeServiceToEndpointRules``
(``pkg/proxy/iptables/proxier.go``, v1.36).  Who jumps to whom::

    KUBE-SERVICES ──cluster IP──────────────▶ SVC or SVL ──▶ SEP ──▶ DNAT
         ├────────external IP, VIP──▶ EXT ──▶ SVC or SVL
         ├────────VIP with ranges──▶ FW ──▶ EXT
         └─last─▶ KUBE-NODEPORTS ──▶ EXT
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labkit.kubeproxy import names
from labkit.kubeproxy.addresses import parse_ip
from labkit.kubeproxy.endpoints import Backend, Backends, Categories
from labkit.kubeproxy.ports import PortInfo
from labkit.kubeproxy.rule import (
    Rule,
    Words,
    comment,
    destination,
    dport,
    jump,
    match,
    protocol,
    reject,
    rule,
    source,
)
from labkit.kubeproxy.settings import Settings
from labkit.kubeproxy.toplevel import LOCALHOST_COUNTER, nfacct

_RECENT_MASK = {"ipv4": "255.255.255.255", "ipv6": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}


@dataclass(frozen=True, slots=True)
class PortRules:
    """All that one Service port adds.

    ``filter_rules`` and ``nat_top`` go into shared chains and are written in every sync;
    ``own_chains`` and ``own_rules`` are its own and are written when it has changed.
    """

    filter_rules: tuple[Rule, ...]
    nat_top: tuple[Rule, ...]
    own_chains: tuple[str, ...]
    own_rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided for a Service port before any rule is written."""

    info: PortInfo
    found: Categories
    settings: Settings
    large: bool

    @property
    def has_internal(self) -> bool:
        """Whether the ClusterIP leads anywhere from this node."""
        return self.found.has_any and not (self.info.internal_local and not self.found.local)

    @property
    def has_external(self) -> bool:
        """Whether external addresses lead anywhere from this node."""
        return self.found.has_any and not (self.info.external_local and not self.found.local)

    @property
    def has_external_chain(self) -> bool:
        """Whether there is an EXT chain; it may lead nowhere for traffic from outside."""
        return self.found.has_any and self.info.externally_accessible

    @property
    def has_firewall_chain(self) -> bool:
        """Whether source ranges guard the load balancer's addresses."""
        info = self.info
        return self.found.has_any and bool(info.load_balancer_vips and info.source_ranges)

    @property
    def has_cluster_chain(self) -> bool:
        """Whether there is an SVC chain."""
        return bool(self.found.cluster) and self.info.uses_cluster_endpoints

    @property
    def has_local_chain(self) -> bool:
        """Whether there is an SVL chain."""
        return bool(self.found.local) and self.info.uses_local_endpoints

    @property
    def cluster_chain(self) -> str:
        """KUBE-SVC-…, the endpoints of the whole cluster."""
        return self.info.chain(names.CLUSTER_POLICY_PREFIX)

    @property
    def local_chain(self) -> str:
        """KUBE-SVL-…, the endpoints of this node."""
        return self.info.chain(names.LOCAL_POLICY_PREFIX)

    @property
    def internal_chain(self) -> str:
        """Where the ClusterIP leads."""
        return self.local_chain if self.info.internal_local else self.cluster_chain

    @property
    def external_policy_chain(self) -> str:
        """Where external traffic ends up."""
        return self.local_chain if self.info.external_local else self.cluster_chain

    @property
    def external_chain(self) -> str:
        """KUBE-EXT-…"""
        return self.info.chain(names.EXTERNAL_PREFIX)

    @property
    def firewall_chain(self) -> str:
        """KUBE-FW-…"""
        return self.info.chain(names.FIREWALL_PREFIX)

    def named(self, text: str) -> tuple[Words]:
        """A comment, the Service port's name put in for ``{}``."""
        return comment(text.format(self.info.name))

    def to_port(self, ip: str) -> tuple[Words, ...]:
        """``-m tcp -p tcp -d IP --dport N``."""
        proto, port = self.info.protocol, self.info.port
        return (*protocol(proto, port), *destination(ip, self.settings.family), *dport(port))

    def refusal(self) -> tuple[tuple[Words], tuple[Words]]:
        """Comment and target for what leads nowhere: REJECT without any endpoint at all,
        DROP where only this node has none (another node may well have one)."""
        if not self.found.has_any:
            return self.named("{} has no endpoints"), reject(self.settings.family)
        return self.named("{} has no local endpoints"), jump("DROP")


def port_rules(plan: Plan) -> PortRules:
    """All rules of one Service port."""
    filter_rules = (
        *_cluster_ip_refused(plan),
        *_external_ips_refused(plan),
        *_source_ranges_guarded(plan),
        *_load_balancer_refused(plan),
        *_node_port_refused(plan),
        *_health_check(plan),
    )
    nat_top = (*_cluster_ip(plan), *_external_ips(plan), *_load_balancer(plan), *_node_port(plan))
    own_rules = (
        *_cluster_ip_masquerade(plan),
        *_external(plan),
        *_firewall(plan),
        *_choices(plan, plan.cluster_chain, plan.found.cluster if plan.has_cluster_chain else ()),
        *_choices(plan, plan.local_chain, plan.found.local if plan.has_local_chain else ()),
        *(line for backend in plan.found.reachable for line in _endpoint(plan, backend)),
    )
    return PortRules(filter_rules, nat_top, tuple(_own_chains(plan)), own_rules)


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
        yield _endpoint_chain(plan, backend)


# Shared chains of nat: which address leads to which chain.


def _cluster_ip(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES: the ClusterIP."""
    if plan.has_internal:
        yield rule(
            names.SERVICES,
            plan.named("{} cluster IP"),
            plan.to_port(plan.info.cluster_ip),
            jump(plan.internal_chain),
        )


def _external_ips(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES: ``spec.externalIPs``."""
    for ip in plan.info.external_ips if plan.found.has_any else ():
        yield rule(
            names.SERVICES,
            plan.named("{} external IP"),
            plan.to_port(ip),
            jump(plan.external_chain),
        )


def _load_balancer(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES: the load balancer's addresses, through FW if there are source ranges."""
    target = plan.firewall_chain if plan.has_firewall_chain else plan.external_chain
    for ip in plan.info.load_balancer_vips if plan.found.has_any else ():
        yield rule(
            names.SERVICES, plan.named("{} loadbalancer IP"), plan.to_port(ip), jump(target)
        )


def _node_port(plan: Plan) -> Iterator[Rule]:
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


def _cluster_ip_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-SERVICES of filter: a ClusterIP that leads nowhere."""
    if not plan.has_internal:
        why, target = plan.refusal()
        yield rule(names.SERVICES, why, plan.to_port(plan.info.cluster_ip), target)


def _external_ips_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-EXTERNAL-SERVICES: external IPs that lead nowhere."""
    return _refused(plan, plan.info.external_ips)


def _load_balancer_refused(plan: Plan) -> Iterator[Rule]:
    """KUBE-EXTERNAL-SERVICES: addresses of the load balancer that lead nowhere."""
    return _refused(plan, plan.info.load_balancer_vips)


def _refused(plan: Plan, addresses: tuple[str, ...]) -> Iterator[Rule]:
    why, target = plan.refusal()
    for ip in () if plan.has_external else addresses:
        yield rule(names.EXTERNAL_SERVICES, why, plan.to_port(ip), target)


def _source_ranges_guarded(plan: Plan) -> Iterator[Rule]:
    """KUBE-PROXY-FIREWALL: whoever came through FW without being let in."""
    for ip in plan.info.load_balancer_vips if plan.has_firewall_chain else ():
        yield rule(
            names.PROXY_FIREWALL,
            plan.named("{} traffic not accepted by " + plan.firewall_chain),
            plan.to_port(ip),
            jump("DROP"),
        )


def _node_port_refused(plan: Plan) -> Iterator[Rule]:
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


def _health_check(plan: Plan) -> Iterator[Rule]:
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


# The Service port's own chains.


def _cluster_ip_masquerade(plan: Plan) -> Iterator[Rule]:
    """First of the internal chain: masquerade who reaches the ClusterIP from outside Pods."""
    settings = plan.settings
    if not plan.has_internal or not (settings.masquerade_all or settings.detector):
        return
    who: tuple[Words, ...] = ()
    if not settings.masquerade_all and settings.detector:
        who = settings.detector.not_from_pods
    yield rule(
        plan.internal_chain,
        plan.named("{} cluster IP"),
        plan.to_port(plan.info.cluster_ip),
        who,
        jump(names.MARK_MASQ),
    )


def _external(plan: Plan) -> Iterator[Rule]:
    """KUBE-EXT: with policy Cluster masquerade, with policy Local keep the client's address."""
    if not plan.has_external_chain:
        return
    chain = plan.external_chain
    if plan.info.external_local:
        yield from _short_circuit(plan)
    else:
        yield rule(
            chain,
            plan.named("masquerade traffic for {} external destinations"),
            jump(names.MARK_MASQ),
        )
    if plan.has_external:
        yield rule(chain, jump(plan.external_policy_chain))


def _short_circuit(plan: Plan) -> Iterator[Rule]:
    """Policy Local binds outsiders only: Pods and this node may use any endpoint."""
    chain, detector = plan.external_chain, plan.settings.detector
    if detector:
        yield rule(
            chain,
            plan.named("pod traffic for {} external destinations"),
            detector.from_pods,
            jump(plan.cluster_chain),
        )
    from_node = match("-m addrtype --src-type LOCAL")
    yield rule(
        chain,
        plan.named("masquerade LOCAL traffic for {} external destinations"),
        from_node,
        jump(names.MARK_MASQ),
    )
    yield rule(
        chain,
        plan.named("route LOCAL traffic for {} external destinations"),
        from_node,
        jump(plan.cluster_chain),
    )


def _firewall(plan: Plan) -> Iterator[Rule]:
    """KUBE-FW: source ranges lead on; the last rule only says what happens to the rest."""
    if not plan.has_firewall_chain:
        return
    info, family = plan.info, plan.settings.family
    allowed = [str(network) for network in info.source_ranges]
    node_ip = parse_ip(plan.settings.node_ip)
    if any(node_ip in network for network in info.source_ranges):
        # What this node sends to a VIP of its own comes back with the VIP as its source.
        allowed += info.load_balancer_vips
    for address in allowed:
        yield rule(
            plan.firewall_chain,
            plan.named("{} loadbalancer IP"),
            source(address, family),
            jump(plan.external_chain),
        )
    yield rule(
        plan.firewall_chain,
        plan.named("other traffic to {} will be dropped by KUBE-PROXY-FIREWALL"),
    )


def _choices(plan: Plan, chain: str, backends: Backends) -> Iterator[Rule]:
    """KUBE-SVC and KUBE-SVL: the endpoint used lately, else one at random.

    Equal shares come from 1/N of all, 1/(N-1) of the rest and so on; the last takes what
    is left, so it needs no probability.
    """
    if plan.info.affinity_seconds:
        for backend in backends:
            yield _remembered(plan, chain, backend)
    for index, backend in enumerate(backends):
        yield rule(
            chain,
            _towards(plan, backend),
            _one_of(len(backends) - index),
            jump(_endpoint_chain(plan, backend)),
        )


def _remembered(plan: Plan, chain: str, backend: Backend) -> Rule:
    """Session affinity: the client was sent to this endpoint not long ago."""
    target, seconds = _endpoint_chain(plan, backend), plan.info.affinity_seconds
    mask = _RECENT_MASK[plan.settings.family]
    return rule(
        chain,
        _towards(plan, backend),
        match(
            f"-m recent --name {target} --rcheck --seconds {seconds} --reap",
            f"-m recent --rcheck --seconds {seconds} --reap --name {target}"
            f" --mask {mask} --rsource",
        ),
        jump(target),
    )


def _one_of(remaining: int) -> tuple[Words, ...]:
    """``-m statistic`` for 1/remaining; nothing for the last one.

    kube-proxy writes ten digits; the kernel keeps 31 bits of what it is given
    (``lround(p * 2**31)``), and iptables-save prints those with eleven.
    """
    if remaining == 1:
        return ()
    written = f"{1 / remaining:.10f}"
    kept = round(float(written) * 2**31) / 2**31
    start = "-m statistic --mode random --probability"
    return match(f"{start} {written}", f"{start} {kept:.11f}")


def _endpoint(plan: Plan, backend: Backend) -> Iterator[Rule]:
    """KUBE-SEP: masquerade a Pod that reaches itself (hairpin), then DNAT."""
    chain, info, family = _endpoint_chain(plan, backend), plan.info, plan.settings.family
    name = () if plan.large else plan.named("{}")
    yield rule(chain, name, source(backend.ip, family), jump(names.MARK_MASQ))
    remember = match(
        f"-m recent --name {chain} --set",
        f"-m recent --set --name {chain} --mask {_RECENT_MASK[family]} --rsource",
    )
    yield rule(
        chain,
        name,
        remember if info.affinity_seconds else (),
        protocol(info.protocol),
        jump(f"DNAT --to-destination {backend.text}"),
    )


def _towards(plan: Plan, backend: Backend) -> tuple[Words, ...]:
    """The comment with the endpoint's address, left out in large clusters to save space."""
    return () if plan.large else plan.named("{} -> " + backend.text)


def _endpoint_chain(plan: Plan, backend: Backend) -> str:
    return names.endpoint_chain(plan.info.name, plan.info.protocol, backend.text)
