"""UDP: every datagram walks through the rules, and so does every answer."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable

from labkit.clock import Clock
from labkit.embedded.chance import Chance
from labkit.embedded.interfaces import Peer
from labkit.embedded.network.fabric import UNREACHABLE, Fabric
from labkit.embedded.network.ports import ephemeral
from labkit.embedded.network.stack import Listening, Stack
from labkit.embedded.programs.timing import TimeIsUp, within
from labkit.model.packet import Packet

NO_ERROR = (0, 0.0)
HEADERS = 28
"""Bytes of the IP and UDP headers."""


class Socket:
    """A connected UDP socket: it hears only the address that it asks."""

    def __init__(self, udp: Udp, stack: Stack, source: str, address: str, port: int) -> None:
        self._udp, self._stack = udp, stack
        self.port = udp.free_port(stack)
        self._ask = Packet(source, address, "udp", self.port, port)
        self._answers: asyncio.Queue[bytes | OSError] = asyncio.Queue()
        self._later: asyncio.Task[None] | None = None
        stack.inboxes[self.port] = self._heard

    def send(self, data: bytes) -> None:
        """One datagram; a refusal is raised at the next ``receive``."""
        error, after = self._udp.carry(self._ask, data, self._stack)
        if error:
            refusal = OSError(error, os.strerror(error))
            self._later = asyncio.ensure_future(self._refused(refusal, after))

    async def _refused(self, error: OSError, after: float) -> None:
        """The refusal is heard when it comes."""
        await self._udp.clock.sleep(after)
        self._answers.put_nowait(error)

    async def receive(self, timeout: float) -> bytes:
        """The next answer.  Raises ``TimeoutError``, or ``OSError`` when refused."""
        try:
            answer = await within(self._udp.clock, timeout, self._answers.get())
        except TimeIsUp:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from None
        if isinstance(answer, OSError):
            raise answer
        return answer

    def close(self) -> None:
        if self._later is not None:
            self._later.cancel()
        self._stack.inboxes.pop(self.port, None)

    def _heard(self, packet: Packet, data: bytes) -> None:
        ask = self._ask
        if (packet.src, packet.sport, packet.dst) == (ask.dst, ask.dport, ask.src):
            self._answers.put_nowait(data)


class Udp:
    """Carries datagrams over a fabric."""

    def __init__(self, fabric: Fabric, clock: Clock, chance: Chance) -> None:
        self._fabric, self.clock, self._chance = fabric, clock, chance

    def free_port(self, stack: Stack) -> int:
        """A port for a new socket."""
        taken: Callable[[int], bool] = lambda port: port in stack.inboxes or port in stack.udp  # noqa: E731
        return ephemeral(self._chance, taken)

    def carry(self, packet: Packet, data: bytes, origin: Stack) -> tuple[int, float]:
        """Send a datagram; 0, or the error number of a refusal and the seconds until it comes."""
        sent = Packet(
            packet.src, packet.dst, "udp", packet.sport, packet.dport, length=len(data) + HEADERS
        )
        end = self._fabric.send(sent, origin)
        if end.refused or end.stack is None:
            return end.refused, end.after
        listening = end.stack.udp_at(end.packet.dst, end.packet.dport)
        if listening is not None:
            delay = self._fabric.delay(origin, end.stack)
            self._serve(listening, end.packet, data, end.stack, delay)
            return NO_ERROR
        inbox = end.stack.inboxes.get(end.packet.dport)
        if inbox is not None:
            inbox(end.packet, data)
            return NO_ERROR
        return self._port_unreachable(end.packet, end.stack, origin), 0.0

    def _port_unreachable(self, packet: Packet, at: Stack, origin: Stack) -> int:
        """Nobody listens: the namespace says so, if its word gets back."""
        code, error = UNREACHABLE["icmp-port-unreachable"]
        said = Packet(
            packet.dst, packet.src, "icmp", icmp_type=3, icmp_code=code, inner=packet.flow
        )
        back = self._fabric.send(said, at)
        return error if back.stack is origin else 0

    def _serve(
        self, listening: Listening, packet: Packet, data: bytes, at: Stack, delay: float
    ) -> None:
        """Let the listener's handler answer; the datagram and its answer take their time."""

        async def answer() -> None:
            if delay:
                await self.clock.sleep(delay)
            said = await listening.handler(data, Peer(packet.src, packet.sport))
            if said is not None:
                if delay:
                    await self.clock.sleep(delay)
                self.carry(packet.reply(""), said, at)

        job = asyncio.ensure_future(answer())
        listening.jobs.add(job)
        job.add_done_callback(listening.jobs.discard)
