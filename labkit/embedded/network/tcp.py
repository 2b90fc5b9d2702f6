"""TCP connections: the handshake and the end walk through every rule, the bytes in between
do not (a rule sees connections; the filter counters of established packets stay behind)."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable

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
    """One end of an established connection; closing it sends FIN through the rules.

    Where a delay lies between the ends, everything arrives so much later, in order.  Where a
    node is switched off, nothing arrives and nobody is told.
    """

    def __init__(self, stack: Stack, flow: Packet, fabric: Fabric, clock: Clock) -> None:
        super().__init__()
        self.stack = stack
        self.flow = flow
        self._fabric, self._clock = fabric, clock
        self._gone = False
        self._moving: asyncio.Task[None] | None = None
        stack.open.add(self)

    def join(self, other: Connection) -> None:
        """Cross the two ends."""
        self._peer, other._peer = other, self

    async def write(self, data: bytes) -> None:
        other = self._peer
        if not isinstance(other, Connection) or self._eof_sent:
            raise BrokenPipeError("Broken pipe")
        if not self._reaches(other):
            return
        if other._gone:
            self._in.set_exception(ConnectionResetError("Connection reset by peer"))
            raise ConnectionResetError("Connection reset by peer")
        if not self._deliver(other, lambda: other._feed(data)):
            await super().write(data)
        await other._drained.wait()

    def write_eof(self) -> None:
        other = self._peer
        if not isinstance(other, Connection) or self._eof_sent:
            return
        if self._reaches(other) and not self._deliver(other, other._in.feed_eof):
            super().write_eof()
        self._eof_sent = True
        self._segment("FIN,ACK")
        if other._eof_sent:
            other._segment("ACK")

    def close(self) -> None:
        super().close()
        self._forget()

    def reset(self) -> None:
        other = self._peer
        if isinstance(other, Connection) and not self._reaches(other):
            self._gone, self._peer = True, None  # the other side hears nothing
        else:
            if other is not None:
                self._segment("RST,ACK")
            super().reset()
        self._forget()

    def _reaches(self, other: Connection) -> bool:
        return self._fabric.connected(self.stack, other.stack)

    def _deliver(self, other: Connection, arrive: Callable[[], None]) -> bool:
        """Let something arrive later; False when nothing lies between the two ends."""
        delay = self._fabric.delay(self.stack, other.stack)
        before = self._moving
        if not delay and (before is None or before.done()):
            return False

        async def move() -> None:
            end = self._clock.monotonic() + delay
            if before is not None:
                await before
            await self._clock.sleep(max(0.0, end - self._clock.monotonic()))
            if self._reaches(other) and not other._in.at_eof() and not other._gone:
                arrive()

        self._moving = asyncio.ensure_future(move())
        return True

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
                await self._wait(end.after, limit - waited)
                raise OSError(end.refused, os.strerror(end.refused))
            if end.stack is not None:
                back = self._answer(syn, end, end.stack, stack)
                if back is not None:
                    await self._wait(2 * self._fabric.delay(stack, end.stack), limit - waited)
                    return self._established(stack, syn, end, end.stack)
            pause = min(interval, limit - waited)
            await self._wait(pause, limit - waited)
            waited += pause
            interval *= 2

    async def _wait(self, seconds: float, left: float) -> None:
        """Let time pass; ``TimeoutError`` when no more than that is left."""
        if seconds:
            await self._clock.sleep(min(seconds, left))
        if seconds >= left:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))

    def _answer(self, syn: Packet, end: Arrival, server: Stack, stack: Stack) -> Packet | None:
        """What the other side says to a SYN, and where it arrives; None when it got lost."""
        arrived = end.packet
        listening = server.tcp_at(arrived.dst, arrived.dport)
        back = self._fabric.send(arrived.reply("SYN,ACK" if listening else "RST,ACK"), server)
        if back.stack is None or (stack is self._fabric.outside.host and _strange(syn, back)):
            return None  # an answer that came around the node is for nobody
        _check(syn, back, stack)
        return back.packet

    def _established(self, stack: Stack, syn: Packet, end: Arrival, server: Stack) -> Connection:
        """Both ends, when someone (still) listens."""
        arrived = end.packet
        listening = server.tcp_at(arrived.dst, arrived.dport)
        if listening is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        client = Connection(stack, syn, self._fabric, self._clock)
        client._segment("ACK")
        theirs = Connection(server, arrived.reply("SYN,ACK"), self._fabric, self._clock)
        client.join(theirs)
        _serve(listening, theirs, Peer(arrived.src, arrived.sport))
        return client


def _strange(syn: Packet, back: Arrival) -> bool:
    """Whether an answer comes from somebody else than who was asked."""
    packet = back.packet
    came = (packet.src, packet.sport, packet.dst, packet.dport)
    return came != (syn.dst, syn.dport, syn.src, syn.sport)


def _check(syn: Packet, back: Arrival, stack: Stack) -> None:
    """The answer must come from what was asked for: conntrack has to undo the NAT."""
    if back.stack is not stack or _strange(syn, back):
        raise Unsound(f"asked {syn}, the answer was {back.packet}")


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
