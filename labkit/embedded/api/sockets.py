"""What exec, attach and port-forward share: a WebSocket to a Pod, checked before it opens."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from labkit.embedded import streams
from labkit.embedded.api import visitors
from labkit.embedded.api.base import Answers
from labkit.embedded.api.paths import Target, parse
from labkit.embedded.status import bad_request, no_such_path

Json = dict[str, Any]
MOST_WAITING = 16 * 1024 * 1024
"""Bytes that may wait for a client to read them."""


class PodSocket(Answers, WebSocketHandler):
    """A WebSocket under a Pod.  Subclasses say what they ``speak``, ``check`` and ``run``."""

    SPEAKS: tuple[str, ...] = ()
    pod: Json
    target: Target
    _task: asyncio.Task[None] | None = None
    _waiting = 0

    async def get(self, path: str) -> None:
        self.find(path)
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise bad_request("Upgrade request required: this server speaks WebSocket only here")
        await super().get(path)

    def find(self, path: str) -> None:
        """The Pod of a path, and whether it may be asked.  Raises ``StatusError``."""
        target = parse(path)
        if target is None:
            raise no_such_path()
        visitors.check(self, target)
        self.target = target
        self.pod = self.site.world.current(target.kind, target.namespace, target.name)
        self.check()

    async def post(self, path: str) -> None:
        raise bad_request(
            "Upgrade request required: this server speaks WebSocket only here (kubectl 1.31 and "
            "later do)"
        )

    def check(self) -> None:
        """Raise ``StatusError`` before the socket opens."""

    async def run(self) -> None:
        """Serve the open socket."""

    def check_origin(self, origin: str) -> bool:
        """Done for every request alike, before anything else."""
        return True

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return next((name for name in self.SPEAKS if name in subprotocols), None)

    async def open(self, *args: str, **kwargs: str) -> None:
        self.set_nodelay(True)
        self._task = asyncio.ensure_future(self._served())

    async def _served(self) -> None:
        try:
            await self.run()
        finally:
            self.close(1000)

    def on_close(self) -> None:
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def emit(self, channel: int, data: bytes) -> None:
        """One message on a channel; lost when the client is gone."""
        self.send_binary(bytes([channel]) + data)

    def send_binary(self, data: bytes) -> None:
        """One message; nothing when the client is gone, also when it goes in the midst of it.

        A client that does not read what it is sent is cut: it would fill the memory.
        """
        try:
            sent = self.write_message(data, binary=True)
        except WebSocketClosedError:
            return
        self._waiting += len(data)
        if self._waiting > MOST_WAITING and self.ws_connection is not None:
            self.ws_connection.close(1008, "nothing of what was sent is read")
            self._abort()
            return
        sent.add_done_callback(lambda done: self._seen(done, len(data)))

    def _abort(self) -> None:
        """Cut the wire at once, whatever still waits to be sent."""
        stream: Any = getattr(self.ws_connection, "stream", None)
        if stream is not None:
            stream.close()

    def _seen(self, sent: asyncio.Future[None], size: int) -> None:
        self._waiting -= size
        streams.seen(sent)
