"""-m ipvs: whether a packet goes through IPVS, and through which virtual server (xt_ipvs.c)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, cast

from labkit.errors import BatchUnsupported
from labkit.model import address
from labkit.model.packet import protocol_number
from labkit.xt.base import Flag, Match, Options, negation
from labkit.xt.frame import Frame
from labkit.xt.values import unsigned

DIRECTIONS = ("ORIGINAL", "REPLY")


class Virtual(Protocol):
    """What the connection of a packet says of its virtual server."""

    @property
    def protocol(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def port(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """One option as it was written."""

    text: str
    negated: bool


def read_protocol(text: str) -> str:
    """A name or number of a protocol; iptables-save prints the number."""
    return str(protocol_number(text))


def read_address(text: str) -> str:
    """An address with or without its mask."""
    address.network(text)
    return text


def read_direction(text: str) -> str:
    """ORIGINAL or REPLY."""
    if text.upper() not in DIRECTIONS:
        raise ValueError(f"{text!r} is neither ORIGINAL nor REPLY")
    return text.upper()


@dataclass(frozen=True, slots=True)
class Ipvs(Match):
    """``options`` hold what was written, in the order in which iptables prints it.

    True when IPVS translates the packet and all that is asked of its virtual server holds.
    Only IPVS's NAT is emulated: ``--vmethod`` is not known.
    """

    NAME: ClassVar[str] = "ipvs"
    FLAGS: ClassVar[tuple[Flag, ...]] = (
        Flag("--ipvs", negatable=True),
        Flag("--vproto", read_protocol, negatable=True),
        Flag("--vaddr", read_address, negatable=True),
        Flag("--vport", unsigned(0, 0xFFFF), negatable=True),
        Flag("--vdir", read_direction),
    )
    options: tuple[tuple[str, Asked], ...] = ()

    @classmethod
    def build(cls, options: Options) -> Self:
        made: list[tuple[str, Asked]] = []
        for flag in cls.FLAGS:
            if flag.name in options:
                value = options.get(flag.name, object) if flag.read else ""
                made.append((flag.name, Asked(str(value), options.negated(flag.name))))
        if not made:
            raise ValueError("-m ipvs needs at least one option")
        return cls(tuple(made))

    def words(self) -> str:
        asked = dict(self.options)
        if "--ipvs" in asked and len(asked) == 1:
            return f"{negation(asked['--ipvs'].negated)}--ipvs"
        return " ".join(
            f"{negation(one.negated)}{flag} {one.text}"
            for flag, one in self.options
            if flag != "--ipvs"
        )

    def matches(self, frame: Frame) -> bool:
        found = getattr(frame.ct, "ipvs", None)
        asked = dict(self.options)
        if "--ipvs" in asked and len(asked) == 1:
            return (found is not None) is not asked["--ipvs"].negated
        if found is None:
            return False
        virtual = cast(Virtual, found.virtual)
        return all(
            _holds(flag, one.text, virtual, frame.reply) is not one.negated
            for flag, one in self.options
        )

    def columns(self, columns: Any) -> Any:
        raise BatchUnsupported("-m ipvs asks for a connection.", "Use trace or outcomes.")


def _holds(flag: str, text: str, virtual: Virtual, reply: bool) -> bool:
    match flag:
        case "--vproto":
            return protocol_number(text) == protocol_number(virtual.protocol)
        case "--vaddr":
            base, mask, family = address.network(text)
            if address.family(virtual.address) != family:
                return False
            return address.number(virtual.address) & mask == base
        case "--vport":
            return int(text) == virtual.port
        case "--vdir":
            return (text == "REPLY") is reply
    return True
