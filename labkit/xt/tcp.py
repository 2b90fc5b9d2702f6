"""-m tcp: ports and flags of a TCP segment (xt_tcpudp.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.model.packet import TCP_FLAGS, flag_bits
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.ports import PORT_FLAGS, span_of, span_words, spans_match
from labkit.xt.values import Span, unsigned


@dataclass(frozen=True, slots=True)
class FlagTest:
    """``--tcp-flags MASK SET``: of the flags in MASK exactly those in SET are on."""

    mask: int
    on: int
    negated: bool = False


def read_flags(text: str) -> FlagTest:
    """``SYN,RST SYN`` (two words), with ALL and NONE."""
    mask, _, on = text.partition(" ")
    return FlagTest(_bits(mask), _bits(on))


def _bits(text: str) -> int:
    if text == "ALL":
        return 63
    return 0 if text == "NONE" else flag_bits(text)


def _names(bits: int) -> str:
    return ",".join(name for name, bit in TCP_FLAGS.items() if bits & bit) or "NONE"


@dataclass(frozen=True, slots=True)
class Tcp(Match):
    """Ports, options and flags; needs ``-p tcp``.

    ``option`` is (kind, negated).  The packets here carry no TCP options, so that
    ``--tcp-option`` is never true and its negation always.
    """

    NAME: ClassVar[str] = "tcp"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        *PORT_FLAGS,
        Flag("--tcp-flags", read_flags, negatable=True, more=1),
        Flag("--syn", negatable=True),
        Flag("--tcp-option", unsigned(1, 255), negatable=True),
    )
    sport: Span | None = None
    dport: Span | None = None
    flags: FlagTest | None = None
    option: tuple[int, bool] | None = None

    @classmethod
    def build(cls, options: Options) -> Self:
        if options.proto != 6:
            raise ValueError("-m tcp needs -p tcp before it")
        flags = options.get("--tcp-flags", FlagTest)
        if flags is not None:
            flags = FlagTest(flags.mask, flags.on, options.negated("--tcp-flags"))
        elif "--syn" in options:
            flags = FlagTest(1 | 2 | 4 | 16, 2, options.negated("--syn"))
        option = options.get("--tcp-option", int)
        return cls(
            span_of(options, "--sport"),
            span_of(options, "--dport"),
            flags,
            None if option is None else (option, options.negated("--tcp-option")),
        )

    def words(self) -> str:
        text = span_words(self.sport, self.dport)
        if self.option is not None:
            text = f"{text} {negation(self.option[1])}--tcp-option {self.option[0]}".lstrip()
        if self.flags is None:
            return text
        test = self.flags
        shown = f"{negation(test.negated)}--tcp-flags {_names(test.mask)} {_names(test.on)}"
        return f"{text} {shown}".lstrip()

    def matches(self, frame: Frame) -> bool:
        if self.option is not None and not self.option[1]:
            return False
        ok = spans_match(self.sport, self.dport, frame)
        if self.flags is not None and ok is not False:
            ok = ok & (((frame.flags & self.flags.mask) == self.flags.on) ^ self.flags.negated)
        return ok
