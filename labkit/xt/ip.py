"""The header match of every rule: -s, -d, -i, -o, -p (ip_packet_match in ip_tables.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from labkit.model import address
from labkit.model.packet import protocol_name, protocol_number
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame


@dataclass(frozen=True, slots=True)
class Network:
    """An address under a mask, perhaps behind ``!``."""

    network: int
    mask: int
    family: int = 4
    negated: bool = False

    def words(self, flag: str) -> str:
        """``! -s 10.244.0.0/16``; a mask with holes is written out."""
        length = address.prefix(self.mask, self.family)
        suffix = address.text(self.mask, self.family) if length is None else str(length)
        host = address.text(self.network, self.family)
        return f"{negation(self.negated)}{flag} {host}/{suffix}"


@dataclass(frozen=True, slots=True)
class Interface:
    """The name of an interface; ``plus`` means that it is only the beginning (``eth+``)."""

    name: str
    plus: bool = False
    negated: bool = False

    def is_name(self, name: str) -> bool:
        """Whether this interface is meant.  A packet without one has the empty name."""
        if self.plus:
            return name.startswith(self.name) is not self.negated
        return (name == self.name) is not self.negated

    def words(self, flag: str) -> str:
        """``! -i eth+``."""
        return f"{negation(self.negated)}{flag} {self.name}{'+' if self.plus else ''}"


def read_network(text: str) -> Network:
    """``10.1.2.3/8`` as the network 10.0.0.0/8."""
    value, mask, family = address.network(text)
    return Network(value, mask, family)


def read_interface(text: str) -> Interface:
    """``eth0`` or ``eth+``; at most 15 characters (IFNAMSIZ)."""
    if not text or len(text) > 15 or "/" in text or " " in text:
        raise ValueError(f"{text!r} is not the name of an interface (1 to 15 characters)")
    plus = text.endswith("+")
    return Interface(text[:-1] if plus else text, plus)


def read_protocol(text: str) -> int:
    """A protocol by name or number; ``all`` is 0."""
    return 0 if text == "all" else protocol_number("ipv6-icmp" if text == "icmpv6" else text)


@dataclass(frozen=True, slots=True)
class Header(Match):
    """What stands in a rule before the first ``-m``.  An absent part is None (proto: 0)."""

    NAME: ClassVar[str] = "ip"
    COLUMNAR: ClassVar[bool] = True
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("-s", read_network, negatable=True, aliases=("--source", "--src")),
        Flag("-d", read_network, negatable=True, aliases=("--destination", "--dst")),
        Flag("-i", read_interface, negatable=True, aliases=("--in-interface",)),
        Flag("-o", read_interface, negatable=True, aliases=("--out-interface",)),
        Flag("-p", read_protocol, negatable=True, aliases=("--protocol", "--proto")),
        Flag("-4", aliases=("--ipv4",)),
        Flag("-6", aliases=("--ipv6",)),
    )
    src: Network | None = None
    dst: Network | None = None
    in_iface: Interface | None = None
    out_iface: Interface | None = None
    proto: int = 0
    proto_negated: bool = False

    @classmethod
    def build(cls, options: Options) -> Self:
        return cls(
            _network(options, "-s"),
            _network(options, "-d"),
            _interface(options, "-i"),
            _interface(options, "-o"),
            options.get("-p", int) or 0,
            options.negated("-p"),
        )

    def words(self) -> str:
        parts = [
            self.src.words("-s") if self.src else "",
            self.dst.words("-d") if self.dst else "",
            self.in_iface.words("-i") if self.in_iface else "",
            self.out_iface.words("-o") if self.out_iface else "",
            f"{negation(self.proto_negated)}-p {protocol_name(self.proto)}" if self.proto else "",
        ]
        return " ".join(filter(None, parts))

    @property
    def negated(self) -> bool:
        """Whether any part stands behind ``!``."""
        parts = (self.src, self.dst, self.in_iface, self.out_iface)
        return self.proto_negated or any(part is not None and part.negated for part in parts)

    def matches(self, frame: Frame) -> bool:
        src, dst = self.src, self.dst
        if self.proto and (self.proto == frame.proto) is self.proto_negated:
            return False
        if self.in_iface and not self.in_iface.is_name(frame.in_iface):
            return False
        if self.out_iface and not self.out_iface.is_name(frame.out_iface):
            return False
        ok = True
        if dst:
            ok = ((frame.dst & dst.mask) == dst.network) ^ dst.negated
        if src and ok is not False:
            ok = ok & (((frame.src & src.mask) == src.network) ^ src.negated)
        return ok


def _network(options: Options, flag: str) -> Network | None:
    """The network of a flag; 0.0.0.0/0 says nothing and is dropped, as iptables does."""
    value = options.get(flag, Network)
    if value is None or (value.mask == 0 and not options.negated(flag)):
        return None
    return Network(value.network, value.mask, value.family, options.negated(flag))


def _interface(options: Options, flag: str) -> Interface | None:
    """The interface of a flag; a bare ``+`` means any and is dropped."""
    value = options.get(flag, Interface)
    if value is None or (not value.name and value.plus and not options.negated(flag)):
        return None
    return Interface(value.name, value.plus, options.negated(flag))
