"""The iptables rules that IPVS mode keeps: a fixed handful, whatever the number of Services.

Follows ``writeIptablesRules``, ``acceptIPVSTraffic`` and ``createAndLinkKubeChain``
(``pkg/proxy/ipvs/proxier.go``).  A set that is empty gets no rule, but for the guard of
``kube-ipvs0`` and the health checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from labkit.kubeproxy import names as common
from labkit.kubeproxy import toplevel
from labkit.kubeproxy.ipvs import names
from labkit.kubeproxy.ipvs.sets import Entries, node_is_allowed
from labkit.kubeproxy.plan import Plan
from labkit.kubeproxy.rule import (
    PROTOCOL,
    Rule,
    Words,
    both,
    comment,
    jump,
    match,
    reject,
    rule,
    source,
)
from labkit.kubeproxy.settings import Settings

NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132}
"""How iptables-save prints the protocol of ``-m ipvs`` (libxt_ipvs.c)."""

NAT_CHAINS = (
    common.SERVICES,
    common.POSTROUTING,
    names.NODE_PORT,
    names.LOAD_BALANCER,
    common.MARK_MASQ,
)
FILTER_CHAINS = (
    common.FORWARD,
    names.NODE_PORT,
    common.PROXY_FIREWALL,
    names.SOURCE_RANGES,
    names.IPVS_FILTER,
    names.IPVS_OUT_FILTER,
)

_IN_NAT = (
    (names.LOOP_BACK, common.POSTROUTING, "MASQUERADE", "dst,dst,src", ""),
    (names.LB, common.SERVICES, names.LOAD_BALANCER, "dst,dst", ""),
    (names.LB_LOCAL, names.LOAD_BALANCER, "RETURN", "dst,dst", ""),
    (names.NODE_PORTS_LOCAL["tcp"], names.NODE_PORT, "RETURN", "dst", "tcp"),
    (names.NODE_PORTS["tcp"], names.NODE_PORT, common.MARK_MASQ, "dst", "tcp"),
    (names.NODE_PORTS_LOCAL["udp"], names.NODE_PORT, "RETURN", "dst", "udp"),
    (names.NODE_PORTS["udp"], names.NODE_PORT, common.MARK_MASQ, "dst", "udp"),
    (names.NODE_PORTS_LOCAL["sctp"], names.NODE_PORT, "RETURN", "dst,dst", "sctp"),
    (names.NODE_PORTS["sctp"], names.NODE_PORT, common.MARK_MASQ, "dst,dst", "sctp"),
)
_IN_FILTER = (
    (names.LB_FW, common.PROXY_FIREWALL, names.SOURCE_RANGES, "dst,dst", ""),
    (names.LB_SOURCE_CIDR, names.SOURCE_RANGES, "RETURN", "dst,dst,src", ""),
    (names.LB_SOURCE_IP, names.SOURCE_RANGES, "RETURN", "dst,dst,src", ""),
)
"""Set, chain, target, sides, protocol: local NodePorts come before all NodePorts."""

_JUMPS = {
    "nat": (
        ("PREROUTING", common.SERVICES, "kubernetes service portals"),
        ("OUTPUT", common.SERVICES, "kubernetes service portals"),
        ("POSTROUTING", common.POSTROUTING, "kubernetes postrouting rules"),
    ),
    "filter": (
        ("INPUT", names.IPVS_FILTER, "kubernetes ipvs access filter"),
        ("INPUT", common.PROXY_FIREWALL, "kube-proxy firewall rules"),
        ("INPUT", names.NODE_PORT, "kubernetes health check rules"),
        ("FORWARD", common.PROXY_FIREWALL, "kube-proxy firewall rules"),
        ("FORWARD", common.FORWARD, "kubernetes forwarding rules"),
        ("OUTPUT", names.IPVS_OUT_FILTER, "kubernetes ipvs access filter"),
    ),
}
"""Jumps from the built-in chains as they end up (each is put in front of the earlier ones)."""


def jumps(table: str) -> tuple[Rule, ...]:
    """The jumps from the built-in chains of a table."""
    return tuple(rule(chain, comment(why), jump(target)) for chain, target, why in _JUMPS[table])


def nat_rules(settings: Settings, found: Entries) -> Iterator[Rule]:
    """All rules of nat, in the order in which they are restored."""
    home = "127.0.0.0/8" if settings.family == "ipv4" else "::1/128"
    yield rule(common.SERVICES, source(home, settings.family), jump("RETURN"))
    yield from _by_set(_IN_NAT, settings, found)
    yield from _cluster_ip(settings, found)
    yield from _external_ips(settings, found)
    local = match("-m addrtype --dst-type LOCAL")
    yield rule(common.SERVICES, local, jump(names.NODE_PORT))
    yield rule(names.LOAD_BALANCER, jump(common.MARK_MASQ))
    for name in (names.CLUSTER_IP, names.LB):
        if found[name]:
            yield rule(common.SERVICES, in_set(name, "dst,dst", settings), jump("ACCEPT"))
    yield from toplevel.postrouting(settings)
    yield from toplevel.mark_masq(settings)


def filter_rules(settings: Settings, found: Entries, plans: Iterable[Plan]) -> Iterator[Rule]:
    """All rules of filter, in the order in which they are restored."""
    yield from _by_set(_IN_FILTER, settings, found)
    yield rule(names.SOURCE_RANGES, jump("DROP"))
    for plan in plans:
        yield from _node_kept_out(plan)
    yield from toplevel.forward(settings)[-2:]
    yield rule(
        names.NODE_PORT,
        _why(names.HEALTH_CHECK),
        in_set(names.HEALTH_CHECK, "dst", settings),
        jump("ACCEPT"),
    )
    yield from _guard(settings)


def in_set(name: str, sides: str, settings: Settings) -> tuple[Words]:
    """``-m set --match-set NAME dst,dst``."""
    return match(f"-m set --match-set {names.set_name(name, settings.family)} {sides}")


def _why(name: str) -> tuple[Words]:
    """The comment of the set; iptables-save puts a backslash before a single quote."""
    (plain,) = comment(names.SETS[name][1])
    return (replace(plain, saved=plain.saved.replace("'", "\\'")),)


def _by_set(
    table: Iterable[tuple[str, str, str, str, str]], settings: Settings, found: Entries
) -> Iterator[Rule]:
    """The rules that each need one set that is not empty."""
    for name, chain, target, sides, protocol in table:
        if found[name]:
            yield rule(
                chain,
                (both(PROTOCOL, f"-p {protocol}"),) if protocol else (),
                _why(name),
                in_set(name, sides, settings),
                jump(target),
            )


def _cluster_ip(settings: Settings, found: Entries) -> Iterator[Rule]:
    """Masquerade who reaches a ClusterIP from outside Pods."""
    if not found[names.CLUSTER_IP]:
        return
    who: tuple[Words, ...] = ()
    # Nothing tells Pods from others: only what the node sends from a virtual address of its own.
    sides = "src,dst"
    if settings.masquerade_all:
        sides = "dst,dst"
    elif settings.detector:
        sides, who = "dst,dst", settings.detector.not_from_pods
    yield rule(
        common.SERVICES,
        _why(names.CLUSTER_IP),
        in_set(names.CLUSTER_IP, sides, settings),
        who,
        jump(common.MARK_MASQ),
    )


def _external_ips(settings: Settings, found: Entries) -> Iterator[Rule]:
    """External IPs: masquerade (policy Cluster), and take them from outside or as local."""
    for name in (names.EXTERNAL_IP, names.EXTERNAL_IP_LOCAL):
        if not found[name]:
            continue
        start = (*_why(name), *in_set(name, "dst,dst", settings))
        if name == names.EXTERNAL_IP:
            yield rule(common.SERVICES, start, jump(common.MARK_MASQ))
        outside = match("-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL")
        yield rule(common.SERVICES, start, outside, jump("ACCEPT"))
        local = match("-m addrtype --dst-type LOCAL")
        yield rule(common.SERVICES, start, local, jump("ACCEPT"))


def _node_kept_out(plan: Plan) -> Iterator[Rule]:
    """KUBE-IPVS-OUT-FILTER: source ranges bind the node too (kubernetes issue 119656)."""
    info, family = plan.info, plan.settings.family
    if not info.source_ranges or node_is_allowed(plan):
        return
    for ip in info.load_balancer_vips:
        virtual = f"-m ipvs --vaddr {ip} --vproto {info.protocol} --vport {info.port}"
        saved = f"-m ipvs --vproto {NUMBERS[info.protocol]} --vaddr {ip} --vport {info.port}"
        yield rule(names.IPVS_OUT_FILTER, source(ip, family), match(virtual, saved), jump("DROP"))


def _guard(settings: Settings) -> Iterator[Rule]:
    """KUBE-IPVS-FILTER: a virtual address answers on its ports only (kubernetes issue 72236)."""
    for name in (names.LB, names.CLUSTER_IP, names.EXTERNAL_IP, names.EXTERNAL_IP_LOCAL):
        yield rule(names.IPVS_FILTER, in_set(name, "dst,dst", settings), jump("RETURN"))
    yield rule(names.IPVS_FILTER, in_set(names.HEALTH_CHECK, "dst", settings), jump("RETURN"))
    yield rule(
        names.IPVS_FILTER,
        match("-m conntrack --ctstate NEW"),
        in_set(names.IPVS_IPS, "dst", settings),
        reject(settings.family),
    )
