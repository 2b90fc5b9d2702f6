"""-m set: whether the packet is in an ipset (xt_set.c, ip_set_core.c).

A rule names its set; what is in it comes with the node (``Node(..., sets=IpSets.parse(...))``),
which hands it to the match when the rules are made ready.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from labkit.errors import BatchUnsupported
from labkit.model.ipset import Hit, IpSet
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import unsigned

SIDES = 6
"""At most so many of src and dst in one rule (IPSET_DIM_MAX)."""

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "eq": lambda have, limit: have == limit,
    "lt": lambda have, limit: have < limit,
    "gt": lambda have, limit: have > limit,
}
COUNTED = tuple(f"--{what}-{how}" for what in ("packets", "bytes") for how in COMPARE)
SWITCHES = ("--return-nomatch", "--update-counters", "--update-subcounters")
WIDE = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Named:
    """``NAME src,dst``: a set, and from which side each part of the key is taken."""

    name: str
    sides: tuple[str, ...]


def read_named(text: str) -> Named:
    """The two words behind ``--match-set``."""
    name, _, sides = text.partition(" ")
    words = tuple(sides.split(","))
    if not 0 < len(name) < 32:
        raise ValueError("the name of a set has 1 to 31 characters")
    if len(words) > SIDES or not set(words) <= {"src", "dst"}:
        raise ValueError(f"{sides!r} is no list of src and dst, at most {SIDES} of them")
    return Named(name, words)


@dataclass(frozen=True, slots=True)
class Counted:
    """``! --packets-eq 5``: what the counter of the entry must be."""

    flag: str
    limit: int
    negated: bool = False

    def words(self) -> str:
        """As iptables-save writes it."""
        return f"{negation(self.negated)}{self.flag} {self.limit}"

    def holds(self, counts: tuple[int, int]) -> bool:
        """Whether (packets, bytes) fulfil it."""
        have = counts[0 if self.flag.startswith("--packets") else 1]
        return COMPARE[self.flag[-2:]](have, self.limit) is not self.negated


@dataclass(frozen=True, slots=True)
class Set(Match):
    """``held`` is the set itself; without it (no node has handed it over) nothing matches."""

    NAME: ClassVar[str] = "set"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--match-set", read_named, negatable=True, required=True, more=1, aliases=("--set",)),
        Flag("--return-nomatch"),
        Flag("--update-counters", negatable=True),
        Flag("--update-subcounters", negatable=True),
        *(Flag(flag, unsigned(0, WIDE), negatable=flag.endswith("eq")) for flag in COUNTED),
    )
    named: Named
    negated: bool = False
    return_nomatch: bool = False
    still: bool = False
    still_below: bool = False
    counted: tuple[Counted, ...] = ()
    held: IpSet | None = field(default=None, compare=False, repr=False)

    @classmethod
    def build(cls, options: Options) -> Set:
        if "--match-set" not in options:
            raise ValueError("-m set needs --match-set with a name and src or dst")
        counted = tuple(
            Counted(flag, options.need(flag, int), options.negated(flag))
            for flag in COUNTED
            if flag in options
        )
        for what in ("--packets", "--bytes"):
            if sum(one.flag.startswith(what) for one in counted) > 1:
                raise ValueError(f"only one of {what}-eq, {what}-lt, {what}-gt may be written")
        made = CountedSet if counted else cls
        return made(
            options.need("--match-set", Named),
            options.negated("--match-set"),
            "--return-nomatch" in options,
            options.negated("--update-counters"),
            options.negated("--update-subcounters"),
            counted,
        )

    @property
    def reads_sport(self) -> bool:
        return "src" in self.named.sides

    def words(self) -> str:
        named = self.named
        parts = [
            f"{negation(self.negated)}--match-set {named.name} {','.join(named.sides)}",
            "--return-nomatch" if self.return_nomatch else "",
            "! --update-counters" if self.still else "",
            "! --update-subcounters" if self.still_below else "",
            *(one.words() for one in self.counted),
        ]
        return " ".join(filter(None, parts))

    def matches(self, frame: Frame) -> bool:
        found = self.held is not None and self._inside(self.held, frame, self.counted, self.still)
        return found is not self.negated

    def _inside(self, one: IpSet, frame: Frame, counted: tuple[Counted, ...], still: bool) -> bool:
        """ip_set_test: a set, or the members of a list until one holds the packet."""
        if one.kind == "list:set":
            below = still or self.still_below
            return one.fits(frame, self.named.sides) and any(
                self._counts(one, Hit((member.name,)), frame, counted, still)
                for member in one.members
                if self._inside(member, frame, (), below)
            )
        hits: Iterator[Hit] = one.hits(frame, self.named.sides)
        first = next((hit for hit in hits if self._counts(one, hit, frame, counted, still)), None)
        if first is None:
            return False
        turned = self.return_nomatch and "net" in one.parts
        return first.against is turned

    def _counts(
        self, one: IpSet, hit: Hit, frame: Frame, counted: tuple[Counted, ...], still: bool
    ) -> bool:
        """The counters of an entry: count the packet, and whether they are as asked for."""
        if not one.counters:
            return True
        key = ("set", one.name, hit.key)
        now = frame.memory.read(key, one.counts.get(hit.key, (0, 0)))
        if not still:
            now = now[0] + 1, now[1] + frame.length
            frame.memory.write(key, now)
        return all(test.holds(now) for test in counted)

    def columns(self, columns: Any) -> Any:
        """Each different packet is looked up once."""
        looked = [name for name in self._looked_at() if hasattr(getattr(columns, name), "dtype")]
        if not looked:
            return self.matches(columns)
        import numpy as np

        rows = np.stack([getattr(columns, name) for name in looked], axis=1)
        kinds, where = np.unique(rows, axis=0, return_inverse=True)
        one = columns.fork()
        answers = np.zeros(len(kinds), bool)
        for i, kind in enumerate(kinds.tolist()):
            for name, value in zip(looked, kind, strict=True):
                setattr(one, name, value)
            answers[i] = self.matches(one)
        return answers[where.reshape(-1)]

    def _looked_at(self) -> Iterator[str]:
        """The columns that the key is made of."""
        for side in ("src", "dst"):
            if side in self.named.sides:
                yield side
                yield f"{side[0]}port"


@dataclass(frozen=True, slots=True)
class CountedSet(Set):
    """One that asks for the counters of entries, which packets change."""

    STATEFUL: ClassVar[bool] = True

    def columns(self, columns: Any) -> Any:
        raise BatchUnsupported(
            "-m set with counters depends on the order of packets.", "Use trace or outcomes."
        )
