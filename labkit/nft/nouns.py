"""Tables, chains, sets, maps and rules of nftables as values.

A rule keeps its text as it was written; what it means stands in ``statements``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from labkit.nft.fields import Field

Span = tuple[int, int]
"""Lowest and highest number that fits; an interface is its name in place of the lowest."""

Key = tuple[Span | str, ...]
"""One span for each field of a concatenation; a text stands for an interface's name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``accept``, ``drop``, ``return``, ``continue``, or ``jump``/``goto`` with a chain."""

    kind: str
    chain: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.chain}".rstrip()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set or map; ``value`` is a verdict, or the numbers of a map."""

    key: Key
    value: Verdict | tuple[int, ...] | None = None
    comment: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Elements:
    """An anonymous set or map (``name`` empty), or the name of one of the table."""

    name: str = ""
    items: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Draw:
    """``numgen random mod N``: a number from 0 to N-1."""

    mod: int


Look = tuple[Field, ...] | Draw
"""What a look-up is made with."""


@dataclass(frozen=True, slots=True)
class Match:
    """The fields fit one of the elements (or, ``negated``, none of them).

    ``mask`` is for marks: the field is and-ed with it before it is compared.
    """

    fields: tuple[Field, ...]
    among: Elements
    negated: bool = False
    mask: int | None = None


@dataclass(frozen=True, slots=True)
class VerdictMap:
    """``vmap``: the verdict of the element that fits; none fits, the rule does not match."""

    look: Look
    among: Elements


@dataclass(frozen=True, slots=True)
class Nat:
    """``dnat``/``snat`` to one address and port, or to the one that a map gives."""

    kind: str
    family: int
    address: int | None = None
    port: int = 0
    look: Look | None = None
    among: Elements = Elements()
    random: bool = False
    random_fully: bool = False


@dataclass(frozen=True, slots=True)
class Masquerade:
    """``masquerade``, perhaps with random source ports."""

    random: bool = False
    random_fully: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """``reject``; ``kind`` is named as iptables names it, empty for the default."""

    kind: str = ""


@dataclass(frozen=True, slots=True)
class SetMark:
    """``meta mark set``: the mark is and-ed with ``keep``, then or-ed and xor-ed."""

    keep: int
    turn_on: int
    flip: int


@dataclass(frozen=True, slots=True)
class Counter:
    """``counter packets N bytes M``."""

    packets: int = 0
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Update:
    """``update @set { ip saddr }`` (``add``: an element that is there keeps its time)."""

    name: str
    fields: tuple[Field, ...]
    timeout: float | None = None
    refresh: bool = True


Statement = Match | VerdictMap | Nat | Masquerade | Reject | SetMark | Counter | Update | Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``number`` counts from 1 in its chain, ``line`` in the text."""

    table: str
    chain: str
    number: int
    text: str
    statements: tuple[Statement, ...] = field(compare=False)
    comment: str = ""
    line: int = field(default=0, compare=False)

    @property
    def key(self) -> tuple[str, str, int]:
        """Under this the rule is counted."""
        return self.table, self.chain, self.number

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the kernel calls a base chain."""

    type: str
    hook: str
    priority: int
    policy: str = "accept"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain; ``hook`` is None for one that is jumped to."""

    name: str
    rules: tuple[Rule, ...] = ()
    hook: Hook | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Set:
    """A set, or a map (``value`` is the type of its values).

    ``timeout`` in seconds is None when elements live for ever; ``size`` is 0 without limit.
    """

    name: str
    key: tuple[str, ...]
    value: str = ""
    flags: tuple[str, ...] = ()
    timeout: float | None = None
    size: int = 0
    comment: str = ""
    elements: tuple[Element, ...] = ()
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is the full one, ``ip kube-proxy``."""

    name: str
    sets: Mapping[str, Set] = field(default_factory=dict)
    chains: Mapping[str, Chain] = field(default_factory=dict)
    comment: str = ""

    @property
    def family(self) -> str:
        """``ip``, ``ip6`` or ``inet``."""
        return self.name.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class NftRuleset:
    """All tables in the order of the text."""

    tables: Mapping[str, Table]
    source: str = ""

    def rules(self) -> Iterator[Rule]:
        """All rules in the order of the text."""
        for table in self.tables.values():
            for chain in table.chains.values():
                yield from chain.rules
