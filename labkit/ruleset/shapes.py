"""Lines of one shape: read once in full, then filled in.

A cluster's rules are some ten shapes, ten thousand times each.  ``split_line`` takes out of
a line what differs from one rule to the next (addresses, ports, comments, chains); what is
left is its shape.  The first line of a shape goes through ``RuleReader``, which also says
which option took which word; the next ones only read those words anew.  A line that cannot
be filled in goes to ``RuleReader`` as well, so there is one place that says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from labkit.errors import LabkitError
from labkit.ruleset.nouns import NO_HEADER
from labkit.ruleset.rule import KERNEL_TARGETS, Draft, Loaded, RuleReader
from labkit.ruleset.words import split
from labkit.xt.base import Extension, Flag, Given, Match, Options, Target
from labkit.xt.ip import Header
from labkit.xt.registry import TARGETS
from labkit.xt.standard import Jump
from labkit.xt.statistic import Nth

_NO_CHAIN = "|".join(sorted({*TARGETS, *KERNEL_TARGETS}))
FREE = re.compile(
    rf" (-[sd]|--comment|--[sd]port|--to-destination|--probability|--name|"
    rf"-[jg](?! (?:{_NO_CHAIN})(?: |$))) "
    r'((?<=t )"(?:[^"\\\0]++|\\[^\0])*+"|[^\s"\0,]+)(?= |$)'
)
"""An option and a word that differs.  Only ``--comment`` (and ports) may be quoted: behind
another quote, or with a comma in an address, the shape would not tell the meaning."""

PLAIN = re.compile(r"[!#-~ ]*")
"""Between such words a shape may hold printable ASCII without a double quote."""

MOST = 1000
"""Shapes that are remembered; a text with more is read line by line."""

Key = tuple[str, ...]
Filled = tuple[Header, tuple[Match, ...], Target | None]


@dataclass(slots=True)
class Part:
    """One match, target or header of a shape, of which some words differ.

    ``slots`` are (flag, negated, which of the words); ``made`` holds what was built before.
    """

    kind: type[Extension]
    given: dict[str, Given]
    slots: list[tuple[Flag, bool, int]]
    family: int
    proto: int
    key: Callable[[list[str]], Any] = field(init=False)
    made: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = itemgetter(*(slot[2] for slot in self.slots))

    def fill(self, words: list[str]) -> Any:
        """The extension with these words.  Raises ``ValueError`` or ``LabkitError``."""
        key = self.key(words)
        made = self.made.get(key)
        if made is None:
            made = self.made[key] = self._build(words)
        return made

    def _build(self, words: list[str]) -> Extension:
        given = dict(self.given)
        for flag, negated, at in self.slots:
            assert flag.read is not None
            word = words[at]
            text = split(word)[0] if word[0] == '"' else word
            given[flag.name] = Given(flag.read(text), negated)
        made: Extension = self.kind.build(Options(given, self.family, self.proto))
        if isinstance(made, Header):
            for network in (made.src, made.dst):
                if network is not None and network.family != self.family:
                    raise ValueError("the address is of the other IP family")
        return made


@dataclass(slots=True)
class Shape:
    """What lines of one shape have in common; parts that never differ are there as values."""

    header: Header | Part
    matches: tuple[Match | Part, ...]
    target: Target | Part | None
    jump: tuple[int, bool] | None
    fixed: tuple[Match, ...] | None
    jumps: dict[str, Jump] = field(default_factory=dict)

    def fill(self, words: list[str]) -> Filled:
        """Header, matches and target.  Raises ``ValueError`` or ``LabkitError``."""
        header, matches, target = self.header, self.fixed, self.target
        if isinstance(header, Part):
            header = header.fill(words)
        if matches is None:
            matches = tuple([m.fill(words) if isinstance(m, Part) else m for m in self.matches])
        if self.jump is not None:
            target = self._jump(words[self.jump[0]], self.jump[1])
        elif isinstance(target, Part):
            target = target.fill(words)
        return header, matches, target

    def _jump(self, chain: str, goto: bool) -> Jump:
        made = self.jumps.get(chain)
        if made is None:
            made = self.jumps[chain] = Jump(chain, goto)
        return made


class Shapes:
    """The shapes seen so far in one table of one text."""

    __slots__ = ("family", "known")

    def __init__(self, family: int) -> None:
        self.family = family
        self.known: dict[Key, Shape | None] = {}

    def fill(self, key: Key, words: list[str]) -> Filled | None:
        """The rule of a line of a known shape; None when it must be read in full."""
        shape = self.known.get(key)
        if shape is None:
            return None
        try:
            return shape.fill(words)
        except (ValueError, LabkitError):
            return None

    def learn(self, key: Key, count: int, reader: RuleReader) -> None:
        """Remember the shape of a line that ``reader`` has just read."""
        if key not in self.known and len(self.known) < MOST:
            self.known[key] = _learn(key, count, reader)


def split_line(rest: str) -> tuple[Key, list[str]]:
    """What follows ``-A CHAIN`` as (shape, the words that differ)."""
    parts = FREE.split(rest)
    words = parts[2::3]
    del parts[2::3]
    return tuple(parts), words


def _learn(key: Key, count: int, reader: RuleReader) -> Shape | None:
    """The shape of a line, or None when its words may mean something else next time."""
    draft = reader.draft
    texts = key[::2]
    if (
        not all(map(PLAIN.fullmatch, texts))
        or any("=" in text for text in texts)
        or draft.counters is not None
        or len(draft.header) != 1
        or any(loaded.made.__class__ is Nth for loaded in draft.matches)
    ):
        return None
    places = _places(texts, count)
    if not places <= reader.taken.keys():
        return None
    numbers = {place: i for i, place in enumerate(sorted(places))}
    slots: dict[int, list[tuple[Flag, bool, int]]] = {}
    jump = None
    for place, number in numbers.items():
        loaded, flag = reader.taken[place]
        if flag is None:
            assert draft.jump is not None
            jump = number, draft.jump.goto
        else:
            owner = draft.header[0] if loaded is None else loaded
            slots.setdefault(id(owner), []).append((flag, owner.given[flag.name].negated, number))
    return _shape(draft, slots, jump, reader)


def _shape(
    draft: Draft,
    slots: dict[int, list[tuple[Flag, bool, int]]],
    jump: tuple[int, bool] | None,
    reader: RuleReader,
) -> Shape:
    """Parts where words differ, values elsewhere."""

    def part(loaded: Loaded) -> Any:
        mine = slots.get(id(loaded))
        if mine is None:
            return loaded.made
        return Part(loaded.kind, loaded.given, mine, reader.family, reader.proto)

    matches = tuple(part(loaded) for loaded in draft.matches)
    fixed = None if any(isinstance(match, Part) for match in matches) else matches
    header = part(draft.header[0])
    target = part(draft.target) if draft.target else draft.jump
    return Shape(NO_HEADER if header == NO_HEADER else header, matches, target, jump, fixed)


def _places(texts: Key, count: int) -> set[int]:
    """Where in the line's words those stand that differ."""
    places, at = set(), 0
    for text in texts[:count]:
        at += len(text.split()) + 1
        places.add(at)
        at += 1
    return places
