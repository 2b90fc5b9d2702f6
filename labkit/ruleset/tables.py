"""A set of rules as a value: Ruleset > Table > Chain > Rule.

``Ruleset.parse`` reads what iptables-save writes or iptables-restore takes; ``render`` and
``canonical`` write it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from labkit.ruleset.canonical import canonical as as_saved
from labkit.ruleset.nouns import BUILT_IN, Chain, Counts, Key, NoSuchChain, Rule, Table
from labkit.ruleset.parse import KnownLines, read
from labkit.ruleset.render import render as as_text


@dataclass(frozen=True, slots=True)
class Ruleset(Mapping[str, Table]):
    """All tables of one IP family by name.  ``source`` says where the text came from."""

    tables: dict[str, Table]
    family: int = 4
    source: str = field(default="", compare=False)

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        source: str = "",
        family: int | None = None,
        known: KnownLines | None = None,
    ) -> Ruleset:
        """Read iptables-save or iptables-restore text.

        Without ``family`` (4 or 6) the addresses tell.  Who reads one text after another passes
        the same ``known`` each time: lines that were there before are not read again.
        Raises ``RulesError`` with line and word; ``UnsupportedExtension`` for a match, target
        or option that is not known.
        """
        tables, seen = read(text, source=source, family=family, known=known)
        return cls(tables, seen, source)

    def restore(self, text: str, *, noflush: bool = True, source: str = "") -> Ruleset:
        """What stands after ``iptables-restore [--noflush]`` took the text."""
        tables, family = read(
            text, source=source, family=self.family, base=self.tables, noflush=noflush
        )
        return Ruleset(tables, family, source or self.source)

    def render(self, counters: Counts | None = None) -> str:
        """Text for iptables-restore, chains in their order.

        With ``counters`` it is what ``iptables-save -c`` would print (see ``canonical``).
        """
        return as_text(self) if counters is None else as_saved(self, counters)

    def canonical(
        self, counters: Counts | None = None, *, zero: bool = False, backend: str = ""
    ) -> str:
        """What iptables-save 1.8.9 prints after loading this, without its comment lines.

        Counters stand as the text had them; ``counters`` puts others in their place (as
        ``iptables-save -c``), ``zero`` none at all.  With ``backend`` (``nft`` or ``legacy``)
        also what only that one prints so.
        """
        return as_saved(self, counters, zero, backend)

    def rules(self) -> Iterator[Rule]:
        """Every rule of every table."""
        for table in self.tables.values():
            for chain in table.chains.values():
                yield from chain.rules

    def __getitem__(self, name: str) -> Table:
        try:
            return self.tables[name]
        except KeyError:
            raise NoSuchChain(f"The ruleset has no table {name!r}.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def __str__(self) -> str:
        return self.render()


__all__ = [
    "BUILT_IN", "Chain", "Counts", "Key", "KnownLines", "NoSuchChain", "Rule", "Ruleset", "Table"
]  # fmt: skip
