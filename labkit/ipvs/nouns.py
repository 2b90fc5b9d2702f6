"""What an IPVS table holds, as values: virtual servers and the real servers behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from labkit.errors import RulesError
from labkit.model import address

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "sh", "dh", "mh")
"""The schedulers that this room knows, by the names of the kernel's modules."""

PROTOCOLS = ("tcp", "udp", "sctp")
FLAGS = ("sh-fallback", "sh-port", "mh-fallback", "mh-port")
"""Flags of a virtual server as ``ipvsadm -b`` spells them."""

Key = tuple[str, str, int]
"""Protocol, address and port: what names a virtual server."""


def with_port(ip: str, port: int) -> str:
    """``10.0.0.1:80`` or ``[fd00::1]:80``."""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


@dataclass(frozen=True, slots=True)
class RealServer:
    """One real server; a weight of 0 means that it is drained: no new connections."""

    address: str
    port: int
    weight: int = 1

    @property
    def text(self) -> str:
        """``10.244.1.2:8080``."""
        return with_port(self.address, self.port)


@dataclass(frozen=True, slots=True)
class VirtualServer:
    """One virtual server.

    ``persistence`` is the time in seconds for which a client stays with its server (0: not
    at all).  ``servers`` stand in the order in which they are added, which decides where a
    cycle starts.  ``name`` is the Service that a comment names; IPVS itself knows no names.
    Raises :class:`RulesError` for a scheduler or protocol that is not known here.
    """

    protocol: str
    address: str
    port: int
    scheduler: str = "rr"
    persistence: int = 0
    flags: tuple[str, ...] = ()
    servers: tuple[RealServer, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if self.scheduler not in SCHEDULERS:
            raise RulesError(
                "This scheduler is not known here.",
                f"Known: {', '.join(SCHEDULERS)}.",
                word=self.scheduler,
            )
        if self.protocol not in PROTOCOLS:
            raise RulesError(
                "IPVS has no virtual server of this protocol.",
                "Take tcp, udp or sctp.",
                word=self.protocol,
            )
        for flag in self.flags:
            if flag not in FLAGS:
                raise RulesError(
                    "This flag is not known.", f"Known: {', '.join(FLAGS)}.", word=flag
                )

    @property
    def key(self) -> Key:
        """What names it."""
        return self.protocol, self.address, self.port

    @property
    def text(self) -> str:
        """``TCP 10.96.0.10:80``, as ipvsadm prints it."""
        return f"{self.protocol.upper()} {with_port(self.address, self.port)}"


@dataclass(frozen=True, slots=True)
class IpvsTable:
    """All virtual servers of a node, in the order in which they are added."""

    services: tuple[VirtualServer, ...] = ()

    def __iter__(self) -> Iterator[VirtualServer]:
        return iter(self.services)

    def __len__(self) -> int:
        return len(self.services)

    def only(self, key: Key, host: str, port: int) -> IpvsTable:
        """One virtual server with one server (of weight 1): to see what follows a choice."""
        return IpvsTable(
            tuple(
                replace(virtual, scheduler="rr", flags=(), servers=(RealServer(host, port),))
                for virtual in self.services
                if virtual.key == key
            )
        )


def folded(ip: str) -> int:
    """The address as 32 bits: an IPv6 address is the exclusive or of its four words."""
    value, fold = address.number(ip), 0
    while value:
        fold, value = fold ^ (value & 0xFFFFFFFF), value >> 32
    return fold
