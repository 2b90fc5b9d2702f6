"""The packet on its way: numbers that extensions read and change.

A ``Packet`` is a value for people; a ``Frame`` is the same as mutable numbers, with what
Linux hangs on an skb: connection tracking, the mark, the hook it stands in.
"""

from __future__ import annotations

from typing import Any, Protocol

from labkit.model import address
from labkit.model.packet import Packet, Snap, flag_bits, picture, protocol_number
from labkit.xt.copying import copier
from labkit.xt.memory import Memory
from labkit.xt.natrange import NatRange


class Fib(Protocol):
    """What extensions may ask of the routing tables."""

    def kind(self, value: int, family: int, iface: str = "") -> str:
        """LOCAL, UNICAST, BROADCAST, MULTICAST, ANYCAST ... (the kernel's RTN_*).

        With ``iface`` only what belongs to that interface is LOCAL (or its BROADCAST).
        """
        ...


class Dice(Protocol):
    """Where random matches get their answer."""

    def chance(self, place: tuple[str, str], threshold: int) -> bool:
        """True with probability threshold / 2**31, decided for this table and chain."""
        ...

    def number(self, what: str, turn: int = 0, low: int = 0) -> int:
        """64 random bits for something that is no chain; of ports, ``low`` is the first."""
        ...


class NatHook(Protocol):
    """What NAT targets call (nf_nat_setup_info)."""

    def __call__(self, frame: Frame, wanted: NatRange) -> bool:
        """Give the connection its new addresses; False means that none is free."""
        ...


class Frame:
    """One packet inside Linux.  Addresses are numbers, ``family`` is 4 or 6."""

    __slots__ = (
        "packet",
        "family",
        "src",
        "dst",
        "proto",
        "sport",
        "dport",
        "flags",
        "mark",
        "in_iface",
        "out_iface",
        "length",
        "ttl",
        "icmp_type",
        "icmp_code",
        "uid",
        "gid",
        "hook",
        "table",
        "chain",
        "rule",
        "ct",
        "ctstate",
        "reply",
        "notrack",
        "dnat",
        "snat",
        "memory",
        "fib",
        "dice",
        "nat",
        "now",
        "reject_with",
        "events",
        "noting",
        "weight",
        "exponent",
        "service",
        "random_port",
        "verdict",
        "via",
        "local",
        "masqueraded",
        "path",
        "count",
        "_snap",
        "touched",
    )

    def __init__(self, packet: Packet, memory: Memory, fib: Fib, now: float = 0.0) -> None:
        self.packet = packet
        self.family = 6 if ":" in packet.src else 4
        self.src = address.number(packet.src)
        self.dst = address.number(packet.dst)
        self.proto = protocol_number(packet.proto)
        self.sport, self.dport = packet.sport, packet.dport
        self.flags = flag_bits(packet.flags) if self.proto == 6 else 0
        self.mark = packet.mark
        self.in_iface, self.out_iface = packet.in_iface, packet.out_iface
        self.length, self.ttl = packet.length, packet.ttl
        self.icmp_type, self.icmp_code = packet.icmp_type, packet.icmp_code
        self.uid, self.gid = packet.uid, packet.gid
        self.hook = self.table = self.chain = ""
        self.rule: Any = None
        self.ct: Any = None
        self.ctstate = "INVALID"
        self.reply = False
        self.notrack = False
        self.dnat = self.snat = False
        self.memory = memory
        self.fib = fib
        self.dice: Dice | None = None
        self.nat: NatHook | None = None
        self.now = now
        self.reject_with = ""
        self.events: list[tuple[Any, ...]] | None = None
        self.noting = False
        self.weight, self.exponent = 1, 0
        self.service = ""
        self.random_port = False
        self.verdict: Any = None
        self.via = ""
        self.local = False
        self.masqueraded = False
        self.path: list[Any] | None = None
        self.count = 1
        self._snap: Snap | None = None
        self.touched = False

    def changed(self) -> None:
        """The numbers are new: the next look takes a new picture."""
        self._snap = None

    def snap(self) -> Snap:
        """A picture of what may change on the way, cheap to take; ``picture`` reads it."""
        if self._snap is None:
            self._snap = (
                self.src,
                self.dst,
                self.sport,
                self.dport,
                self.mark,
                self.ttl,
                self.in_iface,
                self.out_iface,
            )
        return self._snap

    def seen(self) -> Packet:
        """The packet as it is now, as a value."""
        return picture(self.packet, self.snap())

    def fork(self) -> Frame:
        """A second packet in the same place: what it does no longer touches this one."""
        twin = Frame.__new__(Frame)
        copy_slots(self, twin)
        if self.ct is not None:
            twin.ct = self.ct.copy()
        twin.memory = self.memory.fork()
        if self.path is not None:
            twin.path = list(self.path)
        if self.events is not None:
            twin.events = list(self.events)
        return twin


copy_slots = copier(Frame.__slots__)
"""Everything in a frame, into another one."""
