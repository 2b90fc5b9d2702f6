"""-m icmp and -m icmp6: the type and code of an ICMP message (icmp_match in ip_tables.c)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import unsigned

ANY_CODE = 255

NAMES = {
    "echo-reply": (0, ANY_CODE),
    "pong": (0, ANY_CODE),
    "destination-unreachable": (3, ANY_CODE),
    "network-unreachable": (3, 0),
    "host-unreachable": (3, 1),
    "protocol-unreachable": (3, 2),
    "port-unreachable": (3, 3),
    "fragmentation-needed": (3, 4),
    "source-route-failed": (3, 5),
    "network-unknown": (3, 6),
    "host-unknown": (3, 7),
    "network-prohibited": (3, 9),
    "host-prohibited": (3, 10),
    "TOS-network-unreachable": (3, 11),
    "TOS-host-unreachable": (3, 12),
    "communication-prohibited": (3, 13),
    "host-precedence-violation": (3, 14),
    "precedence-cutoff": (3, 15),
    "source-quench": (4, ANY_CODE),
    "redirect": (5, ANY_CODE),
    "network-redirect": (5, 0),
    "host-redirect": (5, 1),
    "TOS-network-redirect": (5, 2),
    "TOS-host-redirect": (5, 3),
    "echo-request": (8, ANY_CODE),
    "ping": (8, ANY_CODE),
    "router-advertisement": (9, ANY_CODE),
    "router-solicitation": (10, ANY_CODE),
    "time-exceeded": (11, ANY_CODE),
    "ttl-exceeded": (11, ANY_CODE),
    "ttl-zero-during-transit": (11, 0),
    "ttl-zero-during-reassembly": (11, 1),
    "parameter-problem": (12, ANY_CODE),
    "ip-header-bad": (12, 0),
    "required-option-missing": (12, 1),
    "timestamp-request": (13, ANY_CODE),
    "timestamp-reply": (14, ANY_CODE),
    "address-mask-request": (17, ANY_CODE),
    "address-mask-reply": (18, ANY_CODE),
}
NAMES6 = {
    "destination-unreachable": (1, ANY_CODE),
    "no-route": (1, 0),
    "communication-prohibited": (1, 1),
    "beyond-scope": (1, 2),
    "address-unreachable": (1, 3),
    "port-unreachable": (1, 4),
    "failed-policy": (1, 5),
    "reject-route": (1, 6),
    "packet-too-big": (2, ANY_CODE),
    "time-exceeded": (3, ANY_CODE),
    "ttl-exceeded": (3, ANY_CODE),
    "ttl-zero-during-transit": (3, 0),
    "ttl-zero-during-reassembly": (3, 1),
    "parameter-problem": (4, ANY_CODE),
    "bad-header": (4, 0),
    "unknown-header-type": (4, 1),
    "unknown-option": (4, 2),
    "echo-request": (128, ANY_CODE),
    "ping": (128, ANY_CODE),
    "echo-reply": (129, ANY_CODE),
    "pong": (129, ANY_CODE),
    "router-solicitation": (133, ANY_CODE),
    "router-advertisement": (134, ANY_CODE),
    "neighbour-solicitation": (135, ANY_CODE),
    "neighbor-solicitation": (135, ANY_CODE),
    "neighbour-advertisement": (136, ANY_CODE),
    "neighbor-advertisement": (136, ANY_CODE),
    "redirect": (137, ANY_CODE),
}


def reader(names: dict[str, tuple[int, int]]) -> Callable[[str], tuple[int, int]]:
    """A reader of ``ping``, ``8`` or ``3/1``; the code 255 stands for any.

    The beginning of a name will do where only one name begins so (xtables_parse_icmp).
    """
    lower = {name.lower(): value for name, value in names.items()}

    def read(text: str) -> tuple[int, int]:
        word = text.lower()
        if word == "any":
            return 255, ANY_CODE
        near = [word] if word in lower else [name for name in lower if name.startswith(word)]
        if len(near) > 1:
            raise ValueError(f"{text!r} may mean {' or '.join(near[:2])}")
        if near:
            return lower[near[0]]
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
