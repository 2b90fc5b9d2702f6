"""The few iptables rules around IPVS: read and followed.

IPVS mode keeps a fixed handful of rules (marks, masquerading, source ranges, the guard of
``kube-ipvs0``) that look things up in ipsets.  The emulator of ``labkit.netfilter`` knows no
sets, so the words that kube-proxy uses there are followed here.  Any other word is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from labkit.errors import RulesError, UnsupportedExtension
from labkit.ipvs.sets import Sides
from labkit.model import address
from labkit.model.ipset import IpSet
from labkit.model.packet import Packet
from labkit.ruleset.words import split

HEADER = ("-s", "-d", "-p", "-i")


@dataclass(frozen=True, slots=True)
class Seen:
    """A packet on its way: what it is now, and what IPVS knows of it (``virtual``)."""

    packet: Packet
    is_local: Callable[[str], bool]
    virtual: tuple[str, str, int] | None = None

    @property
    def sides(self) -> Sides:
        """For look-ups in sets."""
        return Sides.of(self.packet)


Test = Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """One rule: all ``tests`` must hold, asked in order, addresses and protocol first.

    Each test comes with whether it looks into an ipset.
    """

    text: str
    tests: tuple[tuple[Test, bool], ...]
    target: str
    options: Mapping[str, str]


@dataclass(slots=True)
class Followed:
    """How a packet came through a chain: ``verdict`` is a target, or ACCEPT by policy."""

    verdict: str = "ACCEPT"
    mark: int = 0
    reject_with: str = ""
    rules: int = 0
    lookups: int = 0
    steps: list[tuple[str, int, str, str, int, int, int, str]] = field(default_factory=list)
    """Chain, number, rule, what, mark before, mark after, depth, note."""


class RuleText:
    """The tables of an ``iptables-save`` or of kube-proxy's restore text."""

    def __init__(self, text: str, sets: Mapping[str, IpSet]) -> None:
        self.sets = sets
        self.tables: dict[str, dict[str, list[Line]]] = {}
        table: dict[str, list[Line]] = {}
        for number, raw in enumerate(text.splitlines(), start=1):
            line = raw.strip()
            if line.startswith("*"):
                table = self.tables.setdefault(line[1:], {})
            elif line.startswith(":"):
                table.setdefault(line[1:].split()[0], [])
            elif line.startswith("-A "):
                chain, made = self._line(line, number)
                table.setdefault(chain, []).append(made)
            elif line and not line.startswith("#") and line != "COMMIT":
                raise RulesError(
                    "This is not a line of iptables-save.", line=number, word=line.split()[0]
                )

    def follow(self, table: str, chain: str, seen: Seen, *, tracing: bool) -> Followed:
        """What the rules of a built-in chain do with a packet."""
        done = Followed(mark=seen.packet.mark)
        chains = self.tables.get(table, {})
        verdict = self._walk(chains, chain, seen, done, tracing, 0) if chain in chains else ""
        if verdict and verdict != "RETURN":
            done.verdict = verdict
        return done

    def _walk(
        self,
        chains: Mapping[str, list[Line]],
        chain: str,
        seen: Seen,
        done: Followed,
        tracing: bool,
        depth: int,
    ) -> str:
        """One chain: its verdict, or nothing at its end."""
        for number, line in enumerate(chains[chain], start=1):
            done.rules += 1
            now = replace(seen, packet=replace(seen.packet, mark=done.mark))
            hit = _matches(line, now, done)
            before = done.mark
            what, verdict = "miss", ""
            if hit:
                what, verdict = self._apply(line, done)
            if tracing:
                done.steps.append(
                    (chain, number, line.text, what, before, done.mark, depth, line.target)
                )
            if hit and line.target in chains:
                if len(chains) < depth:
                    raise RulesError("The rules run in a circle.", word=line.target)
                verdict = self._walk(chains, line.target, seen, done, tracing, depth + 1)
                verdict = "" if verdict == "RETURN" else verdict
            if verdict:
                return verdict
        return ""

    def _apply(self, line: Line, done: Followed) -> tuple[str, str]:
        """The target of a rule that matched: what is told of it, and the verdict."""
        match line.target:
            case "":
                return "match", ""
            case "MARK":
                done.mark = _marked(done.mark, line.options)
                return "match", ""
            case "REJECT":
                done.reject_with = line.options.get("--reject-with", "icmp-port-unreachable")
                return "reject", "REJECT"
            case "RETURN" | "ACCEPT" | "DROP" as word:
                return word.lower(), word
            case "MASQUERADE":
                return "accept", "MASQUERADE"
        return "jump", ""

    # ---- reading -----------------------------------------------------------------

    def _line(self, text: str, number: int) -> tuple[str, Line]:
        words = split(text)
        chain, rest = words[1], list(words[2:])
        tests: list[tuple[Test, bool]] = []
        header: list[tuple[Test, bool]] = []
        options: dict[str, str] = {}
        target = ""
        negated = False
        while rest:
            word = rest.pop(0)
            if word == "!":
                negated = True
                continue
            try:
                if word == "-j":
                    target = rest.pop(0)
                elif word in ("--reject-with", "--or-mark", "--xor-mark", "--set-xmark"):
                    options[word] = rest.pop(0)
                elif word not in ("-m", "--comment", "--random-fully"):
                    test = self._test(word, rest, number)
                    entry = _not(test) if negated else test, word == "--match-set"
                    (header if word in HEADER else tests).append(entry)
                elif word != "--random-fully":
                    rest.pop(0)
            except IndexError:
                raise RulesError("This option needs a value.", line=number, word=word) from None
            negated = False
        return chain, Line(text, (*header, *tests), target, options)

    def _test(self, word: str, rest: list[str], number: int) -> Test:
        """The meaning of one option; takes its values from ``rest``."""
        if word == "--match-set":
            name, sides = rest.pop(0), tuple(rest.pop(0).split(","))
            if name not in self.sets:
                raise RulesError(
                    "There is no such set.", "ipset save must hold it.", line=number, word=name
                )
            chosen = self.sets[name]
            return lambda seen: chosen.holds(seen.sides, sides)
        if word == "--physdev-is-in":
            return lambda seen: False  # no packet of the lab comes in through a bridge port
        maker = _TESTS.get(word)
        if maker is None:
            raise UnsupportedExtension("This option is not known here.", line=number, word=word)
        return maker(rest.pop(0))


def _matches(line: Line, seen: Seen, done: Followed) -> bool:
    """Whether all tests hold; as in the kernel, the first that fails is the last asked."""
    for test, looks_up in line.tests:
        done.lookups += looks_up
        if not test(seen):
            return False
    return True


def _not(test: Test) -> Test:
    return lambda seen: not test(seen)


def _within(cidr: str, side: str) -> Test:
    base, mask, _ = address.network(cidr)
    return lambda seen: address.number(getattr(seen.packet, side)) & mask == base


def _of_type(kind: str, side: str) -> Test:
    if kind != "LOCAL":
        raise UnsupportedExtension("Only LOCAL is followed here.", word=kind)
    return lambda seen: seen.is_local(getattr(seen.packet, side))


def _mark_test(text: str) -> Test:
    value, _, mask = text.partition("/")
    wanted, bits = int(value, 0), int(mask or "0xffffffff", 0)
    return lambda seen: seen.packet.mark & bits == wanted


def _interface(name: str) -> Test:
    if name.endswith("+"):
        return lambda seen: seen.packet.in_iface.startswith(name[:-1])
    return lambda seen: seen.packet.in_iface == name


def _state(text: str) -> Test:
    # Rules are asked for the first packet of a connection only; later ones follow conntrack.
    return lambda seen: "NEW" in text.split(",")


_TESTS: dict[str, Callable[[str], Test]] = {
    "-s": lambda text: _within(text, "src"),
    "-d": lambda text: _within(text, "dst"),
    "-p": lambda text: lambda seen: seen.packet.proto == text,
    "-i": _interface,
    "--dport": lambda text: lambda seen: seen.packet.dport == int(text),
    "--mark": _mark_test,
    "--ctstate": _state,
    "--src-type": lambda text: _of_type(text, "src"),
    "--dst-type": lambda text: _of_type(text, "dst"),
    "--vaddr": lambda text: lambda seen: seen.virtual is not None and seen.virtual[1] == text,
    "--vproto": lambda text: lambda seen: seen.virtual is not None and seen.virtual[0] == text,
    "--vport": lambda text: lambda seen: seen.virtual is not None and seen.virtual[2] == int(text),
}


def _marked(mark: int, options: Mapping[str, str]) -> int:
    """The mark after ``-j MARK``."""
    for name, text in options.items():
        value, _, mask = text.partition("/")
        number = int(value, 0)
        if name == "--or-mark":
            return mark | number
        if name == "--xor-mark":
            return mark ^ number
        if name == "--set-xmark":
            return (mark & ~int(mask or "0xffffffff", 0)) ^ number
    return mark
