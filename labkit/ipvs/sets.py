"""ipsets, as ``ipset save`` prints them: which packets a ``-m set`` rule takes.

The kinds that kube-proxy's IPVS mode uses: ``hash:ip``, ``hash:ip,port``,
``hash:ip,port,ip``, ``hash:ip,port,net`` and ``bitmap:port``.  In ``--match-set NAME
dst,dst,src`` each word says from which side of the packet that part of the entry is taken
(ipset(8)).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.errors import RulesError, UnsupportedExtension
from labkit.model import address

KINDS = {
    "hash:ip": ("ip",),
    "hash:ip,port": ("ip", "port"),
    "hash:ip,port,ip": ("ip", "port", "ip"),
    "hash:ip,port,net": ("ip", "port", "net"),
    "bitmap:port": ("bare",),
}
PORT_PROTOCOLS = ("tcp", "udp", "sctp")

Part = int | tuple[str, int] | None
Network = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sides:
    """What of a packet a set can look at: addresses as texts, protocol, ports."""

    src: str
    dst: str
    proto: str
    sport: int
    dport: int

    def part(self, kind: str, side: str) -> Part:
        """One part of the key; None where the packet has no such thing."""
        if kind in ("ip", "net"):
            return address.number(self.src if side == "src" else self.dst)
        if self.proto not in PORT_PROTOCOLS:
            return None
        port = self.sport if side == "src" else self.dport
        return port if kind == "bare" else (self.proto, port)


@dataclass(slots=True)
class IpSet:
    """One set.  ``networks`` holds the last part of ``hash:ip,port,net`` entries."""

    name: str
    kind: str
    entries: set[tuple[Part, ...]] = field(default_factory=set)
    networks: dict[tuple[Part, ...], list[Network]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """One entry as ipset writes it: ``10.96.0.10,tcp:80``."""
        parts = KINDS[self.kind]
        words = text.split(",")
        if len(words) != len(parts):
            raise ValueError(text)
        key: list[Part] = []
        for kind, word in zip(parts, words, strict=True):
            if kind == "net":
                self.networks.setdefault(tuple(key), []).append(address.network(word))
                self.texts.append(text)
                return
            key.append(_part(kind, word))
        self.entries.add(tuple(key))
        self.texts.append(text)

    def holds(self, sides: Sides, directions: tuple[str, ...]) -> bool:
        """Whether the packet is in the set, its parts taken from these sides."""
        parts = KINDS[self.kind]
        key = tuple(sides.part(kind, side) for kind, side in zip(parts, directions, strict=False))
        if len(key) < len(parts) or None in key:
            return False
        if parts[-1] == "net":
            value = key[-1]
            return isinstance(value, int) and any(
                value & mask == base for base, mask, _ in self.networks.get(key[:-1], ())
            )
        return key in self.entries


def _part(kind: str, word: str) -> Part:
    if kind == "ip":
        return address.number(word)
    protocol, colon, port = word.rpartition(":")
    return (protocol, int(port)) if colon else int(port)


def read_sets(text: str) -> dict[str, IpSet]:
    """The sets of an ``ipset save``.  Raises :class:`RulesError` with line and word."""
    sets: dict[str, IpSet] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if words[0] == "create" and len(words) >= 3:
            if words[2] not in KINDS:
                raise UnsupportedExtension(
                    "This kind of set is not known here.", line=number, word=words[2]
                )
            sets[words[1]] = IpSet(words[1], words[2])
        elif words[0] == "add" and len(words) == 3 and words[1] in sets:
            try:
                sets[words[1]].add(words[2])
            except (ValueError, LookupError):
                raise RulesError(
                    "This entry does not fit its set.", line=number, word=words[2]
                ) from None
        else:
            raise RulesError("This is not a line of ipset save.", line=number, word=words[0])
    return sets


def bound_addresses(sets: Mapping[str, IpSet]) -> tuple[str, ...]:
    """What stands on ``kube-ipvs0``: the set that kube-proxy keeps of it."""
    return tuple(
        entry
        for name in ("KUBE-IPVS-IPS", "KUBE-6-IPVS-IPS")
        if name in sets
        for entry in sets[name].texts
    )
