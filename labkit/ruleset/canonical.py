"""The form that iptables-save 1.8.9 prints.

Tables come in the order of iptables-nft; in a table first the built-in chains in the order
of the hooks, then the others by name (both back ends sort them); the rules follow in the
order of the chains.  Built-in chains are always there.
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.ruleset.nouns import BUILT_IN, Chain, Counts, Table
from labkit.ruleset.render import table_lines


def canonical(
    rules: Mapping[str, Table], counters: Counts | None = None, zero: bool = False
) -> str:
    """The whole save without its comment lines."""
    lines: list[str] = []
    for name in BUILT_IN:
        if name in rules:
            table = rules[name]
            lines.extend(table_lines(table, ordered(table), counters, zero))
    return "\n".join(lines) + "\n" if lines else ""


def ordered(table: Table) -> list[Chain]:
    """Built-in chains in hook order, then the others by the bytes of their names."""
    built_in = [
        table.chains.get(name, Chain(table.name, name, "ACCEPT")) for name in BUILT_IN[table.name]
    ]
    own = (chain for name, chain in table.chains.items() if name not in BUILT_IN[table.name])
    return built_in + sorted(own, key=lambda chain: chain.name.encode())
