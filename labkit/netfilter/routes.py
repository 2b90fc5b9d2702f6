"""The routing tables of a node: what is local, and where the rest goes.

The longest prefix wins; among equals the first.  The address for MASQUERADE is the primary
one of the interface the packet leaves through, the one on the next hop's network first
(inet_select_addr in devinet.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from labkit.model import address

Interfaces = Mapping[str, Iterable[str]]
"""Interface -> its addresses, the primary first; each may carry its prefix (10.0.0.1/24)."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route: packets to ``cidr`` leave through ``iface``, to the next hop ``via``."""

    cidr: str
    iface: str
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the node, with the network it stands in."""

    value: int
    mask: int
    family: int


@dataclass(slots=True)
class Routing:
    """Interfaces and routes, ready for look-up.

    ``localnet`` is the switch route_localnet: packets to and from 127.0.0.0/8 may come in by
    an interface.  kube-proxy turns it on for NodePorts on the loopback.
    """

    interfaces: Interfaces
    routes: tuple[Route, ...]
    localnet: bool = False
    _addresses: dict[str, tuple[Address, ...]] = field(init=False)
    _local: frozenset[tuple[int, int]] = field(init=False)
    _broadcast: frozenset[int] = field(init=False)
    _sorted: list[tuple[int, int, int, Route]] = field(init=False)
    _special: dict[int, tuple[tuple[int, int], ...]] = field(init=False)
    _found: dict[tuple[int, int], Route | None] = field(init=False, default_factory=dict)
    _strange: dict[tuple[int, int], bool] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._addresses = {
            name: tuple(map(_address, texts)) for name, texts in self.interfaces.items()
        }
        every = [a for addresses in self._addresses.values() for a in addresses]
        self._local = frozenset((a.family, a.value) for a in every) | {(6, 1)}
        self._broadcast = frozenset(
            a.value | (a.mask ^ 0xFFFFFFFF) for a in every if a.family == 4 and a.mask < 0xFFFFFFFE
        )
        self._special = self._specials()
        parsed = [(*_network(route.cidr), route) for route in self.routes]
        self._sorted = sorted(parsed, key=lambda entry: -entry[1].bit_count())

    def kind(self, value: int, family: int, iface: str = "") -> str:
        """The type of an address, as ``-m addrtype`` names it (inet_addr_type).

        With ``iface`` an address of another interface is no more than UNICAST
        (inet_dev_addr_type).
        """
        if family == 6:
            if (6, value) in self._local and self._belongs(value, 6, iface):
                return "LOCAL"
            return "MULTICAST" if value >> 120 == 0xFF else "UNICAST"
        if value >> 24 == 127 or (4, value) in self._local:
            return "LOCAL" if self._belongs(value, 4, iface) else "UNICAST"
        if value >> 24 == 0 or value == 0xFFFFFFFF:
            return "BROADCAST"
        if value in self._broadcast and self._belongs(value, 4, iface):
            return "BROADCAST"
        return "MULTICAST" if value >> 28 == 0xE else "UNICAST"

    def _belongs(self, value: int, family: int, iface: str) -> bool:
        """Whether a local or broadcast address is one of this interface (of any, without)."""
        if not iface:
            return True
        if value == 1 if family == 6 else value >> 24 == 127:
            return iface == "lo"
        full = (1 << address.BITS[family]) - 1
        return any(
            a.family == family and value in (a.value, a.value | (a.mask ^ full))
            for a in self._addresses.get(iface, ())
        )

    def martian(self, src: int, dst: int, family: int) -> bool:
        """Whether no packet with these addresses can have come in from outside.

        Linux drops it at the routing decision, after the rules of PREROUTING
        (ip_route_input_slow in route.c, fib_validate_source in fib_frontend.c).
        """
        if family == 4 and (dst >> 24 == 0 or (dst >> 24 == 127 and not self.localnet)):
            return True
        key = (family, src)
        found = self._strange.get(key)
        if found is None:
            if len(self._strange) > 1 << 16:
                self._strange.clear()
            found = any(low <= src <= high for low, high in self.special(family))
            self._strange[key] = found
        return found

    def special(self, family: int) -> tuple[tuple[int, int], ...]:
        """Ranges of addresses from which no packet comes in."""
        return self._special[family]

    def _specials(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """0/8, multicast, broadcast, the loopback, the node's own."""
        four = [(0, 0x00FFFFFF), (0xE0000000, 0xEFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF)]
        if not self.localnet:
            four.append((0x7F000000, 0x7FFFFFFF))
        four += sorted((v, v) for family, v in self._local if family == 4 and v >> 24 != 127)
        return {4: tuple(four), 6: ((0xFF << 120, (1 << 128) - 1),)}

    def route(self, value: int, family: int) -> Route | None:
        """The route to an address that is not local, or None."""
        key = (family, value)
        if key not in self._found:
            if len(self._found) > 1 << 16:
                self._found.clear()
            self._found[key] = next(
                (
                    route
                    for network, mask, kind, route in self._sorted
                    if kind == family and value & mask == network
                ),
                None,
            )
        return self._found[key]

    def primary(self, iface: str, next_hop: int, family: int) -> int | None:
        """The source address for packets that leave through ``iface`` to ``next_hop``.

        IPv6 prefers the destination itself when it is local, then the address of that
        interface with the longest common prefix (ipv6_dev_get_saddr in addrconf.c).
        """
        own = [a for a in self._addresses.get(iface, ()) if a.family == family]
        if family == 6 and (6, next_hop) in self._local:
            return next_hop
        if family == 6 and own:
            return min(own, key=lambda a: (a.value ^ next_hop).bit_length()).value
        for candidate in own:
            if candidate.value & candidate.mask == next_hop & candidate.mask:
                return candidate.value
        if own:
            return own[0].value
        others = (
            a.value
            for name, addresses in self._addresses.items()
            if name != "lo"
            for a in addresses
            if a.family == family
        )
        return next(others, None)


@lru_cache(maxsize=1 << 14)
def _network(cidr: str) -> tuple[int, int, int]:
    """Each Pod that comes makes the tables anew: most of them is known already."""
    return address.network(cidr)


@lru_cache(maxsize=1 << 14)
def _address(text: str) -> Address:
    """``10.0.0.1/24`` or ``10.0.0.1``."""
    host, slash, _ = text.partition("/")
    kind = address.family(host)
    mask = address.network(text)[1] if slash else (1 << address.BITS[kind]) - 1
    return Address(address.number(host), mask, kind)
