"""One packet through one table at one hook: the reference (ipt_do_table in ip_tables.c).

A ``Walk`` stands before a line.  ``advance`` finds the next one that matches, ``apply`` does
what it says.  Counters count only rules of which everything matched.
"""

from __future__ import annotations

from labkit.netfilter.program import Block, Line
from labkit.netfilter.state import Counters
from labkit.xt.base import ACCEPT, CONTINUE, DROP, GOTO, JUMP, RETURN, Result
from labkit.xt.frame import Frame


class Walk:
    """A place in a table: the block, the next line, and the places to come back to."""

    __slots__ = ("hook", "base", "block", "at", "stack", "counters", "result")

    def __init__(self, base: Block, hook: str, counters: Counters | None) -> None:
        self.hook = hook
        self.base = self.block = base
        self.at = 0
        self.stack: list[tuple[Block, int]] = []
        self.counters = counters
        self.result: Result | None = None

    def fork(self) -> Walk:
        """The same place, to go on from on its own."""
        twin = Walk(self.base, self.hook, self.counters)
        twin.block, twin.at, twin.stack = self.block, self.at, list(self.stack)
        return twin

    def advance(self, frame: Frame) -> Line | None:
        """The next line that matches, or None when the policy has decided."""
        while self.result is None:
            lines, at, end = self.block.lines, self.at, len(self.block.lines)
            while at < end:
                line = lines[at]
                at += 1
                frame.rule = line.rule
                for test in line.tests:
                    if not test(frame):
                        break
                else:
                    self.at = at
                    return line
            self.at = at
            self._end_of_chain(frame)
        return None

    def line(self, frame: Frame) -> Line | None:
        """The next line, whether it matches or not; None at the end of the walk.

        Lines for another destination are passed over where a chain has an index of them.
        """
        while self.result is None:
            if self.block.runs and frame.dst.__class__ is int:
                self.at = self.block.skip(self.at, frame.dst)
            if self.at < len(self.block.lines):
                return self.every_line(frame)
            self._end_of_chain(frame)
        return None

    def every_line(self, frame: Frame) -> Line | None:
        """The next line, none passed over; None at the end of the walk."""
        while self.result is None:
            if self.at < len(self.block.lines):
                line = self.block.lines[self.at]
                self.at += 1
                frame.chain, frame.rule = self.block.name, line.rule
                return line
            self._end_of_chain(frame)
        return None

    def apply(self, frame: Frame, line: Line) -> None:
        """The line matched: count it and do what its target says."""
        if self.counters is not None:
            self.counters.add(line.key, frame.length, frame.count)
        before = frame.snap() if frame.events is not None else None
        target = line.target
        result = CONTINUE if target is None else target.apply(frame)
        if frame.events is not None:
            frame.events.append(
                (
                    self.hook,
                    line.key[0],
                    line.key[1],
                    line.key[2],
                    line.rule,
                    "reject" if frame.reject_with else result,
                    before,
                    frame.snap(),
                    len(self.stack),
                    target and target.note,
                )
            )
        if result is CONTINUE:
            return
        if result is JUMP or result is GOTO:
            assert line.block is not None
            if result is JUMP:
                self.stack.append((self.block, self.at))
            self._go(frame, line.block, 0)
        elif result is RETURN:
            self._back(frame)
        else:
            self.result = result

    def _end_of_chain(self, frame: Frame) -> None:
        """Back to the caller, or to the policy of the built-in chain."""
        if self.stack and frame.events is not None:
            seen = frame.snap()
            frame.events.append(
                (
                    self.hook,
                    self.block.table,
                    self.block.name,
                    0,
                    None,
                    "return",
                    seen,
                    seen,
                    len(self.stack),
                    "",
                )
            )
        self._back(frame)

    def _back(self, frame: Frame) -> None:
        """To the calling chain; where there is none, the policy decides (underflow)."""
        if self.stack:
            self._go(frame, *self.stack.pop())
        else:
            self.result = policy(frame, self.base, self.hook, self.counters)

    def _go(self, frame: Frame, block: Block, at: int) -> None:
        self.block, self.at = block, at
        frame.chain = block.name


def run(frame: Frame, base: Block, hook: str, counters: Counters | None) -> Result:
    """Walk from the built-in chain until a target or the policy decides."""
    frame.chain = base.name
    if not base.lines:
        return policy(frame, base, hook, counters)
    walk = Walk(base, hook, counters)
    while (line := walk.advance(frame)) is not None:
        walk.apply(frame, line)
    assert walk.result is not None
    return walk.result


def policy(frame: Frame, base: Block, hook: str, counters: Counters | None) -> Result:
    """The built-in chain's policy decides, and counts."""
    if counters is not None:
        counters.add(base.key, frame.length, frame.count)
    if frame.events is not None:
        seen = frame.snap()
        frame.events.append(
            (hook, base.table, base.name, 0, None, "policy", seen, seen, 0, base.policy)
        )
    return DROP if base.policy == "DROP" else ACCEPT
