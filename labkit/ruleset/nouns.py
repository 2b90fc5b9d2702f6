"""Table > Chain > Rule: what a ruleset is made of, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from labkit.errors import UsageError
from labkit.xt.base import Match, Target
from labkit.xt.comment import Comment
from labkit.xt.ip import Header
from labkit.xt.standard import Jump

Key = tuple[str, str, int]
"""Names a rule: table, chain, number from 1.  Number 0 names the policy of the chain."""

Counts = Mapping[Key, tuple[int, int]]
"""Packets and bytes by key."""

BUILT_IN: dict[str, tuple[str, ...]] = {
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
    "raw": ("PREROUTING", "OUTPUT"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}
"""The tables in the order in which iptables-nft saves them, with their built-in chains."""


NO_HEADER = Header()


class NoSuchChain(UsageError, KeyError):
    """A table or chain was asked for that is not in the ruleset."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.  ``target`` is None when the rule only counts.

    ``text`` is the line as it was written (without counters) and ``line`` its number from 1
    in the source; both are no part of the value.  ``counters`` are (packets, bytes) when the
    text had them.
    """

    table: str
    chain: str
    number: int
    header: Header = NO_HEADER
    matches: tuple[Match, ...] = ()
    target: Target | None = None
    counters: tuple[int, int] | None = None
    text: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> Key:
        """What names the rule in counters and memories."""
        return self.table, self.chain, self.number

    @property
    def comment(self) -> str:
        """The text of ``-m comment`` (the first one), or nothing."""
        for match in self.matches:
            if isinstance(match, Comment):
                return match.text
        return ""

    @property
    def service(self) -> str:
        """The Service that the comment names: its first word, when it looks like ns/name."""
        word = self.comment.partition(" ")[0]
        return word if "/" in word else ""

    @property
    def canonical(self) -> str:
        """The rule as iptables-save 1.8.9 prints it."""
        parts = [f"-A {self.chain}", self.header.words()]
        for match in self.matches:
            parts.append(f"-m {match.NAME} {match.words()}".rstrip())
        target = self.target
        if isinstance(target, Jump):
            parts.append(f"-{'g' if target.goto else 'j'} {target.chain}")
        elif target is not None:
            parts.append(f"-j {target.NAME} {target.words()}".rstrip())
        return " ".join(filter(None, parts))

    def __str__(self) -> str:
        return self.text or self.canonical


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain: a sequence of rules.  ``policy`` is empty for a chain of the user's own."""

    table: str
    name: str
    policy: str = ""
    counters: tuple[int, int] = (0, 0)
    rules: tuple[Rule, ...] = ()

    def __len__(self) -> int:
        return len(self.rules)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __getitem__(self, index: int) -> Rule:
        return self.rules[index]

    def __str__(self) -> str:
        return "\n".join(str(rule) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Table(Mapping[str, Chain]):
    """A table: its chains by name, in the order of the text."""

    name: str
    chains: dict[str, Chain]

    def __getitem__(self, name: str) -> Chain:
        try:
            return self.chains[name]
        except KeyError:
            raise NoSuchChain(f"Table {self.name} has no chain {name!r}.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.chains)

    def __len__(self) -> int:
        return len(self.chains)
