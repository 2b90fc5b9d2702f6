"""The words of one ``-A`` line as a rule: header, matches, target.

Which words there are stands in the tables of the extensions (``FLAGS``); this file only
looks them up.  What no table has is refused by name.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, replace
from itertools import chain

from labkit.errors import LabkitError, RulesError, UnsupportedExtension
from labkit.xt.base import Extension, Flag, Given, Match, Options, Target
from labkit.xt.ip import Header, read_protocol
from labkit.xt.limit import Limit
from labkit.xt.registry import MATCHES, PROTOCOL_MATCHES, TARGETS
from labkit.xt.standard import Jump
from labkit.xt.statistic import Nth

KERNEL_TARGETS = frozenset(
    {
        "AUDIT",
        "CHECKSUM",
        "CLASSIFY",
        "CLUSTERIP",
        "CONNMARK",
        "CONNSECMARK",
        "CT",
        "DSCP",
        "ECN",
        "HL",
        "HMARK",
        "IDLETIMER",
        "LED",
        "NETMAP",
        "NFLOG",
        "NFQUEUE",
        "NOTRACK",
        "QUEUE",
        "RATEEST",
        "SECMARK",
        "SET",
        "SYNPROXY",
        "TCPMSS",
        "TCPOPTSTRIP",
        "TEE",
        "TOS",
        "TPROXY",
        "TRACE",
        "TTL",
        "ULOG",
        "DNPT",
        "SNPT",
    }
)
"""Targets that Linux has.  Those that labkit has not are refused, not taken for chains."""


MOST_RULES = 10_000
"""``-s A,B -d C,D`` makes a rule for each pair; a line with more of them is a mistake."""


STRUCTURE = ("--match", "--jump", "--goto", "--set-counters")

LONG = 200
"""Longer words are cut short in errors."""


def _table(extension: type[Extension]) -> dict[str, Flag]:
    """The flags of an extension by every name they have."""
    return {name: flag for flag in extension.FLAGS for name in (flag.name, *flag.aliases)}


_EXTENSIONS: list[type[Extension]] = [Header, *MATCHES.values(), *TARGETS.values()]

FLAGS: dict[type[Extension], dict[str, Flag]] = {kind: _table(kind) for kind in _EXTENSIONS}

HEADER = FLAGS[Header]


@dataclass(slots=True)
class Loaded:
    """An extension that the line has named, and the options read for it so far."""

    kind: type[Extension]
    given: dict[str, Given] = field(default_factory=dict)
    made: Extension | None = None


@dataclass(slots=True)
class Draft:
    """A rule on its way from words to a value."""

    header: list[Loaded]
    matches: list[Loaded] = field(default_factory=list)
    target: Loaded | None = None
    jump: Jump | None = None
    jump_word: str = ""
    counters: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one line says; several when it names several addresses (``-d a,b``)."""

    headers: tuple[Header, ...]
    matches: tuple[Match, ...]
    target: Target | None
    counters: tuple[int, int] | None


class RuleReader:
    """Reads one line; ``refuse`` carries line and source into the errors.

    ``chains`` are those of the table: one with the name of a target is meant before it.

    ``taken`` tells afterwards which option took the word at which place: (match or target,
    or None for the header; flag, or None for a jump).
    """

    def __init__(
        self,
        words: list[str],
        family: int,
        source: str,
        line: int,
        chains: Container[str] = (),
    ) -> None:
        self.words = words
        self.chains = chains
        self.family = family
        self.source = source
        self.line = line
        self.at = 0
        self.proto = 0
        self.draft = Draft([Loaded(Header)])
        self.taken: dict[int, tuple[Loaded | None, Flag | None]] = {}

    def read(self) -> Parsed:
        """The whole line."""
        negated = False
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if word == "!":
                if negated:
                    raise self.refuse("two ! follow each other", word)
                negated = True
                continue
            self._word(word, negated)
            negated = False
        if negated:
            raise self.refuse("nothing follows the !", "!")
        return self._finish()

    def refuse(self, what: str, word: str, known: bool = True) -> RulesError:
        """The error for this line."""
        kind = RulesError if known else UnsupportedExtension
        fix = (
            ""
            if known
            else ("Take it out, or ask for it to be added; labkit never guesses what a rule means.")
        )
        if len(what) > LONG:
            what = f"{what[:LONG]} ..."
        if len(word) > LONG:
            word = f"{word[:LONG]} ..."
        return kind(f"{what}.", fix, source=self.source, line=self.line, word=word)

    def _word(self, word: str, negated: bool) -> None:
        """One word at the beginning of an option."""
        if word.startswith("--") and "=" in word and " " not in word.partition("=")[0]:
            word, _, value = word.partition("=")
            self.words.insert(self.at, value)
        if word in HEADER:
            self._header(HEADER[word], negated)
        elif word in ("-m", "--match", "-j", "--jump", "-g", "--goto", "-c", "--set-counters"):
            if negated:
                raise self.refuse(f"! cannot stand before {word}", word)
            self._structure(word)
        else:
            self._option(word, negated)

    def _structure(self, word: str) -> None:
        """-m, -j, -g and -c."""
        name = self._next(word)
        if word in ("-m", "--match"):
            self._load_match(name)
        elif word in ("-j", "--jump"):
            self._load_target(name)
        elif word in ("-g", "--goto"):
            self._jump(name, goto=True)
        else:
            packets, octets = name, self._next(word)
            if not (packets.isdigit() and octets.isdigit()):
                raise self.refuse("-c needs two numbers", packets)
            self.draft.counters = int(packets), int(octets)

    def _next(self, flag: str) -> str:
        """The word behind a flag."""
        if self.at >= len(self.words):
            raise self.refuse(f"{flag} needs a word behind it", flag)
        self.at += 1
        return self.words[self.at - 1]

    def _header(self, flag: Flag, negated: bool) -> None:
        """-s, -d, -i, -o, -p; several addresses make several rules."""
        if flag.name in self.draft.header[0].given:
            raise self.refuse(f"{flag.name} is written twice", flag.name)
        if flag.read is None:
            return
        self.taken[self.at] = None, flag
        text = self._next(flag.name)
        if flag.name == "-p":
            text = text.lower()
        texts = text.split(",") if flag.name in ("-s", "-d") else [text]
        if len(texts) * len(self.draft.header) > MOST_RULES:
            raise self.refuse(f"one line would make more than {MOST_RULES} rules", text)
        if len(texts) > 1 and negated:
            raise self.refuse(f"! does not go with several addresses behind {flag.name}", text)
        values = [Given(self._read(flag, one), negated) for one in texts]
        self.draft.header = [
            Loaded(Header, {**loaded.given, flag.name: value})
            for loaded in self.draft.header
            for value in values
        ]
        if flag.name == "-p" and not negated:
            self.proto = read_protocol(text)

    def _load_match(self, name: str) -> None:
        kind = MATCHES.get(name)
        if kind is None:
            raise self.refuse(f"labkit does not know the match {name!r}", name, known=False)
        self.draft.matches.append(Loaded(kind))

    def _load_target(self, name: str) -> None:
        if self.draft.target or self.draft.jump:
            raise self.refuse("a rule has one target", name)
        kind = TARGETS.get(name)
        if name in self.chains:
            self._jump(name, goto=False)
        elif kind is not None:
            self.draft.target = Loaded(kind)
        elif name in KERNEL_TARGETS:
            raise self.refuse(f"labkit does not know the target {name!r}", name, known=False)
        else:
            self._jump(name, goto=False)

    def _jump(self, name: str, goto: bool) -> None:
        if self.draft.target or self.draft.jump:
            raise self.refuse("a rule has one target", name)
        if not name or '"' in name or len(name.split()) > 1 or name != name.strip():
            raise self.refuse("the name of a chain holds no blank and no quote", name)
        self.taken[self.at - 1] = None, None
        self.draft.jump = Jump(name, goto)

    def _option(self, word: str, negated: bool) -> None:
        """An option of a match or target that is loaded; the latest comes first."""
        if not word.startswith("-"):
            raise self.refuse(f"{word!r} stands where an option should", word)
        target = [self.draft.target] if self.draft.target else []
        for loaded in chain(target, reversed(self.draft.matches)):
            flag = FLAGS[loaded.kind].get(word)
            if flag is not None and flag.name not in loaded.given:
                self._take(loaded, flag, negated)
                return
        self._implicit(word, negated, [*target, *self.draft.matches])

    def _implicit(self, word: str, negated: bool, candidates: list[Loaded]) -> None:
        """``-p tcp --dport 80`` brings -m tcp along; anything else is refused."""
        implied = MATCHES.get(PROTOCOL_MATCHES.get(self.proto, ""))
        if implied and word in FLAGS[implied] and all(m.kind is not implied for m in candidates):
            loaded = Loaded(implied)
            self.draft.matches.append(loaded)
            self._take(loaded, FLAGS[implied][word], negated)
            return
        if any(word in FLAGS[loaded.kind] for loaded in candidates):
            raise self.refuse(f"{word} is written twice", word)
        whole = self._whole(word, candidates)
        if not whole and implied:
            whole = self._whole(word, [Loaded(implied)])
        if whole:
            self._word(whole, negated)
            return
        raise self.refuse(f"labkit does not know the option {word!r} here", word, known=False)

    def _whole(self, word: str, candidates: list[Loaded]) -> str:
        """The option of which this word is the beginning, when it is no other's (getopt_long)."""
        if len(word) < 4 or not word.startswith("--"):
            return ""
        flags = {
            id(flag): name
            for table in (HEADER, *(FLAGS[loaded.kind] for loaded in candidates))
            for name, flag in table.items()
            if name.startswith(word)
        }
        names = [*flags.values(), *(name for name in STRUCTURE if name.startswith(word))]
        if len(names) > 1:
            raise self.refuse(f"{word} may mean {names[0]} or {names[1]}", word)
        return names[0] if names else ""

    def _take(self, loaded: Loaded, flag: Flag, negated: bool) -> None:
        """Read the words behind a flag."""
        if negated and not flag.negatable:
            raise self.refuse(f"! cannot stand before {flag.name}", flag.name)
        value: object = True
        if flag.read is not None:
            self.taken[self.at] = loaded, flag
            text = " ".join(self._next(flag.name) for _ in range(1 + flag.more))
            value = self._read(flag, text)
        loaded.given[flag.name] = Given(value, negated)

    def _read(self, flag: Flag, text: str) -> object:
        assert flag.read is not None
        try:
            return flag.read(text)
        except (ValueError, LabkitError) as error:
            what = error.what.rstrip(".") if isinstance(error, LabkitError) else str(error)
            raise self.refuse(f"{flag.name}: {what}", text) from None

    def _finish(self) -> Parsed:
        """Make the values."""
        headers = tuple(self._build(loaded) for loaded in self.draft.header)
        matches = tuple(self._build(loaded) for loaded in self.draft.matches)
        target: Target | None = self.draft.jump
        if self.draft.target:
            made = self._build(self.draft.target)
            assert isinstance(made, Target)
            target = made
        return Parsed(
            tuple(h for h in headers if isinstance(h, Header)),
            _twins(tuple(m for m in matches if isinstance(m, Match))),
            target,
            self.draft.counters,
        )

    def _build(self, loaded: Loaded) -> Extension:
        kind = loaded.kind
        try:
            made: Extension = kind.build(Options(loaded.given, self.family, self.proto))
        except (ValueError, LabkitError) as error:
            raise self.refuse(str(error), kind.NAME) from None
        if isinstance(made, Header):
            for network in (made.src, made.dst):
                if network is not None and network.family != self.family:
                    raise self.refuse(f"the address is not IPv{self.family}", network.words(""))
        loaded.made = made
        return made


def _twins(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Tell apart equal counters within one rule: each has its own in the kernel."""
    made: list[Match] = []
    for match in matches:
        if isinstance(match, (Nth, Limit)):
            match = replace(match, twin=sum(isinstance(m, type(match)) for m in made))
        made.append(match)
    return tuple(made)
