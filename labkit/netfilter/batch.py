"""NumPy mode: the first packets of many connections at once.

Connections that have the same fate so far travel as one group.  A group is a frame whose
numbers may be arrays, one element for each connection; a rule that only some match divides
it.  Random rules look at the same words as the walker (draws.py), so connection ``i`` meets
the same choices as ``trace(..., ordinal=i)``.  Each connection is alone: no port is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.errors import BatchUnsupported, UsageError
from labkit.model import address
from labkit.model.packet import Packet
from labkit.model.trace import Outcome, Verdict
from labkit.netfilter.batchpassage import BatchPassage, is_array
from labkit.netfilter.draws import GOLDEN, SHORT, WHOLE, Place, split, stream
from labkit.netfilter.entry import Entry
from labkit.netfilter.guidetable import GuideTable, ids_of
from labkit.netfilter.host import Host
from labkit.netfilter.leaves import leaves
from labkit.netfilter.passage import Passage
from labkit.netfilter.program import Line
from labkit.netfilter.somewhere import NotSymbolic, Somewhere
from labkit.netfilter.stages import Stage
from labkit.netfilter.state import Counters, NodeState
from labkit.netfilter.tally import tally
from labkit.netfilter.walk import Walk
from labkit.xt.base import CERTAIN
from labkit.xt.frame import Frame

Words = NDArray[np.uint64]
COLUMNS = ("src", "dst", "sport", "dport", "mark")
CHUNK = 1 << 15
"""Words made at once: they stay in the cache."""

MOST_GROUPS = 1 << 17
MOST_ADDRESSES = 1 << 12
FEW = 6
"""Up to so many borders, comparing with each is faster than a table."""


@dataclass(frozen=True, slots=True)
class PacketBatch:
    """``size`` connections that begin with ``packet``, but for the columns that are given.

    ``columns`` maps any of src, dst, sport, dport, mark to an array of ``size`` numbers
    (addresses as integers).  IPv6 addresses do not fit into a column.
    """

    packet: Packet
    size: int
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.size < 0:
            raise UsageError(f"{self.size} is not a number of connections.")
        for name, column in self.columns.items():
            if name not in COLUMNS:
                raise UsageError(f"{name!r} is no column.", f"Columns: {', '.join(COLUMNS)}.")
            if len(column) != self.size:
                raise UsageError(f"Column {name} has {len(column)} elements, not {self.size}.")
            if name in ("src", "dst") and ":" in self.packet.src:
                raise BatchUnsupported("IPv6 addresses do not fit into a column.")


@dataclass(frozen=True, slots=True)
class Simulation:
    """What became of the connections: how many had each outcome, what each rule counted.

    The outcomes are those of exact mode without their probabilities; a source that differs
    within one outcome is shown empty.
    """

    size: int
    outcomes: tuple[tuple[Outcome, int], ...]
    counters: Counters

    @property
    def by_label(self) -> dict[str, int]:
        """Label -> connections."""
        return self._sums(lambda o: o.label)

    @property
    def by_destination(self) -> dict[str, int]:
        """Destination of what is accepted -> connections."""
        return self._sums(lambda o: o.destination if o.verdict is Verdict.ACCEPTED else "")

    def _sums(self, key: Callable[[Outcome], str]) -> dict[str, int]:
        sums: dict[str, int] = {}
        for outcome, count in self.outcomes:
            if key(outcome):
                sums[key(outcome)] = sums.get(key(outcome), 0) + count
        return sums


def simulate(node: Host, batch: PacketBatch, stages: tuple[Stage, ...], seed: int) -> Simulation:
    """All connections to their end.

    Where only sources differ, the ways are found first and the connections counted then;
    otherwise the connections themselves are divided at each rule.
    """
    if "src" in batch.columns and set(batch.columns) <= {"src", "sport"}:
        try:
            return by_leaves(node, batch, stages, seed)
        except (NotSymbolic, BatchUnsupported):
            pass  # the other way can do more, and says what it cannot do
    return by_groups(node, batch, stages, seed)


def by_leaves(node: Host, batch: PacketBatch, stages: tuple[Stage, ...], seed: int) -> Simulation:
    """Every way with its condition, then how many connections fulfil each (see tally.py)."""
    passage = BatchPassage(node, NodeState())
    frame = passage.begin(batch.packet, stages)
    if "sport" in batch.columns and node.reads_sport:
        raise NotSymbolic
    column = batch.columns.get("src")
    if column is not None:
        frame.src = Somewhere()  # type: ignore[assignment]
        column = np.asarray(column).astype(np.uint32, copy=False)
    found = leaves(passage, frame)
    ends: dict[Outcome, int] = {}
    counters = Counters()
    for leaf, count in zip(found, tally(found, column, batch.size, seed), strict=True):
        if count:
            end = _end(leaf.frame)
            ends[end] = ends.get(end, 0) + count
            counters.include(leaf.counters, count)
    return Simulation(batch.size, _ranked(ends), counters)


def _ranked(ends: dict[Outcome, int]) -> tuple[tuple[Outcome, int], ...]:
    ranked = sorted(ends.items(), key=lambda item: (item[0].verdict.value, item[0].destination))
    return tuple(ranked)


def by_groups(node: Host, batch: PacketBatch, stages: tuple[Stage, ...], seed: int) -> Simulation:
    """Connections with one history travel as one group."""
    passage = BatchPassage(node, NodeState())
    frame = passage.begin(batch.packet, stages)
    for name, column in batch.columns.items():
        if name != "sport" or node.reads_sport:
            setattr(frame, name, np.asarray(column).astype(np.int64))
    frame.count = batch.size
    waiting = [Group(frame, seed)]
    ends: dict[Outcome, int] = {}
    while waiting and batch.size:
        group = waiting.pop()
        while group.frame.verdict is None:
            assert group.frame.path is not None
            stage = group.frame.path.pop()
            if stage[0] == "table":
                groups = through(passage, group, stage)
            elif stage[0] in ("route", "routeout", "recheck", "reroute"):
                groups = group.by_destination()
                for one in groups:
                    passage.do(one.frame, stage)
            else:
                groups = [group]
                passage.do(group.frame, stage)
            group = groups[0]
            waiting.extend(groups[1:])
            if len(waiting) > MOST_GROUPS:
                raise BatchUnsupported("The rules divide the connections too often.")
        end = _end(group.frame)
        ends[end] = ends.get(end, 0) + group.frame.count
    return Simulation(batch.size, _ranked(ends), passage.state.counters)


def _same(members: NDArray[np.int64]) -> NDArray[np.int64]:
    return members


class Group:
    """Connections with one history: a frame, their ordinals, what is left of the draws."""

    __slots__ = ("frame", "seed", "_ordinals", "left")

    def __init__(
        self,
        frame: Frame,
        seed: int,
        ordinals: NDArray[np.int64] | Callable[[], NDArray[np.int64]] | None = None,
        left: dict[Place, tuple[int, int, int]] | None = None,
    ) -> None:
        self.frame = frame
        self.seed = seed
        self._ordinals = ordinals
        self.left = left if left is not None else {}

    @property
    def ordinals(self) -> NDArray[np.int64] | None:
        """The numbers of the connections, or None when it is all of them from 0."""
        if callable(self._ordinals):
            self._ordinals = self._ordinals()
        return self._ordinals

    def arrays(self) -> list[str]:
        """The columns that differ within the group."""
        return [name for name in COLUMNS if is_array(getattr(self.frame, name))]

    def part(self, count: int, members: Callable[[], NDArray[np.int64]]) -> Group:
        """Some of the connections; ``members`` gives their places within this group."""
        frame = self.frame.fork()
        frame.count = count
        for name in self.arrays():
            setattr(frame, name, getattr(self.frame, name)[members()])
        if frame.ct is not None:
            _narrow(frame.ct, members)
        parent = self

        def ordinals() -> NDArray[np.int64]:
            mine = parent.ordinals
            return members() if mine is None else mine[members()]

        return Group(frame, self.seed, ordinals, dict(self.left))

    def divide(self, mask: NDArray[np.bool_]) -> tuple[Group | None, Group | None]:
        """Those for which the mask is true, and the others."""
        hits = int(np.count_nonzero(mask))
        if hits == len(mask):
            return self, None
        if hits == 0:
            return None, self
        yes, no = np.flatnonzero(mask), np.flatnonzero(~mask)
        return self.part(hits, lambda: yes), self.part(len(mask) - hits, lambda: no)

    def by_destination(self) -> list[Group]:
        """One group for each destination, since routing looks at one address."""
        if not is_array(self.frame.dst):
            return [self]
        values, where = np.unique(self.frame.dst, return_inverse=True)
        if len(values) > MOST_ADDRESSES:
            raise BatchUnsupported(
                f"More than {MOST_ADDRESSES} destinations reach the routing decision.",
                "Simulate them in parts.",
            )
        groups = []
        for i, value in enumerate(values):
            members = np.flatnonzero(where == i)
            group = self.part(len(members), partial(_same, members))
            group.frame.dst = int(value)
            groups.append(group)
        return groups

    def words(self, place: Place, turn: int) -> Iterator[Words]:
        """The words of the connections, a chunk at a time."""
        start = np.uint64(stream(self.seed, place, turn))
        ordinals = self.ordinals
        for low in range(0, self.frame.count, CHUNK):
            high = min(low + CHUNK, self.frame.count)
            if ordinals is None:
                numbers = np.arange(low, high, dtype=np.uint64)
            else:
                numbers = ordinals[low:high].astype(np.uint64)
            yield _mix(numbers, start)


def _narrow(entry: Entry, members: Callable[[], NDArray[np.int64]]) -> None:
    """Keep the arrays within a connection's flows as long as the group is."""
    for name in ("flow", "answer"):
        flow = getattr(entry, name)
        if any(isinstance(value, np.ndarray) for value in flow):
            setattr(
                entry,
                name,
                tuple(
                    value[members()] if isinstance(value, np.ndarray) else value for value in flow
                ),
            )


def _mix(numbers: Words, start: np.uint64) -> Words:
    """draws.mix for an array; overwrites it."""
    numbers *= np.uint64(GOLDEN)
    numbers += start
    other = numbers >> np.uint64(30)
    numbers ^= other
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(numbers, np.uint64(27), out=other)
    numbers ^= other
    numbers *= np.uint64(0x94D049BB133111EB)
    np.right_shift(numbers, np.uint64(31), out=other)
    numbers ^= other
    return numbers


def through(passage: Passage, group: Group, stage: Stage) -> list[Group]:
    """One table: the groups that come out of it."""
    _, table, hook = stage
    base = passage.node.programs[table][hook]
    group.frame.hook, group.frame.table, group.frame.chain = hook, table, hook
    open_ = [(group, Walk(base, hook, passage.state.counters))]
    done: list[Group] = []
    while open_:
        group, walk = open_.pop()
        while (line := walk.line(group.frame)) is not None:
            pairs = _line(group, walk, line)
            if not pairs:
                break
            (group, walk), *others = pairs
            open_.extend(others)
        else:
            assert walk.result is not None
            passage.settle(group.frame, walk.result)
            done.append(group)
    return done


def _line(group: Group, walk: Walk, line: Line) -> list[tuple[Group, Walk]]:
    """One rule, or a run of purely random ones: the groups that go on, each with its walk."""
    if len(line.matches) == 1 and line.matches[0].RANDOM:
        return _run_of_draws(group, walk, line)
    missed: list[tuple[Group, Walk]] = []
    hit: Group | None = group
    for match in line.matches:
        assert hit is not None
        if match.RANDOM:
            hit, miss = _draw(hit, match.odds(hit.frame))
        else:
            answer = match.columns(hit.frame)
            if isinstance(answer, np.ndarray):
                hit, miss = hit.divide(answer)
            else:
                hit, miss = (hit, None) if answer else (None, hit)
        if miss is not None:
            missed.append((miss, walk if hit is None and not missed else walk.fork()))
        if hit is None:
            return missed
    assert hit is not None
    if not missed:
        walk.apply(hit.frame, line)
        return [(hit, walk)]
    twin = walk.fork()
    twin.apply(hit.frame, line)
    return [(hit, twin), *missed]


def _draw(group: Group, odds: int) -> tuple[Group | None, Group | None]:
    """One random match among others."""
    if odds in (0, CERTAIN):
        return (group, None) if odds else (None, group)
    place = (group.frame.table, group.frame.chain)
    low, high, turn = _interval(group, place)
    border = split(low, high, odds)
    parts = _classify(group, place, turn, [border])
    for part, interval in zip(parts, ((low, border), (border, high)), strict=True):
        if part is not None:
            part.left[place] = (*interval, turn)
    return parts[0], parts[1]


def _interval(group: Group, place: Place) -> tuple[int, int, int]:
    """What is left of the chain's word; a short rest takes the next word."""
    low, high, turn = group.left.get(place, (0, WHOLE, 0))
    return (low, high, turn) if high - low >= SHORT else (0, WHOLE, turn + 1)


def _run_of_draws(group: Group, walk: Walk, line: Line) -> list[tuple[Group, Walk]]:
    """Consecutive rules that only draw: one look at the word tells which one it is."""
    place = (group.frame.table, group.frame.chain)
    low, high, turn = _interval(group, place)
    lines, borders, at = [line], [split(low, high, line.matches[0].odds(group.frame))], walk.at
    rest = walk.block.lines
    while at < len(rest) and len(rest[at].matches) == 1 and rest[at].matches[0].RANDOM:
        if high - borders[-1] < SHORT:
            break
        lines.append(rest[at])
        borders.append(split(borders[-1], high, rest[at].matches[0].odds(group.frame)))
        at += 1
    parts = _classify(group, place, turn, borders)
    made: list[tuple[Group, Walk]] = []
    edges = [low, *borders, high]
    for i, part in enumerate(parts):
        if part is None:
            continue
        twin = walk.fork()
        part.left[place] = edges[i], edges[i + 1], turn
        if i < len(lines):
            twin.at = walk.at + i
            part.frame.rule = lines[i].rule
            twin.apply(part.frame, lines[i])
        else:
            twin.at = at
        made.append((part, twin))
    return made


def _classify(group: Group, place: Place, turn: int, borders: list[int]) -> list[Group | None]:
    """Divide by where the word lies between the borders (len(borders) + 1 parts)."""
    edges = np.array([min(b, WHOLE - 1) for b in borders], dtype=np.uint64)
    counts = _counts(group, place, turn, edges)
    counts[-1] -= counts.sum() - group.frame.count
    found: list[NDArray[np.int64]] = []

    def members(part: int) -> NDArray[np.int64]:
        if not found:
            ids = [ids_of(words, edges) for words in group.words(place, turn)]
            order = np.argsort(np.concatenate(ids), kind="stable")
            found.extend(np.split(order, np.cumsum(counts)[:-1]))
        return found[part]

    return [
        group.part(int(count), partial(members, part)) if count else None
        for part, count in enumerate(counts)
    ]


def _counts(group: Group, place: Place, turn: int, edges: Words) -> NDArray[np.int64]:
    """How many words lie in each part."""
    counts = np.zeros(len(edges) + 1, dtype=np.int64)
    table = None if len(edges) <= FEW else GuideTable(edges)
    for words in group.words(place, turn):
        if table is not None:
            counts += np.bincount(table.ids(words), minlength=len(counts))
            continue
        below = [int(np.count_nonzero(words < edge)) for edge in edges]
        counts[:-1] += np.diff(below, prepend=0)
        counts[-1] += len(words) - below[-1]
    return counts


def _end(frame: Frame) -> Outcome:
    """Where the group ended, like outcomes._end, but for what differs within it."""
    goal = _host(frame.dst, frame.family)
    if not is_array(frame.dport) and frame.dport and goal:
        goal = f"[{goal}]:{frame.dport}" if ":" in goal else f"{goal}:{frame.dport}"
    source = _host(frame.src, frame.family)
    return Outcome(
        frame.verdict,
        goal,
        0,
        0,
        frame.reject_with,
        frame.masqueraded,
        frame.dnat,
        frame.local,
        source,
        "" if frame.local else frame.out_iface,
        frame.service,
    )


def _host(value: Any, family: int) -> str:
    return address.text(value, family) if isinstance(value, int) else ""


__all__ = ["PacketBatch", "Simulation", "simulate"]
