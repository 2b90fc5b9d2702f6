"""A table made ready for walking: chains as blocks of lines, jumps resolved.

Tests that cannot fail (a comment, a bare ``-m tcp``) are left out, names are looked up once.
The meaning stays in the extensions: a line only holds their bound methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from labkit.model import address
from labkit.model.ipset import IpSet
from labkit.ruleset.canonical import ordered
from labkit.ruleset.nouns import NO_HEADER
from labkit.ruleset.tables import Chain, Key, Rule, Ruleset, Table
from labkit.xt.base import GOTO, JUMP, Match, Result, Target
from labkit.xt.comment import Comment
from labkit.xt.frame import Frame
from labkit.xt.ip import Header
from labkit.xt.recent import Recent
from labkit.xt.set import Set
from labkit.xt.standard import Jump

Lists = Mapping[str, tuple[str, bool]]
"""List of ``-m recent`` -> its mask, whether its entries are told apart by TTL."""


@dataclass(slots=True, eq=False)
class Line:
    """One rule: ``tests`` all have to say yes, then ``target`` acts.  ``block`` is where a
    jump leads to; ``leads`` says whether by jump or by goto; ``draw`` is the test that chance
    decides, if there is one."""

    rule: Rule
    key: Key
    tests: tuple[Callable[[Frame], bool], ...]
    matches: tuple[Match, ...]
    target: Target | None
    block: Block | None = None
    draw: Callable[[Frame], bool] | None = None
    leads: Result | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the lines of a table are made with: the blocks by name, lists, sets."""

    blocks: dict[str, Block]
    lists: Lists
    sets: Mapping[str, IpSet]


class Block:
    """One chain; ``policy`` is empty for a chain of the user's own.

    Its lines are made when the first packet comes by: of the thousands of chains of a cluster
    most are never walked before the rules change again.
    """

    def __init__(self, chain: Chain, known: Known) -> None:
        self.table, self.name, self.policy = chain.table, chain.name, chain.policy
        self.key: Key = (chain.table, chain.name, 0)
        self.long = len(chain.rules) >= LONG
        self._rules, self._known = chain.rules, known

    @cached_property
    def lines(self) -> list[Line]:
        """One for each rule."""
        return [_line(rule, self._known) for rule in self._rules]

    @cached_property
    def runs(self) -> list[Run]:
        """The index of a long chain."""
        return _runs(self._rules) if self.long else []

    def skip(self, at: int, dst: int) -> int:
        """The place of the next line that a packet to ``dst`` may match."""
        for run in self.runs:
            if run.start <= at < run.end:
                return next((place for place in run.places.get(dst, ()) if place >= at), run.end)
        return at


@dataclass(slots=True, eq=False)
class Run:
    """Many lines in a row that each ask for one destination (KUBE-SERVICES): where each stands."""

    start: int
    end: int
    places: dict[int, list[int]]


LONG = 16
"""So many lines in a row are worth an index."""


def in_order_of_loading(rules: Ruleset, backend: str) -> Iterator[Rule]:
    """The rules as the kernel takes them in: nft line by line, legacy chain by chain."""
    for table in rules.tables.values():
        if backend == "legacy":
            for chain in ordered(table):
                yield from chain.rules
        else:
            found = [rule for chain in table.chains.values() for rule in chain.rules]
            yield from sorted(found, key=lambda rule: rule.line)


def recent_lists(rules: Iterable[Rule]) -> dict[str, tuple[str, bool]]:
    """Of each list of ``-m recent`` its mask, and whether a rule asks for the TTL.

    The mask is that of the first rule that names the list: later ones find the list made, and
    its mask with it (recent_mt_check in xt_recent.c).
    """
    lists: dict[str, tuple[str, bool]] = {}
    for rule in rules:
        for match in rule.matches:
            if isinstance(match, Recent):
                mask, by_ttl = lists.get(match.name, (match.mask, False))
                lists[match.name] = mask, by_ttl or match.rttl
    return lists


def program(
    table: Table,
    lists: Lists | None = None,
    sets: Mapping[str, IpSet] | None = None,
) -> dict[str, Block]:
    """The blocks of a table by name.  Jumps into nowhere were refused before (check.py)."""
    known = Known({}, lists or {}, sets or {})
    known.blocks.update((name, Block(chain, known)) for name, chain in table.chains.items())
    return known.blocks


def _runs(rules: tuple[Rule, ...]) -> list[Run]:
    """The index of a chain; its other lines stay as they are."""
    runs = [Run(0, 0, {})]
    for at, rule in enumerate(rules):
        dst = rule.header.dst
        if dst is None or dst.negated or dst.mask.bit_count() < address.BITS[dst.family]:
            continue
        if runs[-1].end != at:
            runs.append(Run(at, at, {}))
        runs[-1].end = at + 1
        runs[-1].places.setdefault(dst.network, []).append(at)
    return [run for run in runs if run.end - run.start >= LONG]


def _line(rule: Rule, known: Known) -> Line:
    wanted: tuple[Match, ...] = (rule.header, *rule.matches)
    needed = tuple(_ready(match, known) for match in wanted if not _always(match))
    target = rule.target
    block = known.blocks[target.chain] if isinstance(target, Jump) else None
    tests = tuple(match.matches for match in needed)
    draws = (test for test, match in zip(tests, needed, strict=True) if match.RANDOM)
    leads = (GOTO if target.goto else JUMP) if isinstance(target, Jump) else None
    return Line(rule, rule.key, tests, needed, target, block, next(draws, None), leads)


def _ready(match: Match, known: Known) -> Match:
    """The match as the kernel holds it."""
    if isinstance(match, Recent):
        mask, by_ttl = known.lists.get(match.name, (match.mask, match.rttl))
        return replace(match, mask=mask, by_ttl=by_ttl)
    if isinstance(match, Set):
        return replace(match, held=known.sets.get(match.named.name))
    return match


def _always(match: Match) -> bool:
    """Whether it can be seen beforehand that the match is always true."""
    if isinstance(match, Comment) or (isinstance(match, Header) and match == NO_HEADER):
        return True
    return match.NAME in ("tcp", "udp", "sctp") and not match.words()
