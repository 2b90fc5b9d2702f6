"""One packet through one table at one hook: the reference (ipt_do_table in ip_tables.c).

A ``Walk`` stands before a rule.  ``rule()`` says which; ``apply`` does what the rule says
after it matched.  Counters count only rules of which everything matched.
"""

from __future__ import annotations

from labkit.errors import RulesError
from labkit.netfilter.state import Counters
from labkit.ruleset.tables import Chain, Rule, Table
from labkit.xt.base import Result
from labkit.xt.frame import Frame
from labkit.xt.standard import Jump


class Walk:
    """A place in a table: the chain, the next rule, and the chains to come back to."""

    __slots__ = ("table", "hook", "chain", "at", "stack", "counters", "result")

    def __init__(self, table: Table, hook: str, counters: Counters | None) -> None:
        self.table = table
        self.hook = hook
        self.chain = table.chains[hook]
        self.at = 0
        self.stack: list[tuple[Chain, int]] = []
        self.counters = counters
        self.result: Result | None = None

    def fork(self) -> Walk:
        """The same place, to go on from on its own."""
        twin = Walk.__new__(Walk)
        twin.table, twin.hook, twin.chain, twin.at = self.table, self.hook, self.chain, self.at
        twin.stack, twin.counters, twin.result = list(self.stack), self.counters, self.result
        return twin

    def rule(self, frame: Frame) -> Rule | None:
        """The next rule to test, or None when the walk has come to its end."""
        while self.result is None:
            if self.at < len(self.chain.rules):
                rule = self.chain.rules[self.at]
                self.at += 1
                frame.chain, frame.rule = self.chain.name, rule
                return rule
            self._end_of_chain(frame)
        return None

    def apply(self, frame: Frame, rule: Rule) -> None:
        """The rule matched: count it and do what its target says."""
        if self.counters is not None:
            self.counters.add(rule.key, frame.length)
        target = rule.target
        before = frame.seen() if frame.events is not None else frame.packet
        if target is None:
            self._note(frame, rule, "match", before, "no target")
            return
        result = target.apply(frame)
        if frame.events is not None:
            self._note(frame, rule, _what(frame, rule, result), before, target.note())
        if result is Result.CONTINUE:
            return
        if result is Result.JUMP or result is Result.GOTO:
            assert isinstance(target, Jump)
            self._enter(target, rule)
        elif result is Result.RETURN:
            if self.stack:
                self.chain, self.at = self.stack.pop()
            else:
                self._policy(frame)
        else:
            self.result = result

    def _enter(self, jump: Jump, rule: Rule) -> None:
        """Go into a chain; a jump remembers where to come back to, a goto does not."""
        chain = self.table.chains.get(jump.chain)
        if chain is None:
            raise RulesError(
                f"Table {self.table.name} has no chain {jump.chain!r} to jump to.",
                "Linux refuses such rules.", line=rule.line, word=jump.chain,
            )
        if not jump.goto:
            self.stack.append((self.chain, self.at))
        self.chain, self.at = chain, 0

    def _end_of_chain(self, frame: Frame) -> None:
        """Back to the caller, or to the policy of the built-in chain."""
        if not self.stack:
            self._policy(frame)
            return
        if frame.events is not None:
            seen = frame.seen()
            frame.events.append((
                self.hook, self.table.name, self.chain.name, 0, "", "return", seen, seen,
                len(self.stack), "",
            ))
        self.chain, self.at = self.stack.pop()

    def _policy(self, frame: Frame) -> None:
        """The built-in chain's policy decides (the kernel's underflow rule)."""
        base = self.table.chains[self.hook]
        if self.counters is not None:
            self.counters.add((self.table.name, self.hook, 0), frame.length)
        self.result = Result.DROP if base.policy == "DROP" else Result.ACCEPT
        if frame.events is not None:
            seen = frame.seen()
            frame.events.append((
                self.hook, self.table.name, base.name, 0, "", "policy", seen, seen, 0,
                base.policy,
            ))

    def _note(self, frame: Frame, rule: Rule, what: str, before: object, note: str) -> None:
        """One line of the trace."""
        if frame.events is not None:
            frame.events.append((
                self.hook, rule.table, rule.chain, rule.number, str(rule), what, before,
                frame.seen(), len(self.stack), note,
            ))


def run(frame: Frame, walk: Walk) -> Result:
    """Walk until a target or the policy decides."""
    while (rule := walk.rule(frame)) is not None:
        if matches(rule, frame):
            walk.apply(frame, rule)
    assert walk.result is not None
    return walk.result


def matches(rule: Rule, frame: Frame) -> bool:
    """First the header, then every match in the written order, until one fails."""
    if not rule.header.matches(frame):
        return False
    return all(match.matches(frame) for match in rule.matches)


def _what(frame: Frame, rule: Rule, result: Result) -> str:
    """The word for the trace."""
    if result is Result.DROP and frame.reject_with:
        return "reject"
    if result is Result.ACCEPT and rule.table == "nat" and rule.target is not None:
        return "accept" if rule.target.NAME == "ACCEPT" else "nat"
    return "match" if result is Result.CONTINUE else result.value
