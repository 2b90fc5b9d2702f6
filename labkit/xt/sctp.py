"""-m sctp: ports and chunks of a SCTP packet (xt_sctp.c).

A packet here has one chunk, told by ``Packet.flags``: INIT for SYN, INIT_ACK for SYN,ACK, else
COOKIE_ECHO; its flags are all off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.ports import PORT_FLAGS, span_of, span_words, spans_match
from labkit.xt.values import Span

CHUNKS = {
    "DATA": 0,
    "INIT": 1,
    "INIT_ACK": 2,
    "SACK": 3,
    "HEARTBEAT": 4,
    "HEARTBEAT_ACK": 5,
    "ABORT": 6,
    "SHUTDOWN": 7,
    "SHUTDOWN_ACK": 8,
    "ERROR": 9,
    "COOKIE_ECHO": 10,
    "COOKIE_ACK": 11,
    "ECN_ECNE": 12,
    "ECN_CWR": 13,
    "SHUTDOWN_COMPLETE": 14,
    "I_DATA": 64,
    "RE_CONFIG": 130,
    "PAD": 132,
    "ASCONF": 193,
    "ASCONF_ACK": 128,
    "FORWARD_TSN": 192,
    "I_FORWARD_TSN": 194,
}
LETTERS = {0: "----IUBE", 6: "-------T", 14: "-------T"}
"""The flags of a chunk, highest bit first; upper case: must be on, lower case: must be off."""

EVERY = frozenset(range(256))


@dataclass(frozen=True, slots=True)
class Chunks:
    """``any DATA:Be,INIT``.  ``tests`` are (type, flags that are looked at, those on)."""

    how: str
    types: frozenset[int]
    tests: tuple[tuple[int, int, int], ...] = ()
    negated: bool = False

    def words(self) -> str:
        """As iptables-save prints it: the types in the order of their numbers."""
        if self.types == EVERY:
            names = ["ALL"]
        else:
            known = sorted((number, name) for name, number in CHUNKS.items())
            names = [name + self._flags(n) for n, name in known if n in self.types] or ["NONE"]
        return f"{negation(self.negated)}--chunk-types {self.how} {','.join(names)}"

    def _flags(self, kind: int) -> str:
        for number, looked, on in self.tests:
            if number == kind:
                letters = zip(LETTERS[kind], range(7, -1, -1), strict=True)
                shown = [(c if on >> b & 1 else c.lower()) for c, b in letters if looked >> b & 1]
                return f":{''.join(shown)}"
        return ""

    def hold(self, kind: int) -> bool:
        """Whether a packet with this one chunk, all its flags off, is meant (match_packet)."""
        fits = kind in self.types and all(on == 0 for n, _, on in self.tests if n == kind)
        hit = fits
        if self.how == "all":
            hit = not self.types or (fits and self.types == {kind})
        return hit is not self.negated


def read_chunks(text: str) -> Chunks:
    """``any DATA:Be,INIT`` (two words)."""
    how, _, names = text.partition(" ")
    if how.lower() not in ("all", "any", "only"):
        raise ValueError(f"{how!r} is none of all, any, only")
    how = how.lower()
    if names.upper() in ("ALL", "NONE"):
        return Chunks(how, EVERY if names.upper() == "ALL" else frozenset())
    types, tests = [], {}
    for word in names.split(","):
        name, colon, letters = word.partition(":")
        kind = CHUNKS.get(name.upper())
        if kind is None:
            raise ValueError(f"{name!r} is no type of chunk")
        types.append(kind)
        if colon:
            tests[kind] = _bits(kind, letters)
    return Chunks(how, frozenset(types), tuple((k, *bits) for k, bits in tests.items()))


def _bits(kind: int, letters: str) -> tuple[int, int]:
    """The flags that are looked at, and those that must be on."""
    looked = on = 0
    for letter in letters:
        place = LETTERS.get(kind, "").find(letter.upper())
        if place < 0 or letter == "-":
            raise ValueError(f"{letter!r} is no flag of this chunk")
        looked |= 128 >> place
        on = on | 128 >> place if letter.isupper() else on & ~(128 >> place)
    return looked, on


@dataclass(frozen=True, slots=True)
class Sctp(Match):
    """Ports and chunks; needs ``-p sctp``."""

    NAME: ClassVar[str] = "sctp"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        *PORT_FLAGS,
        Flag("--chunk-types", read_chunks, negatable=True, more=1),
    )
    sport: Span | None = None
    dport: Span | None = None
    chunks: Chunks | None = None

    @classmethod
    def build(cls, options: Options) -> Self:
        if options.proto != 132:
            raise ValueError("-m sctp needs -p sctp before it")
        given = options.get("--chunk-types", Chunks)
        if given is not None:
            no = options.negated("--chunk-types")
            given = Chunks(given.how, given.types, given.tests, no)
        return cls(span_of(options, "--sport"), span_of(options, "--dport"), given)

    def words(self) -> str:
        chunks = self.chunks.words() if self.chunks else ""
        return f"{span_words(self.sport, self.dport)} {chunks}".strip()

    def matches(self, frame: Frame) -> bool:
        if self.chunks is not None:
            names = {"SYN": 1, "SYN,ACK": 2}
            if not self.chunks.hold(names.get(frame.packet.flags, 10)):
                return False
        return spans_match(self.sport, self.dport, frame)
