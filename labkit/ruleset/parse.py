"""iptables-save and iptables-restore text as a Ruleset.

Line by line: ``*table``, ``:CHAIN policy [packets:bytes]``, commands, ``COMMIT``.  Reads
what iptables-restore reads, Windows line ends and a byte order mark besides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from labkit.errors import RulesError
from labkit.ruleset.nouns import BUILT_IN, Chain, Rule, Table
from labkit.ruleset.place import misplaced
from labkit.ruleset.rule import KERNEL_TARGETS, RuleReader
from labkit.ruleset.shapes import Filled, Shapes, split_line
from labkit.ruleset.words import split
from labkit.xt.base import Match, Target
from labkit.xt.ip import Header
from labkit.xt.registry import TARGETS
from labkit.xt.standard import Drop

UNREADABLE = re.compile(r'[\s"]')
"""In the name of a chain: iptables refuses blanks, and prints quotes so that nobody reads them."""

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
COMMANDS = {
    word: (method, most)
    for words, method, most in (
        (("-A", "--append", "-I", "--insert"), "_rule", 1 << 30),
        (("-D", "--delete", "-R", "--replace"), "_change", 1 << 30),
        (("-F", "--flush"), "_flush", 2),
        (("-N", "--new-chain", "--new"), "_new", 2),
        (("-P", "--policy"), "_policy", 3),
        (("-X", "--delete-chain"), "_delete", 2),
        (("-Z", "--zero"), "_zero", 2),
    )
    for word in words
}
"""Command -> what reads it, and how many words it has at most."""

BLOCK = 1 << 16
LONGEST_WORD = 1023
LONGEST_LINE = 1 << 20
"""No line of rules is as long; iptables-restore takes 10,239 characters."""

NAME_LENGTH = 28
"""The longest name of a chain (XT_EXTENSION_MAXNAMELEN, as iptables checks it)."""


@dataclass(slots=True)
class KnownLines:
    """What the lines of a text meant, by table: the next text has most of them again."""

    family: int = 4
    lines: dict[str, dict[str, Filled]] = field(default_factory=dict)


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
    known: KnownLines | None = None,
) -> tuple[dict[str, Table], int]:
    """Tables and IP family; with ``base``, as iptables-restore would onto what stands there.

    ``known`` (not with ``base``) are the lines of an earlier text; afterwards it holds those of
    this one, and no others.
    """
    text = text.removeprefix("\ufeff")
    if family is None:
        family = 6 if any(s in text for s in V6_SIGNS) or V6_ADDRESS.search(text) else 4
    tables = dict(base) if base else {}
    reader = _Reader(source, family, tables, noflush, known)
    reader.check_text(text)
    for number, line in enumerate(lines_of(text), 1):
        reader.take(line.rstrip("\r"), number)
    reader.end()
    if known is not None:
        known.lines, known.family = reader.lines, family
    return tables, family


def lines_of(text: str) -> Iterator[str]:
    """The lines, a block at a time: a list of all would take many times the text's memory."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + BLOCK)
        end = len(text) if end < 0 else end
        yield from text[start:end].split("\n")
        start = end + 1


class _Reader:
    """The state between two lines: which table is open, and its draft."""

    def __init__(
        self,
        source: str,
        family: int,
        tables: dict[str, Table],
        noflush: bool,
        known: KnownLines | None,
    ) -> None:
        self.source = source
        self.family = family
        self.tables = tables
        self.noflush = noflush
        self.table = ""
        self.opened = 0
        self.chains: dict[str, DraftChain] = {}
        self.shapes = Shapes(family)
        self.remembers = known is not None
        self.before = known.lines if known and known.family == family else {}
        self.lines: dict[str, dict[str, Filled]] = {}
        self.old: dict[str, Filled] = {}
        self.new: dict[str, Filled] = {}

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
        if len(line) > LONGEST_LINE:
            raise self.refuse(
                f"The line has {len(line):,} characters.", number, line[:40], "Is this a text file?"
            )
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
        self.old, self.new = self.before.get(name, {}), self.lines.setdefault(name, {})
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
            kept = self.chains[name]
            if policy not in ("ACCEPT", "DROP", "-"):
                raise self.refuse("A policy is ACCEPT or DROP.", number, policy)
            policy = kept.policy if policy == "-" else policy
            self.chains[name] = DraftChain(policy, counters, kept.rules)
            return
        self._check_name(name, number)
        if policy not in ("-", "ACCEPT", "DROP", "RETURN"):
            raise self.refuse("A chain of your own has the policy '-'.", number, policy)
        self._make(name, DraftChain("", counters))

    def _make(self, name: str, chain: DraftChain) -> None:
        """A chain of the user's own.  Where it has the name of a target, it takes its place."""
        self.chains[name] = chain
        if name in TARGETS or name in KERNEL_TARGETS:
            self.shapes = Shapes(self.family)
            self.old, self.new = {}, {}
            self.lines.pop(self.table, None)

    def _check_name(self, name: str, number: int) -> None:
        if len(name.encode()) > NAME_LENGTH:
            raise self.refuse(
                f"The name of a chain has at most {NAME_LENGTH} characters.", number, name[:60]
            )
        if name[0] in "-!":
            raise self.refuse("The name of a chain cannot begin so.", number, name)
        if UNREADABLE.search(name):
            raise self.refuse("The name of a chain holds a blank or a quote.", number, name)
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
        if line[:3] == "-A " and len(line) <= LONGEST_WORD and self._quick(line, counters, number):
            return
        try:
            words = split(line)
        except ValueError as error:
            raise self.refuse(f"In this line {error}.", number) from None
        if not words:
            raise self.refuse("Nothing follows the counters.", number)
        if len(line) > LONGEST_WORD:
            self._check_length(words, number)
        command, most = COMMANDS.get(words[0], ("", 0))
        if not command or len(words) > most:
            raise self.refuse(
                "This is no command that labkit reads.",
                number,
                words[0][:40],
                "It reads -A, -D, -F, -I, -N, -P, -R, -X and -Z.",
            )
        if command == "_rule":
            self._rule(words, counters, line, number)
        else:
            getattr(self, command)(words, line, number)

    def _check_length(self, words: list[str], number: int) -> None:
        """iptables-restore has room for so many characters in one word."""
        for word in words:
            if len(word) > LONGEST_WORD:
                raise self.refuse(
                    f"A word has at most {LONGEST_WORD:,} characters, this one {len(word):,}.",
                    number,
                    f"{word[:200]} ...",
                )

    def _new(self, words: list[str], line: str, number: int) -> None:
        """``-N CHAIN``."""
        name = self._second(words, number)
        self._check_name(name, number)
        if name in self.chains:
            raise self.refuse("There is a chain of this name.", number, name)
        self._make(name, DraftChain())

    def _second(self, words: list[str], number: int) -> str:
        """The chain that a command names."""
        if len(words) < 2:
            raise self.refuse(f"{words[0]} needs the name of a chain.", number, words[0])
        return words[1]

    def _flush(self, words: list[str], line: str, number: int) -> None:
        """``-F [CHAIN]``."""
        for name in words[1:] or list(self.chains):
            self._chain(name, number).rules.clear()

    def _policy(self, words: list[str], line: str, number: int) -> None:
        """``-P CHAIN ACCEPT``, for built-in chains."""
        name, policy = self._second(words, number), words[2] if len(words) > 2 else ""
        if name not in BUILT_IN[self.table]:
            raise self.refuse("Only a built-in chain has a policy.", number, name[:60])
        if policy not in ("ACCEPT", "DROP") or (policy == "DROP" and self.table == "nat"):
            raise self.refuse("A policy is ACCEPT or, but for table nat, DROP.", number, policy)
        self.chains[name].policy = policy

    def _zero(self, words: list[str], line: str, number: int) -> None:
        """``-Z [CHAIN]``: all counters begin anew."""
        for chain in [self._chain(name, number) for name in words[1:]] or self.chains.values():
            chain.counters = (0, 0)
            chain.rules = [replace(rule, counters=None) for rule in chain.rules]

    def _change(self, words: list[str], line: str, number: int) -> None:
        """``-D CHAIN number``, ``-D CHAIN rule`` and ``-R CHAIN number rule``."""
        if len(words) < 3:
            raise self.refuse(f"{words[0]} needs a chain and a rule.", number, words[0])
        rules = self._chain(words[1], number).rules
        at = int(words[2][:9]) - 1 if words[2].isascii() and words[2].isdigit() else None
        if at is not None and not 0 <= at < len(rules):
            raise self.refuse("There is no such place in the chain.", number, words[2])
        if words[0] in ("-R", "--replace"):
            if at is None:
                raise self.refuse("The number of a rule must stand here.", number, words[2])
            rules[at : at + 1] = self._made(words[1], words[3:], at, line, number)[0]
            return
        for one in self._made(words[1], words[2:], 0, line, number)[0] if at is None else ():
            same = (i for i, r in enumerate(rules) if _bare(r) == _bare(one))
            at = next(same, None)
            if at is None:
                raise self.refuse("No rule of the chain is like this one.", number, words[1])
            del rules[at]
            at = None
        if at is not None:
            del rules[at]

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

    def _delete(self, words: list[str], line: str, number: int) -> None:
        """``-X CHAIN``: only an empty chain of the user's own."""
        name = self._second(words, number)
        chain = self._chain(name, number)
        if name in BUILT_IN[self.table] or chain.rules:
            raise self.refuse(f"Chain {name} is built in or not empty.", number, name)
        del self.chains[name]

    def _rule(
        self, words: list[str], counters: tuple[int, int] | None, line: str, number: int
    ) -> None:
        """``-A CHAIN ...`` or ``-I CHAIN [number] ...``."""
        chain = self._chain(self._second(words, number), number)
        start, place = 2, len(chain.rules)
        if words[0] in ("-I", "--insert"):
            place = 0
            if len(words) > 2 and words[2].isdigit():
                start, place = 3, int(words[2][:9]) - 1
            if not 0 <= place <= len(chain.rules):
                raise self.refuse("There is no such place in the chain.", number, words[2])
        made, reader = self._made(words[1], words[start:], place, line, number, counters)
        chain.rules[place:place] = made
        if words[0] == "-A" and line.startswith(f"-A {words[1]} "):
            key, free = split_line(line[3 + len(words[1]) :])
            self.shapes.learn(key, len(free), reader)

    def _made(
        self,
        chain: str,
        words: list[str],
        place: int,
        line: str,
        number: int,
        counters: tuple[int, int] | None = None,
    ) -> tuple[list[Rule], RuleReader]:
        """The rules of one line (several for several addresses), and what read them."""
        reader = RuleReader(words, self.family, self.source, number, self.chains)
        parsed = reader.read()
        self._check_place(parsed.headers, parsed.matches, parsed.target, chain, number)
        rules = [
            Rule(
                self.table,
                chain,
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
        return rules, reader

    def _quick(self, line: str, counters: tuple[int, int] | None, number: int) -> bool:
        """``-A CHAIN ...`` of a shape that was read before; False when it was not."""
        name, _, _ = line[3:].partition(" ")
        chain = self.chains.get(name)
        if chain is None:
            return False
        found = self.old.get(line) or self.shapes.fill(*split_line(line[3 + len(name) :]))
        if found is None:
            return False
        if self.remembers:
            self.new[line] = found
        header, matches, target = found
        if name in HOOKS or target.__class__ is Drop:
            self._check_place((header,), matches, target, name, number)
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
        self,
        headers: tuple[Header, ...],
        matches: tuple[Match, ...],
        target: Target | None,
        chain: str,
        number: int,
    ) -> None:
        """Refuse what cannot stand in this table and chain."""
        found = misplaced(self.table, chain, headers, matches, target)
        if found:
            raise self.refuse(found[0], number, found[1])

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


def _bare(rule: Rule) -> Rule:
    """The rule without its place and counters, to compare it with another."""
    return replace(rule, number=0, counters=None)


def _number(rule: Rule, number: int) -> Rule:
    """A rule with its place, which -I and -X before it may have changed."""
    return rule if rule.number == number else replace(rule, number=number)
