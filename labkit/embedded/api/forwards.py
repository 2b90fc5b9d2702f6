"""port-forward: connections to a Pod's ports through a WebSocket.

kubectl speaks SPDY/3.1 inside the socket's binary messages (KEP-4006); client libraries speak
v4 channels: two per port, data and error, each beginning with the port as two bytes.
"""

from __future__ import annotations

import asyncio
import struct

from labkit.embedded.api import containers, spdy
from labkit.embedded.api.sockets import PodSocket
from labkit.embedded.interfaces import Runtime
from labkit.embedded.status import StatusError, bad_request
from labkit.embedded.streams import Stream

SPDY = "SPDY/3.1+portforward.k8s.io"
CHANNELS = "v4.channel.k8s.io"
MOST_STREAMS = 1000
MOST_PIECES = 256
"""Pieces that wait for a program in the Pod; more, and the client has to wait."""


def _port(text: str) -> int:
    """A port by its digits; 0, which nobody listens on, for anything else."""
    good = text.isascii() and text.isdigit() and len(text) <= 5
    return int(text) if good and int(text) <= 65535 else 0


class ForwardSocket(PodSocket):
    """Both forms of port-forward; without a subprotocol channels are meant."""

    SPEAKS = (SPDY, CHANNELS)

    def check(self) -> None:
        containers.on_node(self.pod)
        self.runtime: Runtime = containers.runtime(self.site)
        phase = self.pod.get("status", {}).get("phase")
        if phase != "Running":
            raise bad_request(
                f"unable to forward port because pod is not running. Current status={phase}"
            )
        self._tunnel: Tunnel | None = None
        self._channels: Channels | None = None

    async def run(self) -> None:
        if self.selected_subprotocol == SPDY:
            self._tunnel = Tunnel(self)
            await self._tunnel.ended.wait()
        else:
            self._channels = Channels(self, [_port(port) for port in self._ports()])
            await self._channels.run()

    def _ports(self) -> list[str]:
        ports = [word for text in self.query.many("ports") for word in text.split(",")]
        return [port for port in ports if _port(port)]

    async def on_message(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        while self._tunnel is None and self._channels is None:
            await asyncio.sleep(0)
        if self._tunnel is not None:
            await self._tunnel.take(data)
        elif self._channels is not None:
            await self._channels.take(data)

    def on_close(self) -> None:
        for part in (self._tunnel, self._channels):
            if part is not None:
                part.close()
        super().on_close()


class Connection:
    """One connection to a port of the Pod, begun in the background; data waits for it."""

    def __init__(self, runtime: Runtime, pod: dict[str, object], port: int) -> None:
        self._dial = asyncio.ensure_future(runtime.dial(pod, port))

    async def stream(self) -> Stream:
        """The open connection, or the ``StatusError`` of its failure."""
        return await asyncio.shield(self._dial)

    def close(self) -> None:
        if not self._dial.done():
            self._dial.cancel()
        elif not self._dial.cancelled() and self._dial.exception() is None:
            self._dial.result().close()


class Tunnel:
    """SPDY streams in pairs: ``error`` and ``data`` with the same request id."""

    def __init__(self, socket: ForwardSocket) -> None:
        self._socket = socket
        self._codec = spdy.Codec()
        self._errors: dict[str, int] = {}
        self._open: dict[int, Connection] = {}
        self._queues: dict[int, asyncio.Queue[bytes | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.ended = asyncio.Event()

    async def take(self, data: bytes) -> None:
        """Bytes from the client."""
        try:
            for frame in self._codec.feed(data):
                await self._frame(frame)
        except spdy.SpdyError:
            self.ended.set()

    async def _frame(self, frame: spdy.Frame) -> None:
        if frame.kind == spdy.SYN_STREAM:
            self._begin(frame)
        elif frame.kind == spdy.DATA and frame.stream in self._queues:
            queue = self._queues[frame.stream]
            if frame.data:
                await queue.put(frame.data)
            if frame.fin:
                await queue.put(None)
        elif frame.kind == spdy.RST_STREAM and frame.stream in self._open:
            self._open[frame.stream].close()
        elif frame.kind == spdy.PING:
            self._send(self._codec.pong(frame))
        elif frame.kind == spdy.GOAWAY:
            self.ended.set()

    def _begin(self, frame: spdy.Frame) -> None:
        self._send(self._codec.reply(frame.stream))
        request = frame.headers.get("requestid", "")
        if frame.headers.get("streamtype") == "error":
            self._errors[request] = frame.stream
            return
        if frame.stream in self._open or len(self._open) >= MOST_STREAMS:
            raise spdy.SpdyError(f"stream {frame.stream} is open already, or one too many")
        port = _port(frame.headers.get("port", ""))
        connection = Connection(self._socket.runtime, self._socket.pod, port)
        self._open[frame.stream] = connection
        self._queues[frame.stream] = asyncio.Queue(MOST_PIECES)
        task = asyncio.ensure_future(self._serve(frame.stream, self._errors.get(request, 0)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, stream: int, error: int) -> None:
        """Carry both directions of one connection; say on the error stream what went wrong."""
        connection, queue = self._open[stream], self._queues[stream]
        try:
            pod = await connection.stream()
            writer = asyncio.ensure_future(_pour(queue, pod))
            try:
                while data := await pod.read():
                    self._send(self._codec.data(stream, data))
            finally:
                writer.cancel()
        except (StatusError, OSError) as refusal:
            self._send(self._codec.data(error, str(refusal).encode()))
        finally:
            self._send(self._codec.data(stream, b"", fin=True))
            self._send(self._codec.data(error, b"", fin=True))
            connection.close()
            self._open.pop(stream, None)
            self._queues.pop(stream, None)

    def _send(self, data: bytes) -> None:
        self._socket.send_binary(data)

    def close(self) -> None:
        """The client is gone."""
        self.ended.set()
        for connection in list(self._open.values()):
            connection.close()
        for task in list(self._tasks):
            task.cancel()


async def _pour(queue: asyncio.Queue[bytes | None], pod: Stream) -> None:
    """What the client sends, into the connection; None is the end of it."""
    try:
        while (data := await queue.get()) is not None:
            await pod.write(data)
        pod.write_eof()
    except (BrokenPipeError, ConnectionResetError):
        return


class Channels:
    """Channel 2i carries the data of the i-th port, channel 2i+1 its errors."""

    def __init__(self, socket: ForwardSocket, ports: list[int]) -> None:
        self._socket = socket
        self._ports = ports
        self._open = [Connection(socket.runtime, socket.pod, port) for port in ports]

    async def run(self) -> None:
        """Greet on every channel, then carry until all connections have ended."""
        for index, port in enumerate(self._ports):
            for channel in (2 * index, 2 * index + 1):
                self._socket.emit(channel, struct.pack("<H", port))
        await asyncio.gather(*(self._read(index) for index in range(len(self._ports))))

    async def _read(self, index: int) -> None:
        try:
            pod = await self._open[index].stream()
            while data := await pod.read():
                self._socket.emit(2 * index, data)
        except (StatusError, OSError) as refusal:
            self._socket.emit(2 * index + 1, str(refusal).encode())

    async def take(self, data: bytes) -> None:
        """A message of the client: a channel number, then bytes."""
        if not data or data[0] % 2 or data[0] // 2 >= len(self._open):
            return
        try:
            pod = await self._open[data[0] // 2].stream()
            await pod.write(data[1:])
        except (StatusError, OSError):
            return

    def close(self) -> None:
        """The client is gone."""
        for connection in self._open:
            connection.close()
