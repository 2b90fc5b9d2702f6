"""Which extensions can stand in which table and built-in chain.

iptables and the kernel refuse the others when a rule is loaded.  A chain of the user's own
may be led to from any hook; ``netfilter.check`` looks from where.
"""

from __future__ import annotations

from labkit.ruleset.nouns import BUILT_IN
from labkit.xt.base import Match, Target
from labkit.xt.ip import Header
from labkit.xt.standard import Jump


def misplaced(
    table: str,
    chain: str,
    headers: tuple[Header, ...],
    matches: tuple[Match, ...],
    target: Target | None,
) -> tuple[str, str] | None:
    """What is wrong (a sentence) and the word, or None."""
    for header in headers:
        if header.in_iface and chain in ("OUTPUT", "POSTROUTING"):
            return f"-i does not go with {chain}.", "-i"
        if header.out_iface and chain in ("PREROUTING", "INPUT"):
            return f"-o does not go with {chain}.", "-o"
    for match in matches:
        if chain in match.barred:
            return f"This match does not go with {chain}.", match.NAME
    return None if target is None else _target(table, chain, target)


def _target(table: str, chain: str, target: Target) -> tuple[str, str] | None:
    if isinstance(target, Jump):
        if target.chain in BUILT_IN[table]:
            return "No rule can jump to a built-in chain.", target.chain
        return None
    if target.NAME == "DROP" and table == "nat":
        return "Table nat is not for filtering: DROP stands in the others.", "DROP"
    if target.TABLES and table not in target.TABLES:
        where = " or ".join(sorted(target.TABLES))
        return f"{target.NAME} stands only in table {where}.", target.NAME
    if chain in BUILT_IN[table] and chain in target.barred:
        where = ", ".join(sorted(target.HOOKS))
        return f"{target.NAME} does not go with {chain}, only with {where}.", target.NAME
    return None
