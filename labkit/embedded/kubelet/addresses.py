"""Pod addresses: the next free one of the node's network, as the host-local plugin gives them.

After containernetworking/plugins host-local: it goes round, so that an address that was just
given back is not given out at once.
"""

from __future__ import annotations

import ipaddress

from labkit.embedded.status import StatusError


class Addresses:
    """The addresses of one node's podCIDR; ``.0``, the gateway and the broadcast are kept."""

    def __init__(self, cidr: str, gateway: str) -> None:
        self._network = ipaddress.IPv4Network(cidr)
        self._kept = {
            self._network.network_address,
            self._network.broadcast_address,
            ipaddress.IPv4Address(gateway),
        }
        self._taken: dict[ipaddress.IPv4Address, str] = {}
        self._last = self._network.network_address

    def take(self, owner: str) -> str:
        """The next free address for ``owner``.  ``StatusError`` when all are taken."""
        size = self._network.num_addresses
        start = int(self._last) - int(self._network.network_address)
        for step in range(1, size + 1):
            candidate = self._network[(start + step) % size]
            if candidate not in self._kept and candidate not in self._taken:
                self._taken[candidate] = owner
                self._last = candidate
                return str(candidate)
        message = f"no IP addresses available in range set: {self._network}"
        raise StatusError(500, "InternalError", message)

    def reserve(self, address: str, owner: str) -> None:
        """Mark an address that a Pod has from before a restart."""
        found = ipaddress.IPv4Address(address)
        if found in self._network:
            self._taken[found] = owner
            self._last = max(self._last, found)

    def release(self, address: str, owner: str) -> None:
        found = ipaddress.IPv4Address(address)
        if self._taken.get(found) == owner:
            del self._taken[found]
