"""The form that iptables-save 1.8.9 prints.

Tables come in the order of iptables-nft; in a table first the built-in chains in the order
of the hooks, then the others by name (both back ends sort them); the rules follow in the
order of the chains.  Built-in chains are always there.

The two back ends print two things differently, because they keep them differently: legacy
says nothing of an interface ``! +``, and nft turns ``! --dport 0:79`` of TCP and UDP into
``--dport 80:65535``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labkit.ruleset.nouns import BUILT_IN, Chain, Counts, Rule, Table
from labkit.ruleset.render import table_lines
from labkit.xt.ip import Interface
from labkit.xt.tcp import Tcp
from labkit.xt.udp import Udp
from labkit.xt.values import Span


def canonical(
    rules: Mapping[str, Table],
    counters: Counts | None = None,
    zero: bool = False,
    backend: str = "",
) -> str:
    """The whole save without its comment lines, as that back end prints it."""
    lines: list[str] = []
    for name in BUILT_IN:
        if name in rules:
            table = rules[name]
            chains = [_kept(chain, backend) for chain in ordered(table)]
            lines.extend(table_lines(table, chains, counters, zero))
    return "\n".join(lines) + "\n" if lines else ""


def ordered(table: Table) -> list[Chain]:
    """Built-in chains in hook order, then the others by the bytes of their names."""
    built_in = [
        table.chains.get(name, Chain(table.name, name, "ACCEPT")) for name in BUILT_IN[table.name]
    ]
    own = (chain for name, chain in table.chains.items() if name not in BUILT_IN[table.name])
    return built_in + sorted(own, key=lambda chain: chain.name.encode())


def _kept(chain: Chain, backend: str) -> Chain:
    """The chain's rules as the back end keeps them."""
    how = {"legacy": _legacy, "nft": _nft}.get(backend)
    return chain if how is None else replace(chain, rules=tuple(how(r) for r in chain.rules))


def _legacy(rule: Rule) -> Rule:
    header = rule.header
    return replace(
        rule,
        header=replace(
            header, in_iface=_named(header.in_iface), out_iface=_named(header.out_iface)
        ),
    )


def _named(iface: Interface | None) -> Interface | None:
    """The interface, unless it is ``+``: any."""
    return None if iface is not None and iface.plus and not iface.name else iface


def _nft(rule: Rule) -> Rule:
    matches = tuple(
        replace(match, sport=_turned(match.sport), dport=_turned(match.dport))
        if isinstance(match, (Tcp, Udp))
        else match
        for match in rule.matches
    )
    return rule if matches == rule.matches else replace(rule, matches=matches)


def _turned(span: Span | None) -> Span | None:
    """Everything but 0 to n is n + 1 and more."""
    if span is None or not span.negated or span.low or not 0 < span.high < 65535:
        return span
    return Span(span.high + 1, 65535)
