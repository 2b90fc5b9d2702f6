"""A table made ready for walking: chains as blocks of lines, jumps resolved.

Tests that cannot fail (a comment, a bare ``-m tcp``) are left out, names are looked up once.
The meaning stays in the extensions: a line only holds their bound methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.ruleset.tables import Key, Rule, Table
from labkit.xt.base import Match, Target
from labkit.xt.comment import Comment
from labkit.xt.frame import Frame
from labkit.xt.ip import Header
from labkit.xt.standard import Jump


@dataclass(slots=True, eq=False)
class Line:
    """One rule: ``tests`` all have to say yes, then ``target`` acts.  ``block`` is where a
    jump leads to."""

    rule: Rule
    key: Key
    tests: tuple[Callable[[Frame], bool], ...]
    matches: tuple[Match, ...]
    target: Target | None
    block: Block | None = None


@dataclass(slots=True, eq=False)
class Block:
    """One chain; ``policy`` is empty for a chain of the user's own."""

    table: str
    name: str
    policy: str
    key: Key
    lines: list[Line] = field(default_factory=list)


def program(table: Table) -> dict[str, Block]:
    """The blocks of a table by name.  Jumps into nowhere were refused before (check.py)."""
    blocks = {
        name: Block(table.name, name, chain.policy, (table.name, name, 0))
        for name, chain in table.chains.items()
    }
    for name, chain in table.chains.items():
        blocks[name].lines = [_line(rule, blocks) for rule in chain.rules]
    return blocks


def _line(rule: Rule, blocks: dict[str, Block]) -> Line:
    wanted: tuple[Match, ...] = (rule.header, *rule.matches)
    needed = tuple(match for match in wanted if not _always(match))
    target = rule.target
    block = blocks[target.chain] if isinstance(target, Jump) else None
    return Line(rule, rule.key, tuple(m.matches for m in needed), needed, target, block)


def _always(match: Match) -> bool:
    """Whether it can be seen beforehand that the match is always true."""
    if isinstance(match, Comment) or (isinstance(match, Header) and match == Header()):
        return True
    return match.NAME in ("tcp", "udp", "sctp") and not match.words()
