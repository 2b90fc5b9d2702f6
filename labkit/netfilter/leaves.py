"""NumPy mode, first half: every way that a first packet can go, without any column.

A ``Branch`` is a frame with the condition under which a connection comes to where it is:
where its source is, and in which interval each of its words lies.  At the end it is a leaf;
``tally.py`` counts how many connections fulfil the condition of each.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from labkit.netfilter.draws import SHORT, WHOLE, Place, split
from labkit.netfilter.passage import DROPPED, Passage
from labkit.netfilter.program import Line
from labkit.netfilter.somewhere import EVERYWHERE, NotSymbolic, Ranges, Somewhere
from labkit.netfilter.stages import Stage
from labkit.netfilter.state import Counters
from labkit.netfilter.walk import Walk
from labkit.netfilter.witness import Witness, sameness
from labkit.xt.base import CERTAIN, Match
from labkit.xt.frame import Frame

Turn = tuple[Place, int]
"""Names a word: table and chain, and how many words of it were used before."""

MOST = 1 << 14
"""More ways than this are not worth telling apart."""


@dataclass(slots=True)
class Branch:
    """``counters`` are what one packet of this way counts; ``words`` the intervals in which its
    words lie; ``left`` the turn that each place has come to; ``origin`` where its source was
    before NAT."""

    frame: Frame
    counters: Counters = field(default_factory=Counters)
    words: dict[Turn, tuple[int, int]] = field(default_factory=dict)
    left: dict[Place, int] = field(default_factory=dict)
    origin: Ranges = EVERYWHERE

    def fork(self) -> Branch:
        """The same place, to go on from on its own."""
        counters = Counters(self.counters)
        words, left = dict(self.words), dict(self.left)
        return Branch(self.frame.fork(), counters, words, left, self.origin)

    def narrow(self, src: Somewhere) -> None:
        """Only these sources from now on."""
        where: Any = src  # a frame's source is a number, but for these frames
        self.frame.src, self.origin = where, src.domain

    @property
    def src(self) -> Any:
        """A ``Somewhere``, or the number that NAT has put in its place."""
        return self.frame.src


def leaves(passage: Passage, frame: Frame) -> list[Branch]:
    """All ends.  Raises ``NotSymbolic`` when something looks at the source otherwise."""
    waiting, done, idle = [Branch(frame)], [], IdleTables()
    strange = Ranges(_merged(passage.node.routing.special(4)))
    usual = strange.complement()
    while waiting:
        branch = waiting.pop()
        while branch.frame.verdict is None:
            assert branch.frame.path is not None
            stage = branch.frame.path.pop()
            if stage[0] == "table":
                branch, *others = idle.through(passage, branch, stage)
                waiting.extend(others)
            else:
                if stage[0] == "route":
                    waiting.extend(_martians(branch, strange, usual))
                if branch.frame.verdict is None:
                    passage.do(branch.frame, stage)
        done.append(branch)
        if len(waiting) + len(done) > MOST:
            raise NotSymbolic
    return done


class IdleTables:
    """What tables count that look at no address and change nothing, by what frames share.

    Hundreds of branches come through such a table; only the first walks (see witness.py).
    """

    def __init__(self) -> None:
        self._counted: dict[tuple[Hashable, Stage], Counters] = {}
        self._busy: set[tuple[Hashable, Stage]] = set()

    def through(self, passage: Passage, branch: Branch, stage: Stage) -> list[Branch]:
        """The branches that come out of the table."""
        frame = branch.frame
        key = sameness(frame), stage
        if key in self._counted:
            branch.counters.include(self._counted[key])
            return [branch]
        if key in self._busy:
            return through(passage, branch, stage)
        kept, branch.counters = branch.counters, Counters()
        frame.touched, frame.__class__ = False, Witness
        out = through(passage, branch, stage)
        frame.__class__ = Frame
        if frame.touched or len(out) > 1 or sameness(frame) != key[0]:
            self._busy.add(key)
        else:
            self._counted[key] = Counters(branch.counters)
        for one in out:
            one.counters.include(kept)
        return out


def _martians(branch: Branch, strange: Ranges, usual: Ranges) -> list[Branch]:
    """Linux drops sources that cannot have come in from outside: they go apart."""
    frame, src = branch.frame, branch.src
    if not isinstance(src, Somewhere) or frame.in_iface == "lo":
        return []
    martian, other = src.domain & strange, src.domain & usual
    if not martian.pairs:
        return []
    if not other.pairs:
        frame.verdict = DROPPED
        return []
    twin = branch.fork()
    twin.narrow(Somewhere(martian))
    twin.frame.verdict = DROPPED
    branch.narrow(Somewhere(other))
    return [twin]


def _merged(pairs: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Sorted, and what touches joined."""
    made: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if made and low <= made[-1][1] + 1:
            made[-1] = made[-1][0], max(made[-1][1], high)
        else:
            made.append((low, high))
    return tuple(made)


def through(passage: Passage, branch: Branch, stage: Stage) -> list[Branch]:
    """One table: the branches that come out of it."""
    _, table, hook = stage
    frame = branch.frame
    frame.hook, frame.table, frame.chain = hook, table, hook
    open_ = [(branch, Walk(passage.node.programs[table][hook], hook, branch.counters))]
    done: list[Branch] = []
    while open_:
        branch, walk = open_.pop()
        alive: Branch | None = branch
        while alive is not None and (line := walk.line(branch.frame)) is not None:
            alive = _line(branch, walk, line, open_)
        if alive is not None:
            assert walk.result is not None
            passage.settle(branch.frame, walk.result)
            done.append(branch)
    return done


def _line(
    branch: Branch, walk: Walk, line: Line, open_: list[tuple[Branch, Walk]]
) -> Branch | None:
    """One rule.  Those that miss wait in ``open_`` when others match; ``None``: all wait."""
    for match in line.matches:
        hit, miss = _draw(branch, match) if match.RANDOM else _ask(branch, match)
        if not hit:
            return branch
        if miss is not None:
            open_.append((miss, _walk_of(walk, miss)))
    walk.apply(branch.frame, line)
    return branch


def _walk_of(walk: Walk, branch: Branch) -> Walk:
    """The walk of a branch that parted from another one."""
    twin = walk.fork()
    twin.counters = branch.counters
    return twin


def _ask(branch: Branch, match: Match) -> tuple[bool, Branch | None]:
    """Whether the branch goes on as one that matches, and the part of it that does not."""
    answer = match.columns(branch.frame)
    if not isinstance(answer, Ranges):
        return bool(answer), None
    src = branch.src
    assert isinstance(src, Somewhere)
    inside, outside = src.split(answer)
    if inside is None or outside is None:
        return inside is not None, None
    miss = branch.fork()
    branch.narrow(inside)
    miss.narrow(outside)
    return True, miss


def _draw(branch: Branch, match: Match) -> tuple[bool, Branch | None]:
    """The same for a draw: the first part of what is left of the word matches."""
    odds = match.odds(branch.frame)
    if odds in (0, CERTAIN):
        return odds == CERTAIN, None
    place = (branch.frame.table, branch.frame.chain)
    turn = branch.left.get(place, 0)
    low, high = branch.words.get((place, turn), (0, WHOLE))
    if high - low < SHORT:
        turn, low, high = turn + 1, 0, WHOLE
    border = split(low, high, odds)
    miss = branch.fork()
    for part, interval in ((branch, (low, border)), (miss, (border, high))):
        part.left[place], part.words[place, turn] = turn, interval
    return True, miss
