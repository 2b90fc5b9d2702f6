"""exec and attach: a program's streams as channels of a WebSocket.

Channels: 0 stdin, 1 stdout, 2 stderr, 3 the outcome as a ``Status``, 4 the terminal's size;
in v5 the message ``255, n`` closes channel n.  Source: k8s.io/streaming, KEP-4006.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from labkit.embedded.api import containers
from labkit.embedded.api.base import encoded
from labkit.embedded.api.sockets import PodSocket
from labkit.embedded.api.spdyexec import PROTOCOL, UPGRADE, Sink, SpdyExec
from labkit.embedded.interfaces import Runtime
from labkit.embedded.status import StatusError, bad_request, internal
from labkit.embedded.streams import Stream, pipe

Json = dict[str, Any]
log = logging.getLogger("labkit.embedded.api")

STDIN, STDOUT, STDERR, OUTCOME, CLOSE = 0, 1, 2, 3, 255
OUTSIDE = ("stdin", "stdout", "stderr")


def outcome(status: int) -> Json:
    """What a program's exit status looks like to the client."""
    if status == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {status}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(status)}]},
    }


class ExecSocket(PodSocket):
    """Runs a command in a container (``exec``) or joins its main process (``attach``)."""

    SPEAKS = ("v5.channel.k8s.io", "v4.channel.k8s.io")

    def check(self) -> None:
        query = self.query
        wanted = [query.flag(name) for name in ("stdin", "stdout", "stderr")]
        if not any(wanted):
            raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
        if self.target.subresource == "exec" and not query.many("command"):
            raise bad_request("you must specify at least 1 command")
        containers.on_node(self.pod)
        self.container = containers.named(self.pod, query.text("container"))
        self.runtime: Runtime = containers.runtime(self.site)
        self.stdin: Stream | None = None
        self._inside: Stream | None = None
        if query.flag("stdin"):
            self.stdin, self._inside = pipe()

    async def on_message(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        if not data or self.stdin is None:
            return
        if data[0] == STDIN:
            try:
                await self.stdin.write(data[1:])
            except (BrokenPipeError, ConnectionResetError):
                return
        elif data[0] == CLOSE and data[1:2] == bytes([STDIN]):
            self.stdin.write_eof()

    def _sink(self, channel: int) -> Callable[[bytes], None]:
        return lambda data: self.emit(channel, data)

    async def post(self, path: str) -> None:
        """Older clients: SPDY on the connection itself."""
        if self.request.headers.get("Upgrade", "").upper() != UPGRADE:
            await super().post(path)
            return
        self.find(path)
        asked = self.request.headers.get_list("X-Stream-Protocol-Version")
        if PROTOCOL not in ",".join(asked).replace(" ", "").split(","):
            known = f"unable to upgrade: client supports {asked}, server accepts [{PROTOCOL}]"
            raise StatusError(403, "Forbidden", known)
        wanted = {"error", *(name for name in OUTSIDE if self.query.flag(name))}
        wanted -= {"stderr"} if self.query.flag("tty") else set()
        await SpdyExec(self.detach(), wanted, self.stdin).serve(self._outcome)

    async def run(self) -> None:
        said = await self._outcome(self._sink(STDOUT), self._sink(STDERR))
        self.emit(OUTCOME, said)

    async def _outcome(self, stdout: Sink, stderr: Sink) -> bytes:
        """Run to the end; what became of it, as JSON."""
        try:
            status = outcome(await self._run(stdout, stderr))
        except StatusError as refusal:
            status = refusal.to_dict()
        except Exception as error:
            log.exception("%s failed", self.target.subresource)
            status = internal(f"{type(error).__name__}: {error}").to_dict()
        return encoded(status).encode()

    async def _run(self, stdout: Sink, stderr: Sink) -> int:
        if self.target.subresource == "attach":
            return await self.runtime.attach(
                self.pod, self.container, stdin=self._inside, stdout=stdout, stderr=stderr
            )
        tty = self.query.flag("tty")
        return await self.runtime.exec(
            self.pod,
            self.container,
            self.query.many("command"),
            stdin=self._inside,
            stdout=stdout,
            stderr=stdout if tty else stderr,
            tty=tty,
        )

    def on_close(self) -> None:
        if self.stdin is not None:
            self.stdin.close()
        super().on_close()
