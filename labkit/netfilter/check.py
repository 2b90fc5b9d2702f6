"""What Linux refuses to load: jumps into nowhere, loops, chains nested too deep, rules at
hooks that are not theirs.

Only chains that a built-in chain leads to are walked through, as both back ends do: a loop
that nothing leads to does no harm.  Legacy: the jump stack is as large as the number of
chains; loops are refused (ELOOP).  iptables-nft: at most 15 chains of the user's own within
one another (NFT_JUMP_STACK_SIZE is 16); more, and loops, are refused with EMLINK, "Too many
links".
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.errors import RulesError
from labkit.model.ipset import IpSet
from labkit.ruleset.nouns import BUILT_IN
from labkit.ruleset.tables import Rule, Ruleset, Table
from labkit.xt.base import Extension
from labkit.xt.set import Set
from labkit.xt.standard import Jump
from labkit.xt.trace import Trace

NFT_DEPTH = 15


def check(rules: Ruleset, backend: str) -> None:
    """Raises ``RulesError`` for the first thing that Linux would refuse."""
    for table in rules.tables.values():
        _Way(table, rules.source, backend).check()


def check_sets(rules: Ruleset, sets: Mapping[str, IpSet]) -> None:
    """Raises ``RulesError`` for the first rule that names a set which is not there.

    iptables refuses such rules, and those that name a set of the other IP family.
    """
    for rule in rules.rules():
        for match in rule.matches:
            if not isinstance(match, Set):
                continue
            name = match.named.name
            found = sets.get(name)
            if found is None:
                what = f"There is no ipset {name!r}."
                fix = "Pass the output of ipset save along (on the command line: --ipset FILE)."
            elif found.family not in (0, rules.family):
                what, fix = f"The ipset {name!r} is of IPv{found.family}.", ""
            else:
                continue
            raise RulesError(what, fix, source=rules.source, line=rule.line, word=name)


class _Way:
    """The chains of a table that are led to, without recursion (10,000 levels are no problem)."""

    def __init__(self, table: Table, source: str, backend: str) -> None:
        self.table = table
        self.source = source
        self.backend = backend
        self.jumps = {name: _jumps(chain.rules) for name, chain in table.chains.items()}
        self.depth: dict[str, int] = {}

    def check(self) -> None:
        """All of it.  ``depth`` holds the chains in an order that puts callers last."""
        for jumps in self.jumps.values():
            for rule in jumps:
                if rule_target(rule) not in self.jumps:
                    raise self._missing(rule)
        hooks: dict[str, frozenset[str]] = {}
        for name in BUILT_IN[self.table.name]:
            if name in self.jumps:
                hooks[name] = frozenset((name,))
                self._visit(name)
                if self.depth[name] > NFT_DEPTH and self.backend == "nft":
                    raise self._too_deep(name)
        for name in reversed(self.depth):
            for rule in self.jumps[name]:
                goal = rule_target(rule)
                hooks[goal] = hooks.get(goal, frozenset()) | hooks[name]
        for name, led_from in hooks.items():
            for rule in self.table.chains[name].rules:
                self._check_hooks(rule, led_from)

    def _check_hooks(self, rule: Rule, hooks: frozenset[str]) -> None:
        """The target and the matches of a rule at the hooks that lead to it."""
        target = rule.target
        if target is not None and not target.HOOKS.issuperset(hooks) and target.HOOKS:
            raise self._at_hook(rule, target, hooks - target.HOOKS)
        if self.backend == "legacy" and target.__class__ is Trace and self.table.name != "raw":
            raise RulesError(
                "TRACE stands only in table raw with iptables-legacy.",
                source=self.source,
                line=rule.line,
                word="TRACE",
            )
        for match in rule.matches:
            # nft asks those with a condition of their own about their own chain alone
            if match.HOOKS or self.backend == "legacy":
                barred = match.barred & hooks
                if barred:
                    raise self._at_hook(rule, match, barred)

    def _visit(self, start: str) -> None:
        path: list[tuple[str, int]] = [(start, 0)]
        open_now = {start}
        while path:
            name, at = path.pop()
            jumps = self.jumps[name]
            if name in self.depth or at == len(jumps):
                depths = [self.depth[rule_target(j)] + 1 for j in jumps]
                self.depth.setdefault(name, max(depths, default=0))
                open_now.discard(name)
                continue
            path.append((name, at + 1))
            goal = rule_target(jumps[at])
            if goal in open_now:
                raise self._loop(jumps[at], goal)
            if goal not in self.depth:
                if goal in BUILT_IN[self.table.name]:
                    raise self._missing(jumps[at])
                open_now.add(goal)
                path.append((goal, 0))

    def _missing(self, rule: Rule) -> RulesError:
        goal = rule_target(rule)
        return RulesError(
            f"Table {self.table.name} has no chain {goal!r} to jump to.",
            f"Declare it (:{goal} - [0:0]).",
            source=self.source,
            line=rule.line,
            word=goal,
        )

    def _loop(self, rule: Rule, goal: str) -> RulesError:
        return RulesError(
            f"Chain {goal} calls itself in the end: a loop.",
            "Take one of the jumps out.",
            source=self.source,
            line=rule.line,
            word=goal,
        )

    def _too_deep(self, name: str) -> RulesError:
        return RulesError(
            f"Chains of table {self.table.name} are nested more than {NFT_DEPTH} deep "
            f"from {name}; iptables-nft refuses that (Too many links).",
            "Nest less, or take the legacy back end.",
            source=self.source,
        )

    def _at_hook(self, rule: Rule, what: Extension, hooks: frozenset[str]) -> RulesError:
        return RulesError(
            f"{what.NAME} does not go with {sorted(hooks)[0]}, which leads to this chain.",
            source=self.source,
            line=rule.line,
            word=what.NAME,
        )


def rule_target(rule: Rule) -> str:
    """The chain that a rule jumps to."""
    assert isinstance(rule.target, Jump)
    return rule.target.chain


def _jumps(rules: tuple[Rule, ...]) -> list[Rule]:
    """One rule for each different chain that is jumped to."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        if isinstance(rule.target, Jump):
            seen.setdefault(rule.target.chain, rule)
    return list(seen.values())
