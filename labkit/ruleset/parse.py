"""iptables-save and iptables-restore text as a Ruleset.

Line by line: ``*table``, ``:CHAIN policy [packets:bytes]``, commands, ``COMMIT``.  Reads
what iptables-restore reads, Windows line ends and a byte order mark besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from labkit.errors import RulesError
from labkit.ruleset.nouns import BUILT_IN, Chain, Rule, Table
from labkit.ruleset.rule import RuleReader
from labkit.ruleset.shapes import Shapes, split_line
from labkit.ruleset.words import split
from labkit.xt.base import Target
from labkit.xt.ip import Header
from labkit.xt.standard import Jump

COUNTERS = re.compile(r"\[(\d{1,20}):(\d{1,20})\]")
V6_ADDRESS = re.compile(
    r"-(?<!\S-)(?:s|d|-source|-destination|-src|-dst)\s+[0-9a-fA-F]*:[0-9a-fA-F:]*"
)
V6_SIGNS = (
    "icmp6-",
    "ipv6-icmp",
    "--to-destination [",
    "--to-source [",
    "ffff:ffff:ffff",
)
HOOKS = frozenset(name for names in BUILT_IN.values() for name in names)
VERDICTS = ("ACCEPT", "DROP", "QUEUE", "RETURN")
"""Both back ends refuse chains of these names; other targets' names they take."""
HALF = re.compile("[\ud800-\udfff]")
NAME_LENGTH = 28
"""The longest name of a chain (XT_EXTENSION_MAXNAMELEN, as iptables checks it)."""


@dataclass(slots=True)
class DraftChain:
    """A chain that still changes."""

    policy: str = ""
    counters: tuple[int, int] = (0, 0)
    rules: list[Rule] = field(default_factory=list)


def read(
    text: str,
    *,
    source: str = "",
    family: int | None = None,
    base: Mapping[str, Table] | None = None,
    noflush: bool = False,
) -> tuple[dict[str, Table], int]:
    """Tables and IP family; with ``base``, as iptables-restore would onto what stands there."""
    text = text.removeprefix("\ufeff")
    if family is None:
        family = 6 if any(s in text for s in V6_SIGNS) or V6_ADDRESS.search(text) else 4
    tables = dict(base) if base else {}
    reader = _Reader(source, family, tables, noflush)
    reader.check_text(text)
    for number, line in enumerate(text.split("\n"), 1):
        reader.take(line.rstrip("\r"), number)
    reader.end()
    return tables, family


class _Reader:
    """The state between two lines: which table is open, and its draft."""

    def __init__(self, source: str, family: int, tables: dict[str, Table], noflush: bool) -> None:
        self.source = source
        self.family = family
        self.tables = tables
        self.noflush = noflush
        self.table = ""
        self.opened = 0
        self.chains: dict[str, DraftChain] = {}
        self.shapes = Shapes(family)

    def refuse(self, what: str, line: int, word: str = "", fix: str = "") -> RulesError:
        return RulesError(what, fix, source=self.source, line=line, word=word)

    def check_text(self, text: str) -> None:
        """Half characters come from a file that is not UTF-8; they cannot be written again."""
        found = None if text.isascii() else HALF.search(text)
        if found:
            number = text.count("\n", 0, found.start()) + 1
            raise self.refuse("The text is not valid UTF-8.", number, fix="Is this a text file?")

    def take(self, line: str, number: int) -> None:
        """One line."""
        if "\0" in line:
            raise self.refuse("The line holds a NUL byte.", number, fix="Is this a text file?")
        line = line.strip(" \t")
        if not line or line[0] == "#":
            return
        if line[0] == "*":
            self._open(line[1:].strip(), number)
        elif not self.table:
            raise self.refuse(
                "There is no table yet.",
                number,
                line.partition(" ")[0][:40],
                "A line like *nat must come first, as in the output of iptables-save.",
            )
        elif line == "COMMIT":
            self._commit()
        elif line[0] == ":":
            self._declare(line[1:], number)
        else:
            self._command(line, number)

    def end(self) -> None:
        """After the last line no table may be open."""
        if self.table:
            raise self.refuse(
                f"Table {self.table} has no COMMIT: the text is cut off.",
                self.opened,
                fix="Save it again, or add COMMIT.",
            )

    def _open(self, name: str, number: int) -> None:
        """``*nat``: without noflush the table starts empty."""
        if self.table:
            raise self.refuse(f"Table {self.table} has no COMMIT before this.", number, f"*{name}")
        if name not in BUILT_IN:
            raise self.refuse(
                f"There is no table {name[:40]!r}.",
                number,
                fix=f"Tables are {', '.join(BUILT_IN)}.",
            )
        self.table, self.opened = name, number
        self.shapes = Shapes(self.family)
        self.chains = {}
        if self.noflush and name in self.tables:
            for chain in self.tables[name].values():
                self.chains[chain.name] = DraftChain(
                    chain.policy, chain.counters, list(chain.rules)
                )
        else:
            self.chains = {built_in: DraftChain("ACCEPT") for built_in in BUILT_IN[name]}

    def _declare(self, rest: str, number: int) -> None:
        """``:NAME POLICY [p:b]``."""
        words = rest.split()
        if not words:
            raise self.refuse("A chain has no name.", number)
        name, policy = words[0], words[1] if len(words) > 1 else ""
        found = COUNTERS.fullmatch(words[2]) if len(words) > 2 else None
        counters = (int(found[1]), int(found[2])) if found else (0, 0)
        if name in BUILT_IN[self.table]:
            if policy not in ("ACCEPT", "DROP"):
                raise self.refuse("A policy is ACCEPT or DROP.", number, policy)
            kept = self.chains[name].rules
            self.chains[name] = DraftChain(policy, counters, kept)
            return
        self._check_name(name, number)
        if policy not in ("-", "ACCEPT", "DROP", "RETURN"):
            raise self.refuse("A chain of your own has the policy '-'.", number, policy)
        self.chains[name] = DraftChain("", counters)

    def _check_name(self, name: str, number: int) -> None:
        if len(name.encode()) > NAME_LENGTH:
            raise self.refuse(
                f"The name of a chain has at most {NAME_LENGTH} characters.", number, name[:60]
            )
        if name[0] in "-!":
            raise self.refuse("The name of a chain cannot begin so.", number, name)
        if name in VERDICTS:
            raise self.refuse("No chain can have the name of a verdict.", number, name)

    def _command(self, line: str, number: int) -> None:
        """-A, -I, -P, -N, -F, -X."""
        counters = None
        if line[0] == "[":
            found = COUNTERS.match(line)
            if not found:
                raise self.refuse("The counters are not like [12:3456].", number, line[:30])
            counters = int(found[1]), int(found[2])
            line = line[found.end() :].strip()
        if line[:3] == "-A " and self._quick(line, counters, number):
            return
        try:
            words = split(line)
        except ValueError as error:
            raise self.refuse(f"In this line {error}.", number) from None
        if not words:
            raise self.refuse("Nothing follows the counters.", number)
        match words[0]:
            case "-A" | "--append" | "-I" | "--insert":
                self._rule(words, counters, line, number)
            case "-P" | "--policy" if len(words) == 3:
                self._declare(f"{words[1]} {words[2]} [0:0]", number)
            case "-N" | "--new-chain" if len(words) == 2:
                self._check_name(words[1], number)
                self.chains.setdefault(words[1], DraftChain())
            case "-F" | "--flush" if len(words) <= 2:
                for name in words[1:] or list(self.chains):
                    self._chain(name, number).rules.clear()
            case "-X" | "--delete-chain" if len(words) == 2:
                self._delete(words[1], number)
            case _:
                raise self.refuse(
                    "This is no command that labkit reads.",
                    number,
                    words[0][:40],
                    "It reads -A, -I, -P, -N, -F and -X.",
                )

    def _chain(self, name: str, number: int) -> DraftChain:
        chain = self.chains.get(name)
        if chain is None:
            raise self.refuse(
                f"Table {self.table} has no chain {name[:60]!r}.",
                number,
                name[:60],
                f"Declare it before: :{name[:60]} - [0:0]",
            )
        return chain

    def _delete(self, name: str, number: int) -> None:
        """``-X``: only an empty chain of the user's own that nobody jumps to."""
        chain = self._chain(name, number)
        if name in BUILT_IN[self.table] or chain.rules:
            raise self.refuse(f"Chain {name} is built in or not empty.", number, name)
        del self.chains[name]

    def _rule(
        self, words: list[str], counters: tuple[int, int] | None, line: str, number: int
    ) -> None:
        """``-A CHAIN ...`` or ``-I CHAIN [number] ...``."""
        if len(words) < 2:
            raise self.refuse(f"{words[0]} needs the name of a chain.", number, words[0])
        chain = self._chain(words[1], number)
        start, place = 2, len(chain.rules)
        if words[0] in ("-I", "--insert"):
            place = 0
            if len(words) > 2 and words[2].isdigit():
                start, place = 3, int(words[2][:9]) - 1
            if not 0 <= place <= len(chain.rules):
                raise self.refuse("There is no such place in the chain.", number, words[2])
        reader = RuleReader(words[start:], self.family, self.source, number)
        parsed = reader.read()
        self._check_place(parsed.headers, parsed.target, words[1], number)
        chain.rules[place:place] = [
            Rule(
                self.table,
                words[1],
                place + i,
                header,
                parsed.matches,
                parsed.target,
                counters or parsed.counters,
                line,
                number,
            )
            for i, header in enumerate(parsed.headers, 1)
        ]
        if words[0] == "-A" and line.startswith(f"-A {words[1]} "):
            key, free = split_line(line[3 + len(words[1]) :])
            self.shapes.learn(key, len(free), reader)

    def _quick(self, line: str, counters: tuple[int, int] | None, number: int) -> bool:
        """``-A CHAIN ...`` of a shape that was read before; False when it was not."""
        name, _, _ = line[3:].partition(" ")
        chain = self.chains.get(name)
        if chain is None:
            return False
        found = self.shapes.fill(*split_line(line[3 + len(name) :]))
        if found is None:
            return False
        header, matches, target = found
        if name in HOOKS:
            self._check_place((header,), target, name, number)
        chain.rules.append(
            Rule(
                self.table,
                name,
                len(chain.rules) + 1,
                header,
                matches,
                target,
                counters,
                line,
                number,
            )
        )
        return True

    def _check_place(
        self, headers: tuple[Header, ...], target: Target | None, chain: str, number: int
    ) -> None:
        """Some targets stand only in some tables and hooks; -i and -o not in all."""
        for header in headers:
            if (header.in_iface and chain in ("OUTPUT", "POSTROUTING")) or (
                header.out_iface and chain in ("PREROUTING", "INPUT")
            ):
                flag = "-o" if chain in ("PREROUTING", "INPUT") else "-i"
                raise self.refuse(f"{flag} does not go with {chain}.", number, flag)
        if target is None or isinstance(target, Jump):
            return
        if target.TABLES and self.table not in target.TABLES:
            raise self.refuse(
                f"{target.NAME} stands only in table {' or '.join(sorted(target.TABLES))}.",
                number,
                target.NAME,
            )
        if target.HOOKS and chain in BUILT_IN[self.table] and chain not in target.HOOKS:
            raise self.refuse(
                f"{target.NAME} does not go with {chain}, only with "
                f"{', '.join(sorted(target.HOOKS))}.",
                number,
                target.NAME,
            )

    def _commit(self) -> None:
        """The drafts become values."""
        name = self.table
        chains = {
            chain: Chain(
                name,
                chain,
                draft.policy,
                draft.counters,
                tuple([_number(rule, i) for i, rule in enumerate(draft.rules, 1)]),
            )
            for chain, draft in self.chains.items()
        }
        self.tables[name] = Table(name, chains)
        self.table, self.chains = "", {}


def _number(rule: Rule, number: int) -> Rule:
    """A rule with its place, which -I and -X before it may have changed."""
    return rule if rule.number == number else replace(rule, number=number)
