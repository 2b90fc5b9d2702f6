"""TCP connections: the handshake and the end walk through every rule, the bytes in between
do not (a rule sees connections; the filter counters of established packets stay behind)."""

from __future__ import annotations

import asyncio
import errno
import os

from labkit.clock import Clock
from labkit.embedded.chance import Chance
from labkit.embedded.interfaces import Peer
from labkit.embedded.network.fabric import Arrival, Fabric
from labkit.embedded.network.ports import ephemeral
from labkit.embedded.network.stack import Listening, Stack
from labkit.embedded.streams import Stream
from labkit.model.packet import Packet

FIRST_RETRY = 1.0
GIVE_UP = 127.0
"""SYN again after 1, 3, 7, ... 63 s, given up after 127 s (``tcp_syn_retries`` 6)."""


class Unsound(AssertionError):
    """An answer came back with the wrong addresses: a bug of labkit, not of the lab."""


class Connection(Stream):
    """One end of an established connection; closing it sends FIN through the rules."""

    def __init__(self, stack: Stack, flow: Packet, fabric: Fabric) -> None:
        super().__init__()
        self.stack = stack
        self.flow = flow
        self._fabric = fabric
        self._finished = False
        stack.open.add(self)

    def join(self, other: Connection) -> None:
        """Cross the two ends."""
        self._peer, other._peer = other, self

    def write_eof(self) -> None:
        first = not self._eof_sent
        other = self._peer
        super().write_eof()
        if first and self._eof_sent:
            self._segment("FIN,ACK")
            if isinstance(other, Connection) and other._eof_sent:
                other._segment("ACK")

    def close(self) -> None:
        super().close()
        self._forget()

    def reset(self) -> None:
        if self._peer is not None:
            self._segment("RST,ACK")
        super().reset()
        self._forget()

    def _segment(self, flags: str) -> None:
        """Send a segment without bytes; where it ends does not matter any more."""
        flow = self.flow
        packet = Packet(flow.src, flow.dst, "tcp", flow.sport, flow.dport, flags)
        self._fabric.send(packet, self.stack)

    def _forget(self) -> None:
        self.stack.open.discard(self)
        key = ("tcp", self.flow.sport, self.flow.dst, self.flow.dport)
        self.stack.flows.discard(key)


class Tcp:
    """Makes connections over a fabric."""

    def __init__(self, fabric: Fabric, clock: Clock, chance: Chance) -> None:
        self._fabric, self._clock, self._chance = fabric, clock, chance

    async def connect(
        self, stack: Stack, source: str, address: str, port: int, timeout: float | None
    ) -> Stream:
        """Three-way handshake; raises as ``Net.connect`` says."""
        await asyncio.sleep(0)
        sport = self._port(stack, address, port)
        key = ("tcp", sport, address, port)
        stack.flows.add(key)
        try:
            return await self._tries(stack, Packet(source, address, "tcp", sport, port), timeout)
        except BaseException:
            stack.flows.discard(key)
            raise

    def _port(self, stack: Stack, address: str, port: int) -> int:
        return ephemeral(self._chance, lambda sport: ("tcp", sport, address, port) in stack.flows)

    async def _tries(self, stack: Stack, syn: Packet, timeout: float | None) -> Stream:
        """SYN, and SYN again while nothing comes back."""
        limit = GIVE_UP if timeout is None else timeout
        waited, interval = 0.0, FIRST_RETRY
        while True:
            end = self._fabric.send(syn, stack)
            if end.refused:
                raise OSError(end.refused, os.strerror(end.refused))
            if end.stack is not None:
                connection = self._answered(stack, syn, end, end.stack)
                if connection is not None:
                    return connection
            pause = min(interval, limit - waited)
            await self._clock.sleep(pause)
            waited += pause
            if waited >= limit:
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            interval *= 2

    def _answered(
        self, stack: Stack, syn: Packet, end: Arrival, server: Stack
    ) -> Connection | None:
        """What the other side does with a SYN; None when its answer got lost."""
        arrived = end.packet
        listening = server.tcp_at(arrived.dst, arrived.dport)
        answer = arrived.reply("SYN,ACK" if listening else "RST,ACK")
        back = self._fabric.send(answer, server)
        if back.stack is None:
            return None
        _check(syn, back, stack)
        if listening is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        client = Connection(stack, syn, self._fabric)
        client._segment("ACK")
        theirs = Connection(server, answer, self._fabric)
        client.join(theirs)
        _serve(listening, theirs, Peer(arrived.src, arrived.sport))
        return client


def _check(syn: Packet, back: Arrival, stack: Stack) -> None:
    """The answer must come from what was asked for: conntrack has to undo the NAT."""
    packet = back.packet
    came = (packet.src, packet.sport, packet.dst, packet.dport)
    if back.stack is not stack or came != (syn.dst, syn.dport, syn.src, syn.sport):
        raise Unsound(f"asked {syn}, the answer was {packet}")


def _serve(listening: Listening, stream: Stream, peer: Peer) -> None:
    """Let the listener's handler talk to the new connection."""

    async def talk() -> None:
        try:
            await listening.handler(stream, peer)
        finally:
            stream.close()

    job = asyncio.ensure_future(talk())
    listening.jobs.add(job)
    job.add_done_callback(listening.jobs.discard)
