"""Handing out ClusterIPs and node ports.

What is taken is read from the Services themselves each time, so that nothing can leak or be
lost when the server is killed.  Numbers are drawn from the upper band first; the lower band is
left to those who choose their own (KEP-3070, KEP-3668).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterable
from typing import Any

from labkit import plan
from labkit.embedded.chance import Chance

Json = dict[str, Any]

TRIES = 64


class NotAllocated(Exception):
    """Why a number could not be had, in the words of the real allocator."""


def _band(size: int, low: int, step: int, high: int) -> int:
    """How many of the first numbers are kept for those who choose: size/step within bounds;
    none when there are so few."""
    return min(max(low, size // step), high) if low < size else 0


def _draw(size: int, band: int, taken: Container[int], chance: Chance) -> int | None:
    """A free offset: by chance in the upper band, else the first free one of any band."""
    for _ in range(TRIES):
        offset = band + chance.below(size - band)
        if offset not in taken:
            return offset
    everything: Iterable[int] = [*range(band, size), *range(band)]
    return next((offset for offset in everything if offset not in taken), None)


class ClusterIPs:
    """The Service network without its first and last address (ipallocator)."""

    def __init__(self, cidr: str = plan.SERVICE_CIDR) -> None:
        self.network = ipaddress.IPv4Network(cidr)
        self._first = int(self.network.network_address) + 1
        self._size = self.network.num_addresses - 2
        self._band = _band(self._size, 16, 16, 256)

    def claim(self, address: str, taken: Container[str]) -> None:
        """Take a chosen address, or say why not."""
        number = int(ipaddress.IPv4Address(address)) - self._first
        if not 0 <= number < self._size:
            raise NotAllocated(
                f"failed to allocate IP {address}: the provided IP ({address}) is not in the valid "
                f"range. The range of valid IPs is {self.network}"
            )
        if address in taken:
            raise NotAllocated(f"failed to allocate IP {address}: provided IP is already allocated")

    def next(self, taken: Iterable[str], chance: Chance) -> str:
        """A free address, by chance."""
        numbers = {int(ipaddress.IPv4Address(address)) - self._first for address in taken}
        offset = _draw(self._size, self._band, numbers, chance)
        if offset is None:
            raise NotAllocated("failed to allocate a serviceIP: range is full")
        return str(ipaddress.IPv4Address(self._first + offset))


NO_NETWORK = "there is no ServiceCIDR that is ready"


class ServiceNetworks:
    """The networks of all ServiceCIDRs together (cidrallocator)."""

    def __init__(self, cidrs: Iterable[str]) -> None:
        self.pools = [ClusterIPs(cidr) for cidr in cidrs]

    def claim(self, address: str, taken: Container[str]) -> None:
        """Take a chosen address from the network it lies in, or say why not."""
        if not self.pools:
            raise NotAllocated(f"failed to allocate IP {address}: {NO_NETWORK}")
        wanted = ipaddress.IPv4Address(address)
        fitting = [pool for pool in self.pools if wanted in pool.network]
        (fitting or self.pools)[0].claim(address, taken)

    def next(self, taken: Iterable[str], chance: Chance) -> str:
        """A free address of the first network, by chance, that has one."""
        used, refusal = set(taken), NotAllocated(f"failed to allocate a serviceIP: {NO_NETWORK}")
        for pool in self.pools:
            try:
                return pool.next(used, chance)
            except NotAllocated as full:
                refusal = full
        raise refusal


class NodePorts:
    """The ports every node opens for Services (portallocator)."""

    def __init__(self, ports: range = plan.NODE_PORT_RANGE) -> None:
        self.ports = ports
        self._band = _band(len(ports), 16, 32, 128)

    def claim(self, port: int, taken: Container[int]) -> None:
        """Take a chosen port, or say why not."""
        if port not in self.ports:
            valid = f"{self.ports[0]}-{self.ports[-1]}"
            raise NotAllocated(
                f"provided port is not in the valid range. The range of valid ports is {valid}"
            )
        if port in taken:
            raise NotAllocated("provided port is already allocated")

    def next(self, taken: Iterable[int], chance: Chance) -> int:
        """A free port, by chance."""
        used = {port - self.ports[0] for port in taken}
        offset = _draw(len(self.ports), self._band, used, chance)
        if offset is None:
            raise NotAllocated("range is full")
        return self.ports[0] + offset
