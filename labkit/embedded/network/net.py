"""What a program sees of the network: ``interfaces.Net`` for a Pod or a node."""

from __future__ import annotations

import asyncio
import errno
import os
from dataclasses import dataclass

from labkit.embedded.dns.resolver import Config, Resolver
from labkit.embedded.interfaces import Listener, TcpHandler, UdpHandler
from labkit.embedded.network.fabric import Fabric
from labkit.embedded.network.stack import Stack
from labkit.embedded.network.tcp import Tcp
from labkit.embedded.network.udp import Socket, Udp
from labkit.embedded.streams import Stream
from labkit.model.packet import Packet


@dataclass(frozen=True, slots=True)
class Wires:
    """The parts that all namespaces share."""

    fabric: Fabric
    tcp: Tcp
    udp: Udp


class StackNet:
    """The network from inside one namespace.  ``config`` is what its resolver reads."""

    def __init__(self, stack: Stack, wires: Wires, config: Config) -> None:
        self.stack = stack
        self.address = stack.address
        self.config = config
        self._wires = wires

    @property
    def virtual_addresses(self) -> tuple[str, ...]:
        """See ``interfaces.Net``; a Pod's own namespace has none."""
        return () if self.stack.veth else self.stack.machine.virtual_addresses

    def source(self, address: str) -> str:
        """The address that packets to ``address`` come from.

        Raises ``OSError(ENETUNREACH)`` without a route (Linux looks before any rule does).
        """
        if address.startswith("127."):
            return "127.0.0.1"
        if address in self.stack.addresses:
            return address
        if self.stack.veth:
            return self.stack.address
        found = self.stack.machine.source_for(address)
        if found is None:
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
        return found

    async def connect(
        self, host: str, port: int, *, timeout: float | None = None, source: str = ""
    ) -> Stream:
        """See ``interfaces.Net``; a name is tried at its first address."""
        address = (await self.resolve(host))[0]
        if source and not self.stack.owns(source):
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
        source = source or self.source(address)
        return await self._wires.tcp.connect(self.stack, source, address, port, timeout)

    def listen(self, port: int, handler: TcpHandler, *, address: str = "0.0.0.0") -> Listener:
        """Raises ``OSError(EADDRINUSE)``."""
        return self.stack.listen(port, handler, address)

    def listen_udp(self, port: int, handler: UdpHandler, *, address: str = "0.0.0.0") -> Listener:
        """Raises ``OSError(EADDRINUSE)``."""
        return self.stack.listen_udp(port, handler, address)

    def listening(self) -> list[tuple[str, str, int]]:
        """Open ports of the namespace: protocol, address, port."""
        tables = (("tcp", self.stack.tcp), ("udp", self.stack.udp))
        return [
            (protocol, place.address, port)
            for protocol, table in tables
            for port, places in table.items()
            for place in places
        ]

    def socket(self, address: str, port: int) -> Socket:
        """A UDP socket that asks one address and may ask often."""
        return Socket(self._wires.udp, self.stack, self.source(address), address, port)

    async def datagram(self, host: str, port: int, data: bytes, *, timeout: float) -> bytes:
        """See ``interfaces.Net``."""
        socket = self.socket((await self.resolve(host))[0], port)
        try:
            socket.send(data)
            return await socket.receive(timeout)
        finally:
            socket.close()

    async def resolve(self, name: str) -> list[str]:
        """See ``interfaces.Net``; an address is given back as it is."""
        return await Resolver(self, self.config).addresses(name)

    async def ping(self, address: str, *, timeout: float) -> bool:
        """One ICMP echo; whether the answer came back.  Raises ``OSError`` when refused."""
        await asyncio.sleep(0)
        fabric = self._wires.fabric
        identifier = self._wires.udp.free_port(self.stack)
        echo = Packet(self.source(address), address, "icmp", sport=identifier, length=84)
        end = fabric.send(echo, self.stack)
        if end.refused:
            await self._wires.udp.clock.sleep(min(end.after, timeout))
            raise OSError(end.refused, os.strerror(end.refused))
        if end.stack is not None:
            delay = 2 * fabric.delay(self.stack, end.stack)
            said = end.packet
            answer = Packet(said.dst, said.src, "icmp", sport=said.sport, length=84, icmp_type=0)
            back = fabric.send(answer, end.stack)
            if back.stack is self.stack and back.packet.src == address and delay <= timeout:
                await self._wires.udp.clock.sleep(delay)
                return True
        await self._wires.udp.clock.sleep(timeout)
        return False
