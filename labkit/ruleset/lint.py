"""What is wrong with a ruleset, or looks wrong, in sentences.

A ``Finding`` names the place.  ``error``: Linux refuses to load it; ``warning``: it loads,
but some rule can never work, or some packets are lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from labkit.ruleset.tables import Chain, Rule, Ruleset, Table
from labkit.xt.base import CERTAIN, Match
from labkit.xt.comment import Comment
from labkit.xt.ip import Header
from labkit.xt.standard import Jump
from labkit.xt.statistic import Random


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.  ``code`` is its kind, ``line`` the line of the rule (0: none)."""

    level: str
    code: str
    table: str
    chain: str
    what: str
    line: int = 0

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line else ""
        return f"{self.level}: {where}{self.table}/{self.chain}: {self.what} [{self.code}]"


def lint(rules: Ruleset) -> tuple[Finding, ...]:
    """All findings, errors first, each in the order of the text."""
    found: list[Finding] = []
    for table in rules.tables.values():
        found.extend(_dangling(table))
        found.extend(_loops(table))
        found.extend(_unused(table))
        for chain in table.chains.values():
            found.extend(_unreachable(chain))
            found.extend(_leaks(chain))
    return tuple(sorted(found, key=lambda finding: finding.level))


def _dangling(table: Table) -> Iterator[Finding]:
    """Jumps to chains that are not there."""
    for chain in table.chains.values():
        for rule in chain.rules:
            if isinstance(rule.target, Jump) and rule.target.chain not in table.chains:
                yield Finding(
                    "error",
                    "dangling-jump",
                    table.name,
                    chain.name,
                    f"jumps to {rule.target.chain}, which is not there",
                    rule.line,
                )


def _loops(table: Table) -> Iterator[Finding]:
    """Chains that call themselves in the end; found without recursion."""
    colour: dict[str, int] = {}
    for start in table.chains:
        path: list[tuple[str, Iterator[Rule]]] = []
        if start not in colour:
            colour[start] = 1
            path.append((start, iter(table.chains[start].rules)))
        while path:
            name, rest = path[-1]
            rule = next(rest, None)
            if rule is None:
                colour[name] = 2
                path.pop()
                continue
            goal = rule.target.chain if isinstance(rule.target, Jump) else ""
            if goal not in table.chains:
                continue
            if colour.get(goal) == 1:
                yield Finding(
                    "error",
                    "loop",
                    table.name,
                    name,
                    f"jumps to {goal}, which leads back here: a loop",
                    rule.line,
                )
            elif goal not in colour:
                colour[goal] = 1
                path.append((goal, iter(table.chains[goal].rules)))


def _unused(table: Table) -> Iterator[Finding]:
    """Chains of the user's own that nobody jumps to (an empty one is a mere marker)."""
    used = {
        rule.target.chain
        for chain in table.chains.values()
        for rule in chain.rules
        if isinstance(rule.target, Jump)
    }
    for chain in table.chains.values():
        if not chain.policy and chain.name not in used and chain.rules:
            yield Finding(
                "warning",
                "unused-chain",
                table.name,
                chain.name,
                "nothing jumps to this chain",
                chain.rules[0].line,
            )


def _unreachable(chain: Chain) -> Iterator[Finding]:
    """Rules behind one that takes every packet."""
    for i, rule in enumerate(chain.rules[:-1]):
        if ends_walk(rule) and not conditions(rule):
            after = chain.rules[i + 1]
            yield Finding(
                "warning",
                "unreachable",
                chain.table,
                chain.name,
                f"no packet comes to rule {after.number}: rule {rule.number} takes them all",
                after.line,
            )
            return


def _leaks(chain: Chain) -> Iterator[Finding]:
    """A run of draws at the end of a chain that may choose nothing.

    The shares 1/N, 1/(N-1) ... 1 choose always; 1/N on every rule loses packets.
    """
    rest = Fraction(1)
    draws = [rule for rule in chain.rules if _draw(rule) is not None]
    if not draws or chain.rules[-1] is not draws[-1] or not _spreads(draws):
        return
    for rule in draws:
        share = _draw(rule) or 0
        rest *= Fraction(CERTAIN - share, CERTAIN)
    if rest > Fraction(1, 1 << 20):
        yield Finding(
            "warning",
            "lost-packets",
            chain.table,
            chain.name,
            f"{float(rest):.1%} of the packets match none of the {len(draws)} random rules",
            draws[-1].line,
        )


def _spreads(draws: list[Rule]) -> bool:
    """Whether the rules spread packets over chains or ends, rather than sample them."""
    return len(draws) > 1 and all(ends_walk(r) or isinstance(r.target, Jump) for r in draws)


def _draw(rule: Rule) -> int | None:
    """The threshold of a rule that does nothing but draw."""
    found = conditions(rule)
    if len(found) == 1 and isinstance(found[0], Random):
        random = found[0]
        return CERTAIN - random.threshold if random.negated else random.threshold
    return None


def conditions(rule: Rule) -> list[Match]:
    """What a packet has to fulfil: everything but comments and bare protocol matches."""
    found: list[Match] = [] if rule.header == Header() else [rule.header]
    return found + [
        match
        for match in rule.matches
        if not isinstance(match, Comment) and (match.words() or match.NAME not in _BARE)
    ]


_BARE = ("tcp", "udp", "sctp")


def ends_walk(rule: Rule) -> bool:
    """Whether a packet that matches never comes to the next rule of the chain."""
    target = rule.target
    if isinstance(target, Jump):
        return target.goto
    return target is not None and target.TERMINAL
