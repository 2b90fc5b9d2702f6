"""One network namespace: a Pod's, or a node's own."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labkit.embedded.interfaces import TcpHandler, UdpHandler

if TYPE_CHECKING:
    from labkit.embedded.network.machine import Machine

ANY = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Listening:
    """Who answers at one port; ``address`` 0.0.0.0 means any of the namespace's own."""

    address: str
    handler: Any
    jobs: set[asyncio.Task[Any]] = field(default_factory=set, compare=False)
    """What the handler is doing right now, one task for each connection or datagram."""


@dataclass(slots=True, eq=False)
class Stack:
    """The addresses of a namespace, its open ports, and the flows that began here.

    ``veth`` is the name of the interface at the node's end; empty for the node itself.
    """

    machine: Machine
    addresses: tuple[str, ...]
    veth: str = ""
    tcp: dict[int, list[Listening]] = field(default_factory=dict)
    udp: dict[int, list[Listening]] = field(default_factory=dict)
    flows: set[tuple[str, int, str, int]] = field(default_factory=set)
    inboxes: dict[int, Callable[..., None]] = field(default_factory=dict)
    """UDP sockets that wait for answers, by their port."""
    open: set[Any] = field(default_factory=set)
    """Connections that have an end here."""

    @property
    def address(self) -> str:
        """The primary address."""
        return self.addresses[0]

    def owns(self, address: str) -> bool:
        """Whether packets to this address never leave the namespace."""
        return address in self.addresses or address.startswith("127.")

    def tcp_at(self, address: str, port: int) -> Listening | None:
        return _at(self.tcp, address, port)

    def udp_at(self, address: str, port: int) -> Listening | None:
        return _at(self.udp, address, port)

    def listen(self, port: int, handler: TcpHandler, address: str) -> Place:
        return _bind(self.tcp, port, Listening(address, handler))

    def listen_udp(self, port: int, handler: UdpHandler, address: str) -> Place:
        return _bind(self.udp, port, Listening(address, handler))

    def shut(self) -> None:
        """The namespace goes away: nobody listens any more, connections are reset."""
        for table in (self.tcp, self.udp):
            for places in table.values():
                for place in places:
                    for job in place.jobs:
                        job.cancel()
            table.clear()
        for connection in list(self.open):
            connection.reset()
        self.inboxes.clear()


Table = dict[int, list[Listening]]


def _at(table: Table, address: str, port: int) -> Listening | None:
    """The listener with that very address first, then the one for all."""
    places = table.get(port, ())
    for wanted in (address, ANY):
        for place in places:
            if place.address == wanted:
                return place
    return None


def _bind(table: Table, port: int, new: Listening) -> Place:
    places = table.setdefault(port, [])
    if any(ANY in (place.address, new.address) or place.address == new.address for place in places):
        raise OSError(errno.EADDRINUSE, "Address already in use")
    places.append(new)
    return Place(table, port, new)


class Place:
    """An open port; ``close`` gives it back and stops what its handler is doing."""

    def __init__(self, table: Table, port: int, listening: Listening) -> None:
        self._table, self._port, self._listening = table, port, listening

    def close(self) -> None:
        places = self._table.get(self._port, [])
        if any(place is self._listening for place in places):
            places[:] = [place for place in places if place is not self._listening]
        if not places:
            self._table.pop(self._port, None)
        for job in list(self._listening.jobs):
            job.cancel()
