"""Byte streams inside the embedded cluster: what a TCP connection or a terminal is to a process.

Built on ``asyncio.StreamReader``; a connection is two of them, crossed.
"""

from __future__ import annotations

import asyncio

LIMIT = 256 * 1024


class Stream:
    """One end of a two-way byte stream.

    ``read`` and ``readline`` give ``b""`` at the end; a reset by the other side raises
    ``ConnectionResetError``; writing to a closed stream raises ``BrokenPipeError``.
    """

    def __init__(self) -> None:
        self._in = asyncio.StreamReader(limit=LIMIT)
        self._peer: Stream | None = None
        self._eof_sent = False
        self._drained = asyncio.Event()
        self._drained.set()
        self._waiting = 0

    def _feed(self, data: bytes) -> None:
        self._waiting += len(data)
        if self._waiting > LIMIT:
            self._drained.clear()
        self._in.feed_data(data)

    def _taken(self, data: bytes) -> bytes:
        self._waiting -= len(data)
        if self._waiting <= LIMIT:
            self._drained.set()
        return data

    async def read(self, n: int = 65536) -> bytes:
        """Up to ``n`` bytes; ``b""`` at the end."""
        return self._taken(await self._in.read(n))

    async def readexactly(self, n: int) -> bytes:
        """Exactly ``n`` bytes, or ``asyncio.IncompleteReadError``."""
        return self._taken(await self._in.readexactly(n))

    async def readline(self) -> bytes:
        """A line with its end; shorter at the end of the stream."""
        return self._taken(await self._in.readline())

    async def readuntil(self, mark: bytes) -> bytes:
        """Everything up to and with ``mark``."""
        return self._taken(await self._in.readuntil(mark))

    async def write(self, data: bytes) -> None:
        """Send; waits while the other side has more than 256 KiB unread."""
        peer = self._peer
        if peer is None or self._eof_sent:
            raise BrokenPipeError("Broken pipe")
        if data:
            peer._feed(data)
        await peer._drained.wait()

    def write_eof(self) -> None:
        """Say that no more will be sent (FIN); reading goes on."""
        if self._peer is not None and not self._eof_sent:
            self._eof_sent = True
            self._peer._in.feed_eof()

    def close(self) -> None:
        """Send FIN and forget the other side; what was sent can still be read there."""
        self.write_eof()
        if self._peer is not None:
            self._peer._drained.set()
        self._peer = None

    def reset(self) -> None:
        """Send RST: the other side's reads raise ``ConnectionResetError``."""
        peer, self._peer = self._peer, None
        if peer is not None:
            peer._in.set_exception(ConnectionResetError("Connection reset by peer"))
            peer._peer = None
            peer._drained.set()
            self._drained.set()


def pipe() -> tuple[Stream, Stream]:
    """Two ends of one connection."""
    here, there = Stream(), Stream()
    here._peer, there._peer = there, here
    return here, there


def seen(ended: asyncio.Future[None]) -> None:
    """Take note of how a task or a write ended: asyncio complains of failures that nobody looks
    at.  For ``add_done_callback``."""
    if not ended.cancelled():
        ended.exception()
