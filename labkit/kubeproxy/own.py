"""The chains of one Service port, one small pure function per chain family."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from labkit.kubeproxy import names
from labkit.kubeproxy.addresses import parse_ip
from labkit.kubeproxy.endpoints import Backend, Backends
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.rule import Rule, Words, jump, match, protocol, rule, source

_RECENT_MASK = {"ipv4": "255.255.255.255", "ipv6": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}


def cluster_ip_masquerade(plan: Plan) -> Iterator[Rule]:
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


def external(plan: Plan) -> Iterator[Rule]:
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


def firewall(plan: Plan) -> Iterator[Rule]:
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


def choices(plan: Plan, chain: str, backends: Backends) -> Iterator[Rule]:
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
            plan.towards(backend),
            _one_of(len(backends) - index),
            jump(plan.endpoint_chain(backend)),
        )


def _remembered(plan: Plan, chain: str, backend: Backend) -> Rule:
    """Session affinity: the client was sent to this endpoint not long ago."""
    target, seconds = plan.endpoint_chain(backend), plan.info.affinity_seconds
    mask = _RECENT_MASK[plan.settings.family]
    return rule(
        chain,
        plan.towards(backend),
        match(
            f"-m recent --name {target} --rcheck --seconds {seconds} --reap",
            f"-m recent --rcheck --seconds {seconds} --reap --name {target}"
            f" --mask {mask} --rsource",
        ),
        jump(target),
    )


@lru_cache(maxsize=1 << 10)
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


def endpoint(plan: Plan, backend: Backend) -> Iterator[Rule]:
    """KUBE-SEP: masquerade a Pod that reaches itself (hairpin), then DNAT."""
    chain, info, family = plan.endpoint_chain(backend), plan.info, plan.settings.family
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
