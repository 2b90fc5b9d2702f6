"""The packet: what a rule can look at, before and after NAT.

A ``Packet`` is a value.  NAT and MARK make a new one, so that a trace can show both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from labkit.errors import UsageError
from labkit.model import address

PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "dccp": 33,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "ipv6-icmp": 58,
    "sctp": 132,
    "udplite": 136,
}
"""Names of protocols as ``/etc/protocols`` has them, with their numbers."""

PORT_PROTOCOLS = frozenset({6, 17, 33, 132, 136})
"""The protocols that have ports."""

TCP_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}


@dataclass(frozen=True, slots=True)
class FlowKey:
    """What names one direction of a connection: protocol, source and destination.

    For ICMP echo the identifier stands in both ports.
    """

    proto: str
    src: str
    sport: int
    dst: str
    dport: int

    def reversed(self) -> FlowKey:
        """The other direction."""
        return FlowKey(self.proto, self.dst, self.dport, self.src, self.sport)

    def __str__(self) -> str:
        return f"{self.proto} {_endpoint(self.src, self.sport)} > {_endpoint(self.dst, self.dport)}"


@dataclass(frozen=True, slots=True)
class Packet:
    """One IP packet with what netfilter knows about it.

    ``proto`` is a name (``tcp``) or a number as text.  ``flags`` are TCP flags, comma
    separated (``SYN``, ``SYN,ACK``).  ``mark`` is the packet's fwmark.  ``length`` counts
    bytes of the IP packet.  For ICMP echo, ``sport`` holds the identifier.  ``inner`` is the
    flow that an ICMP error speaks of.  ``uid`` and ``gid`` are those of the local sender.
    Raises ``UsageError`` for an address, port or protocol that is none.
    """

    src: str
    dst: str
    proto: str = "tcp"
    sport: int = 0
    dport: int = 0
    flags: str = "SYN"
    mark: int = 0
    in_iface: str = ""
    out_iface: str = ""
    length: int = 60
    ttl: int = 64
    icmp_type: int = 8
    icmp_code: int = 0
    inner: FlowKey | None = None
    uid: int | None = None
    gid: int | None = None

    def __post_init__(self) -> None:
        for name in ("src", "dst"):
            plain = address.canonical(getattr(self, name))
            if plain != getattr(self, name):
                object.__setattr__(self, name, plain)
        if (":" in self.src) != (":" in self.dst):
            raise UsageError(f"{self.src} and {self.dst} are of different IP families.")
        protocol_number(self.proto)
        for port in (self.sport, self.dport):
            if not 0 <= port <= 65535:
                raise UsageError(f"{port} is not a port.", "Ports go from 0 to 65535.")

    @property
    def flow(self) -> FlowKey:
        """The key of the connection in this packet's direction."""
        return FlowKey(self.proto, self.src, self.sport, self.dst, self.dport)

    @property
    def source(self) -> str:
        """``10.244.1.5:40000``, or the bare address where there is no port."""
        return _endpoint(self.src, self.sport)

    @property
    def destination(self) -> str:
        """``10.96.45.10:80``, or the bare address where there is no port."""
        return _endpoint(self.dst, self.dport)

    def reply(self, flags: str = "SYN,ACK") -> Packet:
        """The answer that the receiver of this packet would send (no interfaces, no mark)."""
        return Packet(
            self.dst,
            self.src,
            self.proto,
            self.dport,
            self.sport,
            flags=flags,
            icmp_type={8: 0, 128: 129}.get(self.icmp_type, self.icmp_type),
        )

    def __str__(self) -> str:
        mark = f" mark {self.mark:#x}" if self.mark else ""
        return f"{self.proto} {self.source} > {self.destination}{mark}"


Snap = tuple[int, int, int, int, int, int, str, str]
"""What may change on the way: src, dst, sport, dport, mark, ttl, in_iface, out_iface."""


def picture(packet: Packet, snap: Snap) -> Packet:
    """The packet with what changed on the way, addresses as numbers.

    Made without the checks of the constructor: these values come out of checked ones.
    """
    made = object.__new__(Packet)
    kind = 6 if ":" in packet.src else 4
    src, dst, sport, dport, mark, ttl, in_iface, out_iface = _CHANGING
    src(made, address.text(snap[0], kind))
    dst(made, address.text(snap[1], kind))
    sport(made, snap[2])
    dport(made, snap[3])
    mark(made, snap[4])
    ttl(made, snap[5])
    in_iface(made, snap[6])
    out_iface(made, snap[7])
    for put, get in _FIXED:
        put(made, get(packet))
    return made


_SET = {name: getattr(Packet, name).__set__ for name in Packet.__slots__}
_CHANGING = [
    _SET[name] for name in ("src", "dst", "sport", "dport", "mark", "ttl", "in_iface", "out_iface")
]
_FIXED = [
    (_SET[name], getattr(Packet, name).__get__)
    for name in ("proto", "flags", "length", "icmp_type", "icmp_code", "inner", "uid", "gid")
]


def protocol_number(name: str) -> int:
    """The number of a protocol written as a name or a number.  Raises ``UsageError``."""
    known = PROTOCOLS.get(name)
    if known is not None:
        return known
    if name.isascii() and name.isdigit() and len(name) < 4 and int(name) < 256:
        return int(name)
    raise UsageError(
        f"{name!r} is not a protocol.", f"Known names: {', '.join(PROTOCOLS)}; or a number."
    )


def protocol_name(number: int) -> str:
    """The name of a protocol, or the number as text."""
    for name, known in PROTOCOLS.items():
        if known == number:
            return name
    return str(number)


@lru_cache(maxsize=256)
def flag_bits(flags: str) -> int:
    """``"SYN,ACK"`` as the bits of the TCP header.  Raises ``UsageError``."""
    bits = 0
    for word in filter(None, flags.upper().replace(" ", "").split(",")):
        if word not in TCP_FLAGS:
            raise UsageError(f"{word!r} is not a TCP flag.", f"Known: {', '.join(TCP_FLAGS)}.")
        bits |= TCP_FLAGS[word]
    return bits


def _endpoint(host: str, port: int) -> str:
    if not port:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
