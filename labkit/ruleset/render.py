"""A ruleset as text for iptables-restore."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labkit.ruleset.nouns import Chain, Counts, Rule, Table


def render(rules: Mapping[str, Table], counters: Counts | None = None) -> str:
    """Tables and chains in their own order, rules in canonical spelling."""
    lines: list[str] = []
    for table in rules.values():
        lines.extend(table_lines(table, table.chains.values(), counters))
    return "\n".join(lines) + "\n" if lines else ""


def table_lines(
    table: Table, chains: Iterable[Chain], counters: Counts | None, zero: bool = False
) -> list[str]:
    """One table from ``*name`` to COMMIT."""
    ordered = list(chains)
    lines = [f"*{table.name}"]
    lines.extend(_declaration(chain, counters, zero) for chain in ordered)
    for chain in ordered:
        lines.extend(_rule(rule, counters, zero) for rule in chain.rules)
    lines.append("COMMIT")
    return lines


def _declaration(chain: Chain, counters: Counts | None, zero: bool) -> str:
    """``:INPUT ACCEPT [0:0]``; a chain of the user's own has no policy and never counts."""
    packets, octets = (0, 0) if zero else chain.counters
    if counters is not None:
        packets, octets = counters.get((chain.table, chain.name, 0), (0, 0))
    return f":{chain.name} {chain.policy or '-'} [{packets}:{octets}]"


def _rule(rule: Rule, counters: Counts | None, zero: bool) -> str:
    """The rule, behind its counters when there are any."""
    counts = rule.counters
    if counters is not None:
        counts = counters.get(rule.key, (0, 0))
    if counts is None or zero:
        return rule.canonical
    return f"[{counts[0]}:{counts[1]}] {rule.canonical}"
