"""What is wrong with a ruleset, or looks wrong, in sentences.

A ``Finding`` names the place.  ``error``: Linux refuses to load it; ``warning``: it loads,
but some rule can never work, or some packets are lost; ``note``: it does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from labkit.ruleset.covers import conditions, ends_walk, shadowed
from labkit.ruleset.nouns import BUILT_IN
from labkit.ruleset.tables import Chain, Rule, Ruleset, Table
from labkit.words import Language, Words
from labkit.xt.base import CERTAIN
from labkit.xt.standard import Jump
from labkit.xt.statistic import Nth, Random

NFT_DEPTH = 15
"""Chains of the user's own within one another that iptables-nft takes."""

LEVELS = ("error", "warning", "note")
SMALL = Fraction(1, 1 << 20)
"""A smaller share of lost packets is only the rounding of probabilities."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.  ``code`` is its kind, ``line`` the line of the rule (0: none)."""

    level: str
    code: str
    table: str
    chain: str
    line: int = 0
    fields: Mapping[str, object] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """The sentence, in English."""
        return self.sentence("en")

    def sentence(self, lang: Language = "en") -> str:
        """What is wrong, without the place."""
        idle = "idle-" if self.code == "loop" and self.level != "error" else ""
        return Words(lang)(f"lint.{idle}{self.code}", **self.fields)

    def text(self, lang: Language = "en") -> str:
        """One line: level, place, sentence, kind."""
        say = Words(lang)
        line = f"{say('lint.line', line=self.line)}, " if self.line else ""
        level = say(f"lint.{self.level}")
        where = f"{self.table}/{self.chain}"
        return f"{level}: {line}{where}: {self.sentence(lang)} [{self.code}]"

    def __str__(self) -> str:
        return self.text()


def lint(rules: Ruleset) -> tuple[Finding, ...]:
    """All findings, errors first, each kind in the order of the text."""
    found: list[Finding] = []
    for table in rules.tables.values():
        found.extend(_dangling(table))
        ways = Ways(table)
        found.extend(ways.loops)
        found.extend(_too_deep(ways))
        found.extend(_unused(ways))
        swallow = _swallowing(ways)
        for chain in table.chains.values():
            found.extend(_unreachable(chain, swallow))
            found.extend(_leaks(chain))
    return tuple(sorted(found, key=lambda finding: (LEVELS.index(finding.level), finding.line)))


def _dangling(table: Table) -> Iterator[Finding]:
    """Jumps to chains that are not there."""
    for chain in table.chains.values():
        for rule in chain.rules:
            goal = _goal(rule)
            if goal and goal not in table.chains:
                fields = {"goal": goal}
                yield Finding("error", "dangling-jump", table.name, chain.name, rule.line, fields)


def _goal(rule: Rule) -> str:
    """The chain that a rule leads to, or nothing."""
    return rule.target.chain if isinstance(rule.target, Jump) else ""


class Ways:
    """Which chain leads to which, found without recursion.

    ``order`` holds every chain behind those it leads to; ``depth`` says how many chains are
    nested below; ``reached`` are those that a built-in chain leads to.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.order: list[str] = []
        self.depth: dict[str, int] = {}
        self.loops: list[Finding] = []
        self.reached: frozenset[str] = frozenset()
        built_in = [name for name in BUILT_IN[table.name] if name in table.chains]
        self._colour: dict[str, int] = {}
        for name in built_in:
            self._from(name)
        self.reached = frozenset(self._colour)
        for name in table.chains:
            self._from(name)

    def _from(self, start: str) -> None:
        chains, colour = self.table.chains, self._colour
        if start in colour:
            return
        colour[start] = 1
        path: list[tuple[str, Iterator[Rule]]] = [(start, iter(chains[start].rules))]
        while path:
            name, rest = path[-1]
            rule = next(rest, None)
            if rule is None:
                colour[name] = 2
                below = (self.depth.get(_goal(one), 0) + 1 for one in chains[name] if _goal(one))
                self.depth[name] = max(below, default=0)
                self.order.append(name)
                path.pop()
                continue
            goal = _goal(rule)
            if goal not in chains:
                continue
            if colour.get(goal) == 1:
                self.loops.append(self._loop(name, rule, goal))
            elif goal not in colour:
                colour[goal] = 1
                path.append((goal, iter(chains[goal].rules)))

    def _loop(self, name: str, rule: Rule, goal: str) -> Finding:
        """Both back ends load a loop that no built-in chain leads to."""
        level = "warning" if self.reached else "error"
        return Finding(level, "loop", self.table.name, name, rule.line, {"goal": goal})


def _too_deep(ways: Ways) -> Iterator[Finding]:
    """Chains nested deeper than iptables-nft takes."""
    for name in BUILT_IN[ways.table.name]:
        depth = ways.depth.get(name, 0)
        if depth > NFT_DEPTH and not any(one.level == "error" for one in ways.loops):
            fields = {"depth": depth, "most": NFT_DEPTH}
            yield Finding("warning", "too-deep", ways.table.name, name, 0, fields)


def _unused(ways: Ways) -> Iterator[Finding]:
    """Chains that no built-in chain leads to; an empty one may be a mere marker."""
    table = ways.table
    used = {_goal(rule) for chain in table.chains.values() for rule in chain.rules}
    for chain in table.chains.values():
        if chain.policy or chain.name in ways.reached:
            continue
        if not chain.rules:
            if chain.name not in used:
                yield Finding("note", "empty-chain", table.name, chain.name)
            continue
        code = "unreached-chain" if chain.name in used else "unused-chain"
        yield Finding("warning", code, table.name, chain.name, chain.rules[0].line)


def _swallowing(ways: Ways) -> frozenset[str]:
    """The chains from which no packet comes back to the caller."""
    swallow: set[str] = set()
    for name in ways.order:
        for rule in ways.table.chains[name].rules:
            target = rule.target
            if isinstance(target, Jump):
                gone = target.chain in swallow
                back = target.goto and not gone
            else:
                gone = ends_walk(rule) and getattr(target, "NAME", "") != "RETURN"
                back = ends_walk(rule) and not gone
            if back:
                break
            if gone and not conditions(rule):
                swallow.add(name)
                break
    return frozenset(swallow)


def _unreachable(chain: Chain, swallow: frozenset[str]) -> Iterator[Finding]:
    """Rules that no packet comes to, or whose packets an earlier rule takes."""
    for rule, earlier in shadowed(chain, swallow):
        code = "shadowed" if conditions(earlier) else "unreachable"
        fields = {"number": rule.number, "earlier": earlier.number}
        yield Finding("warning", code, chain.table, chain.name, rule.line, fields)


def _leaks(chain: Chain) -> Iterator[Finding]:
    """Draws of which perhaps none chooses, and nothing behind them for the rest.

    The shares 1/N, 1/(N-1) ... 1 choose always; 1/N on every rule loses packets.
    """
    draws = [rule for rule in chain.rules if _draw(rule) is not None]
    if len(draws) < 2 or not all(ends_walk(r) or isinstance(r.target, Jump) for r in draws):
        return
    behind = chain.rules[draws[-1].number :]
    if any(ends_walk(rule) or isinstance(rule.target, Jump) for rule in behind):
        return
    rest = Fraction(1)
    for rule in draws:
        rest *= 1 - (_draw(rule) or 0)
    if rest > SMALL:
        fields = {"share": f"{float(rest):.1%}", "count": len(draws)}
        yield Finding("warning", "lost-packets", chain.table, chain.name, draws[-1].line, fields)


def _draw(rule: Rule) -> Fraction | None:
    """The share of a rule that does nothing but draw, or count to n."""
    found = conditions(rule)
    if len(found) != 1:
        return None
    match = found[0]
    if isinstance(match, Random):
        share = Fraction(match.threshold, CERTAIN)
    elif isinstance(match, Nth):
        share = Fraction(1, match.every)
    else:
        return None
    return 1 - share if match.negated else share
