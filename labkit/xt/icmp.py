"""-m icmp and -m icmp6: the type and code of an ICMP message (icmp_match in ip_tables.c)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import unsigned

NAMES = {
    "echo-reply": (0, 255),
    "pong": (0, 255),
    "destination-unreachable": (3, 255),
    "network-unreachable": (3, 0),
    "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2),
    "port-unreachable": (3, 3),
    "fragmentation-needed": (3, 4),
    "source-quench": (4, 255),
    "redirect": (5, 255),
    "echo-request": (8, 255),
    "ping": (8, 255),
    "router-advertisement": (9, 255),
    "router-solicitation": (10, 255),
    "time-exceeded": (11, 255),
    "ttl-exceeded": (11, 255),
    "parameter-problem": (12, 255),
    "timestamp-request": (13, 255),
    "timestamp-reply": (14, 255),
}
NAMES6 = {
    "destination-unreachable": (1, 255),
    "packet-too-big": (2, 255),
    "time-exceeded": (3, 255),
    "parameter-problem": (4, 255),
    "echo-request": (128, 255),
    "echo-reply": (129, 255),
    "router-solicitation": (133, 255),
    "router-advertisement": (134, 255),
    "neighbour-solicitation": (135, 255),
    "neighbour-advertisement": (136, 255),
}
ANY_CODE = 255


def reader(names: dict[str, tuple[int, int]]) -> Callable[[str], tuple[int, int]]:
    """A reader of ``ping``, ``8`` or ``3/1``; the code 255 stands for any."""

    def read(text: str) -> tuple[int, int]:
        if text == "any":
            return 255, ANY_CODE
        if text in names:
            return names[text]
        kind, slash, code = text.partition("/")
        number = unsigned(0, 255)
        return number(kind), number(code) if slash else ANY_CODE

    return read


def icmp_matches(kind: int, code: int, negated: bool, frame: Frame) -> bool:
    """The type, and the code unless any will do; the type 255 stands for all."""
    hit = frame.icmp_type == kind and (code == ANY_CODE or frame.icmp_code == code)
    return (hit or kind == 255) is not negated


@dataclass(frozen=True, slots=True)
class Icmp(Match):
    """Needs ``-p icmp``."""

    NAME: ClassVar[str] = "icmp"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--icmp-type", reader(NAMES), negatable=True, required=True),
    )
    kind: int = 255
    code: int = ANY_CODE
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        if options.proto != 1:
            raise ValueError("-m icmp needs -p icmp before it")
        kind, code = options.get("--icmp-type", tuple) or (255, ANY_CODE)
        return cls(kind, code, options.negated("--icmp-type"))

    def words(self) -> str:
        return icmp_words("--icmp-type", self.kind, self.code, self.negated)

    def matches(self, frame: Frame) -> bool:
        return icmp_matches(self.kind, self.code, self.negated, frame)


@dataclass(frozen=True, slots=True)
class Icmp6(Match):
    """Needs ``-p ipv6-icmp``."""

    NAME: ClassVar[str] = "icmp6"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--icmpv6-type", reader(NAMES6), negatable=True, required=True),
    )
    kind: int = 255
    code: int = ANY_CODE
    negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        if options.proto != 58:
            raise ValueError("-m icmp6 needs -p ipv6-icmp before it")
        kind, code = options.get("--icmpv6-type", tuple) or (255, ANY_CODE)
        return cls(kind, code, options.negated("--icmpv6-type"))

    def words(self) -> str:
        return icmp_words("--icmpv6-type", self.kind, self.code, self.negated)

    def matches(self, frame: Frame) -> bool:
        return icmp_matches(self.kind, self.code, self.negated, frame)


def icmp_words(flag: str, kind: int, code: int, negated: bool) -> str:
    """``--icmp-type 8`` or ``3/1``, in numbers, as iptables-save prints it."""
    if kind == 255:
        return f"{negation(negated)}{flag} any"
    return f"{negation(negated)}{flag} {kind}" + (f"/{code}" if code != ANY_CODE else "")
