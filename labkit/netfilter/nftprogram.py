"""Rules of nftables made ready for walking: fields as functions, sets as tables, jumps resolved.

A step of a rule is a function of the packet's frame.  It says ``None`` (go on), ``MISS`` (the
rule does not match: NFT_BREAK) or a verdict (``nft_do_chain`` in nf_tables_core.c).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.errors import RulesError
from labkit.netfilter.nftsets import Lookup, lookup_for
from labkit.netfilter.nftsteps import Step, step_for
from labkit.nft.nouns import Chain, NftRuleset, Rule, Table, Verdict, VerdictMap

DEEPEST = 16
"""NFT_JUMP_STACK_SIZE: so many chains may call one another."""


@dataclass(slots=True, eq=False)
class Line:
    """One rule; ``lookups`` counts the sets and maps that it asks."""

    rule: Rule
    steps: tuple[Step, ...]
    lookups: int


@dataclass(slots=True, eq=False)
class Block:
    """One chain; ``policy`` is empty for one that is jumped to."""

    table: str
    name: str
    policy: str
    families: tuple[int, ...]
    lines: list[Line] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)


def programs(rules: NftRuleset) -> dict[tuple[str, str], Block]:
    """The blocks of all chains by (table, chain).  Raises ``RulesError`` for loops."""
    made: dict[tuple[str, str], Block] = {}
    for table in rules.tables.values():
        _check_depth(table, rules.source)
        lookups = {name: lookup_for(table, one) for name, one in table.sets.items()}
        families = {"ip": (4,), "ip6": (6,)}.get(table.family, (4, 6))
        blocks = {
            name: Block(table.name, name, chain.hook.policy if chain.hook else "", families)
            for name, chain in table.chains.items()
        }
        for name, chain in table.chains.items():
            blocks[name].blocks = blocks
            blocks[name].lines = [_line(rule, lookups) for rule in chain.rules]
            made[table.name, name] = blocks[name]
    return made


def _line(rule: Rule, lookups: dict[str, Lookup]) -> Line:
    steps = tuple(step_for(statement, rule, lookups) for statement in rule.statements)
    count = sum(_asks(statement) for statement in rule.statements)
    return Line(rule, steps, count)


def _asks(statement: object) -> bool:
    """Whether a statement looks into a set or map."""
    among = getattr(statement, "among", None)
    return among is not None and bool(among.name or len(among.items) > 1)


def _check_depth(table: Table, source: str) -> None:
    """Loops, and chains nested too deep, are refused by Linux (EMLINK, Too many links)."""
    known: dict[str, int] = {}
    for name in table.chains:
        if _depth(table, name, known, ()) > DEEPEST:
            raise RulesError(
                f"Chains of table {table.name} are nested more than {DEEPEST} deep from {name}, "
                "or call one another in a loop.",
                "Nest less.",
                source=source,
                word=name,
            )


def _depth(table: Table, name: str, known: dict[str, int], path: tuple[str, ...]) -> int:
    """Nested chains below this one; more than DEEPEST for a loop."""
    if name in path or len(path) > DEEPEST:
        return DEEPEST + 1
    if name not in known:
        goals = {goal for goal in _goals(table, table.chains[name]) if goal}
        deeper = [_depth(table, goal, known, (*path, name)) + 1 for goal in goals]
        known[name] = max(deeper, default=0)
    return known[name]


def _goals(table: Table, chain: Chain) -> list[str]:
    """The chains that a chain leads to, by rules and by verdict maps."""
    found = []
    for rule in chain.rules:
        for statement in rule.statements:
            if isinstance(statement, Verdict):
                found.append(statement.chain)
            elif isinstance(statement, VerdictMap):
                among = statement.among
                items = table.sets[among.name].elements if among.name else among.items
                found += [e.value.chain for e in items if isinstance(e.value, Verdict)]
    return found


__all__ = ["Block", "Line", "programs"]
