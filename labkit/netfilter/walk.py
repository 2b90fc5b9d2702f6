"""One packet through one table at one hook: the reference (ipt_do_table in ip_tables.c).

``run`` takes a packet from rule to rule.  A ``Walk`` does the same in single steps, for the
modes in which packets part ways at a rule: ``line`` is the next one, ``apply`` does what it
says.  Counters count only rules of which everything matched.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.netfilter.program import Block, Line
from labkit.netfilter.state import Counters
from labkit.xt.base import ACCEPT, CONTINUE, DROP, GOTO, JUMP, RETURN, Result
from labkit.xt.frame import Frame

NONE = (0, 0)


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

    def line(self, frame: Frame) -> Line | None:
        """The next line, whether it matches or not; None at the end of the walk.

        Lines for another destination are passed over where a chain has an index of them.
        """
        while self.result is None:
            block = self.block
            if block.long and frame.dst.__class__ is int:
                self.at = block.skip(self.at, frame.dst)
            if self.at < len(block.lines):
                line = block.lines[self.at]
                self.at += 1
                frame.rule = line.rule
                return line
            self._end_of_chain(frame)
        return None

    def every_line(self, frame: Frame) -> Line | None:
        """The next line, none passed over; None at the end of the walk."""
        while self.result is None:
            if self.at < len(self.block.lines):
                line = self.block.lines[self.at]
                self.at += 1
                frame.rule = line.rule
                return line
            self._end_of_chain(frame)
        return None

    def apply(self, frame: Frame, line: Line) -> None:
        """The line matched: count it and do what its target says."""
        result = act(frame, line, self.hook, len(self.stack), self.counters)
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
            note_end(frame, self.block, self.hook, len(self.stack))
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
    block, rest = base, _lines(frame, base)
    waiting: list[tuple[Block, Iterator[Line]]] = []
    frame.chain = base.name
    while True:
        result = RETURN
        for line in rest:
            frame.rule = line.rule
            for test in line.tests:
                if not test(frame):
                    if test is line.draw or frame.noting:
                        note_miss(frame, line, hook, len(waiting), test is line.draw)
                    break
            else:
                result = act(frame, line, hook, len(waiting), counters)
                if result is not CONTINUE:
                    break
        else:
            result = RETURN
            if waiting and frame.events is not None:
                note_end(frame, block, hook, len(waiting))
        if result is JUMP or result is GOTO:
            assert line.block is not None
            if result is JUMP:
                waiting.append((block, rest))
            block, rest = line.block, _lines(frame, line.block)
        elif result is not RETURN:
            return result
        elif waiting:
            block, rest = waiting.pop()
        else:
            return policy(frame, base, hook, counters)
        frame.chain = block.name


def _lines(frame: Frame, block: Block) -> Iterator[Line]:
    """The lines of a chain that a packet has to be asked about: of many in a row for one
    destination each (KUBE-SERVICES) only its own, unless the others are to be noted as well."""
    if not block.long or frame.noting or frame.dst.__class__ is not int:
        return iter(block.lines)
    return _candidates(frame, block)


def _candidates(frame: Frame, block: Block) -> Iterator[Line]:
    at, lines = 0, block.lines
    while (at := block.skip(at, frame.dst)) < len(lines):
        yield lines[at]
        at += 1


def act(frame: Frame, line: Line, hook: str, depth: int, counters: Counters | None) -> Result:
    """A line matched: count it, do what its target says, note what happened."""
    key, target, events = line.key, line.target, frame.events
    if counters is not None:
        packets, octets = counters.get(key, NONE)
        counters[key] = packets + frame.count, octets + frame.length * frame.count
    if events is None:
        return CONTINUE if target is None else target.apply(frame)
    before = frame.snap()
    result = line.leads or (CONTINUE if target is None else target.apply(frame))
    table, chain, number = key
    what = "reject" if frame.reject_with else result
    after = before if line.leads else frame.snap()
    note = target and target.note
    events.append((hook, table, chain, number, line.rule, what, before, after, depth, note))
    return result


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


def note_end(frame: Frame, block: Block, hook: str, depth: int) -> None:
    """The end of a chain of the user's own, in the trace."""
    assert frame.events is not None
    seen = frame.snap()
    frame.events.append((hook, block.table, block.name, 0, None, "return", seen, seen, depth, ""))


def note_miss(frame: Frame, line: Line, hook: str, depth: int, drawn: bool) -> None:
    """A rule that was looked at and did not match, in the trace."""
    if frame.events is not None:
        seen, note = frame.snap(), "chance" if drawn else ""
        frame.events.append((hook, *line.key, line.rule, "miss", seen, seen, depth, note))
