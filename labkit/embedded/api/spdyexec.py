"""exec and attach for clients that speak SPDY/3.1 over the bare connection (kubectl up to 1.30).

The client opens a stream for each of stdin, stdout, stderr, its terminal's size and the outcome;
the program starts when all are there.  Source: apimachinery/pkg/util/httpstream/spdy,
kubelet/pkg/cri/streaming/remotecommand (v4.channel.k8s.io).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tornado.iostream import IOStream, StreamClosedError

from labkit.embedded.api import spdy
from labkit.embedded.streams import Stream, seen

PROTOCOL = "v4.channel.k8s.io"
UPGRADE = "SPDY/3.1"
CREATION_TIMEOUT = 30.0
MOST_STREAMS = 8
Sink = Callable[[bytes], None]
Run = Callable[[Sink, Sink], Awaitable[bytes]]
"""Runs the program with its two outputs, and gives its outcome as JSON."""


class SpdyExec:
    """One command over one connection; ``wanted`` are the streams that the client announced."""

    def __init__(self, wire: IOStream, wanted: set[str], stdin: Stream | None) -> None:
        self._wire, self._wanted, self._stdin = wire, wanted, stdin
        self._codec = spdy.Codec()
        self._streams: dict[str, int] = {}
        self._ready = asyncio.Event()

    async def serve(self, run: Run) -> None:
        """Switch protocols, run, tell the outcome, hang up."""
        head = f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {UPGRADE}\r\n"
        head += f"X-Stream-Protocol-Version: {PROTOCOL}\r\n\r\n"
        reading = running = None
        try:
            await self._wire.write(head.encode())
            reading = asyncio.ensure_future(self._read())
            await asyncio.wait_for(self._ready.wait(), CREATION_TIMEOUT)
            running = asyncio.ensure_future(run(self._sink("stdout"), self._sink("stderr")))
            await asyncio.wait({reading, running}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                self._send("error", running.result())
                for name in self._streams:
                    self._send(name, b"", fin=True)
                await self._wire.write(b"")
        except (StreamClosedError, TimeoutError):
            pass
        finally:
            for task in (reading, running):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*filter(None, (reading, running)), return_exceptions=True)
            if self._stdin is not None:
                self._stdin.close()
            self._wire.close()

    async def _read(self) -> None:
        """What the client says, until it goes."""
        while True:
            try:
                data = await self._wire.read_bytes(64 * 1024, partial=True)
                for frame in self._codec.feed(data):
                    await self._take(frame)
            except (StreamClosedError, spdy.SpdyError):
                return

    async def _take(self, frame: spdy.Frame) -> None:
        if frame.kind == spdy.SYN_STREAM:
            self._begin(frame)
        elif frame.kind == spdy.PING:
            self._write(self._codec.pong(frame))
        elif frame.kind == spdy.GOAWAY:
            raise spdy.SpdyError("the client goes away")
        elif frame.kind == spdy.DATA and frame.stream == self._streams.get("stdin"):
            await self._feed(frame)

    def _begin(self, frame: spdy.Frame) -> None:
        name = frame.headers.get("streamtype", "")
        if name in self._streams or len(self._streams) >= MOST_STREAMS:
            raise spdy.SpdyError(f"stream {name} is open already, or one too many")
        self._streams[name] = frame.stream
        self._write(self._codec.reply(frame.stream))
        if self._wanted <= self._streams.keys():
            self._ready.set()

    async def _feed(self, frame: spdy.Frame) -> None:
        if self._stdin is None:
            return
        try:
            if frame.data:
                await self._stdin.write(frame.data)
            if frame.fin:
                self._stdin.write_eof()
        except (BrokenPipeError, ConnectionResetError):
            return

    def _sink(self, name: str) -> Sink:
        return lambda data: self._send(name, data)

    def _send(self, name: str, data: bytes, *, fin: bool = False) -> None:
        stream = self._streams.get(name)
        if stream is not None and (data or fin):
            self._write(self._codec.data(stream, data, fin=fin))

    def _write(self, data: bytes) -> None:
        try:
            self._wire.write(data).add_done_callback(seen)
        except StreamClosedError:
            return
