"""The chains that are there whatever the Services: one small function per chain.

Follows the fixed parts of ``syncProxyRules`` and the ``iptablesJumpChains`` of
``pkg/proxy/iptables/proxier.go``.
"""

from __future__ import annotations

from labkit.kubeproxy import names
from labkit.kubeproxy.rule import (
    Rule,
    Words,
    comment,
    destination,
    jump,
    match,
    rule,
    source,
)
from labkit.kubeproxy.settings import Settings

LAST_RULE = "kubernetes service nodeports; NOTE: this must be the last rule in this chain"
INVALID_COUNTER = "ct_state_invalid_dropped_pkts"
LOCALHOST_COUNTER = "localhost_nps_accepted_pkts"

FILTER_CHAINS = (
    names.SERVICES,
    names.EXTERNAL_SERVICES,
    names.FORWARD,
    names.NODEPORTS,
    names.PROXY_FIREWALL,
)
NAT_CHAINS = (names.SERVICES, names.NODEPORTS, names.POSTROUTING, names.MARK_MASQ)


def filter_chains(settings: Settings) -> tuple[str, ...]:
    """The filter chains that a sync declares: KUBE-FIREWALL only if it has a rule."""
    return (*FILTER_CHAINS, names.FIREWALL) if settings.localhost_node_ports else FILTER_CHAINS


def nfacct(counter: str) -> tuple[Words]:
    """Count what comes this far (iptables-save prints two blanks before the name)."""
    return match(f"-m nfacct --nfacct-name {counter}", f"-m nfacct --nfacct-name  {counter}")


def firewall(settings: Settings) -> tuple[Rule, ...]:
    """KUBE-FIREWALL: nobody outside may use route_localnet to reach 127.0.0.0/8."""
    if not settings.localhost_node_ports:
        return ()
    return (
        rule(
            names.FIREWALL,
            comment("block incoming localnet connections"),
            destination("127.0.0.0/8", "ipv4"),
            source("127.0.0.0/8", "ipv4", negated=True),
            match("-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT"),
            jump("DROP"),
        ),
    )


def forward(settings: Settings) -> tuple[Rule, ...]:
    """KUBE-FORWARD: drop what conntrack calls INVALID, let Service traffic pass."""
    invalid = rule(
        names.FORWARD,
        match("-m conntrack --ctstate INVALID"),
        nfacct(INVALID_COUNTER) if settings.nfacct else (),
        jump("DROP"),
    )
    return (
        *(() if settings.tcp_be_liberal else (invalid,)),
        rule(
            names.FORWARD,
            comment("kubernetes forwarding rules"),
            _marked(settings, "--mark"),
            jump("ACCEPT"),
        ),
        rule(
            names.FORWARD,
            comment("kubernetes forwarding conntrack rule"),
            match("-m conntrack --ctstate RELATED,ESTABLISHED"),
            jump("ACCEPT"),
        ),
    )


def postrouting(settings: Settings) -> tuple[Rule, ...]:
    """KUBE-POSTROUTING: masquerade what is marked, and take the mark away again."""
    long, short = _mark_texts(settings)
    masquerade = "MASQUERADE --random-fully" if settings.random_fully else "MASQUERADE"
    return (
        rule(names.POSTROUTING, _marked(settings, "! --mark"), jump("RETURN")),
        rule(
            names.POSTROUTING,
            jump(f"MARK --xor-mark {long}", f"MARK --set-xmark {short}/0x0"),
        ),
        rule(
            names.POSTROUTING,
            comment("kubernetes service traffic requiring SNAT"),
            jump(masquerade),
        ),
    )


def mark_masq(settings: Settings) -> tuple[Rule, ...]:
    """KUBE-MARK-MASQ: set the mark that KUBE-POSTROUTING looks for."""
    long, short = _mark_texts(settings)
    return (
        rule(
            names.MARK_MASQ,
            jump(f"MARK --or-mark {long}", f"MARK --set-xmark {short}/{short}"),
        ),
    )


def node_ports_last(settings: Settings) -> tuple[Rule, ...]:
    """The end of KUBE-SERVICES: what is for an address of this node may be a NodePort."""
    if settings.node_port_ips is not None:
        return tuple(
            rule(
                names.SERVICES,
                comment(LAST_RULE),
                destination(ip, settings.family),
                jump(names.NODEPORTS),
            )
            for ip in settings.node_port_ips
        )
    but_not: tuple[Words, ...] = ()
    if settings.family == "ipv6":
        but_not = destination("::1/128", "ipv6", negated=True)
    elif not settings.localhost_node_ports:
        but_not = destination("127.0.0.0/8", "ipv4", negated=True)
    return (
        rule(
            names.SERVICES,
            comment(LAST_RULE),
            match("-m addrtype --dst-type LOCAL"),
            but_not,
            jump(names.NODEPORTS),
        ),
    )


def filter_jumps() -> tuple[Rule, ...]:
    """The jumps from the built-in filter chains, in the order in which they end up."""
    guard = ("kubernetes load balancer firewall", names.PROXY_FIREWALL)
    services = ("kubernetes service portals", names.SERVICES)
    external = ("kubernetes externally-visible service portals", names.EXTERNAL_SERVICES)
    health = ("kubernetes health check service ports", names.NODEPORTS)
    forwarding = ("kubernetes forwarding rules", names.FORWARD)
    return (
        rule("INPUT", jump(names.FIREWALL)),
        _jump_if_new("INPUT", *guard),
        _jump_always("INPUT", *health),
        _jump_if_new("INPUT", *external),
        _jump_if_new("FORWARD", *guard),
        _jump_always("FORWARD", *forwarding),
        _jump_if_new("FORWARD", *services),
        _jump_if_new("FORWARD", *external),
        rule("OUTPUT", jump(names.FIREWALL)),
        _jump_if_new("OUTPUT", *guard),
        _jump_if_new("OUTPUT", *services),
    )


def nat_jumps() -> tuple[Rule, ...]:
    """The jumps from the built-in nat chains."""
    return (
        _jump_always("PREROUTING", "kubernetes service portals", names.SERVICES),
        _jump_always("OUTPUT", "kubernetes service portals", names.SERVICES),
        _jump_always("POSTROUTING", "kubernetes postrouting rules", names.POSTROUTING),
    )


def _jump_if_new(chain: str, why: str, target: str) -> Rule:
    return rule(chain, match("-m conntrack --ctstate NEW"), comment(why), jump(target))


def _jump_always(chain: str, why: str, target: str) -> Rule:
    return rule(chain, comment(why), jump(target))


def _mark_texts(settings: Settings) -> tuple[str, str]:
    """The mark as kube-proxy formats it (``%#08x``) and as iptables prints it."""
    return f"0x{settings.mark:08x}", f"{settings.mark:#x}"


def _marked(settings: Settings, flag: str) -> tuple[Words]:
    """``-m mark``, on the one bit that is kube-proxy's."""
    long, short = _mark_texts(settings)
    return match(f"-m mark {flag} {long}/{long}", f"-m mark {flag} {short}/{short}")
