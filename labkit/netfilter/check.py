"""What Linux refuses to load: jumps into nowhere, loops, chains nested too deep.

Legacy: the jump stack is as large as the number of chains; loops are refused (ELOOP).
iptables-nft: at most 15 chains of the user's own within one another (NFT_JUMP_STACK_SIZE is
16); more, and loops, are refused with EMLINK, "Too many links".
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.errors import RulesError
from labkit.model.ipset import IpSet
from labkit.ruleset.tables import Rule, Ruleset, Table
from labkit.xt.set import Set
from labkit.xt.standard import Jump

NFT_DEPTH = 15


def check(rules: Ruleset, backend: str) -> None:
    """Raises ``RulesError`` for the first thing that Linux would refuse."""
    for table in rules.tables.values():
        depth = _Depth(table, rules.source)
        for chain in table.chains.values():
            if chain.policy and depth.of(chain.name) > NFT_DEPTH and backend == "nft":
                raise RulesError(
                    f"Chains of table {table.name} are nested more than {NFT_DEPTH} deep "
                    f"from {chain.name}; iptables-nft refuses that (Too many links).",
                    "Nest less, or take the legacy back end.",
                    source=rules.source,
                )


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


class _Depth:
    """How deep chains call one another, without recursion (10,000 levels are no problem)."""

    def __init__(self, table: Table, source: str) -> None:
        self.table = table
        self.source = source
        self.jumps = {name: _jumps(chain.rules) for name, chain in table.chains.items()}
        self.known: dict[str, int] = {}
        for name in table.chains:
            self._visit(name)

    def of(self, name: str) -> int:
        """Nested chains below this one."""
        return self.known[name]

    def _visit(self, start: str) -> None:
        path: list[tuple[str, int]] = [(start, 0)]
        open_now = {start}
        while path:
            name, at = path.pop()
            jumps = self.jumps[name]
            if name in self.known or at == len(jumps):
                depths = [self.known[rule_target(j)] + 1 for j in jumps]
                self.known.setdefault(name, max(depths, default=0))
                open_now.discard(name)
                continue
            path.append((name, at + 1))
            goal = rule_target(jumps[at])
            if goal not in self.jumps or goal in open_now:
                raise self._refuse(jumps[at], goal)
            if goal not in self.known:
                open_now.add(goal)
                path.append((goal, 0))

    def _refuse(self, rule: Rule, goal: str) -> RulesError:
        missing = goal not in self.jumps
        what = (
            f"Table {self.table.name} has no chain {goal!r} to jump to."
            if missing
            else f"Chain {goal} calls itself in the end: a loop."
        )
        fix = f"Declare it (:{goal} - [0:0])." if missing else "Take one of the jumps out."
        return RulesError(what, fix, source=self.source, line=rule.line, word=goal)


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
