"""``agnhost serve-hostname``: tells its own name to whoever asks, on port 9376."""

from __future__ import annotations

from labkit.embedded.http.messages import Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.interfaces import Listener, Peer, Process
from labkit.embedded.programs.agnhost.common import BadFlags, flags, log, said
from labkit.embedded.programs.goflags import Value
from labkit.embedded.programs.signals import terminated
from labkit.embedded.programs.sockets import why
from labkit.embedded.streams import Stream

FLAGS: dict[str, Value] = {"port": 9376, "http": True, "tcp": False, "udp": False, "close": False}
LINGER = 60.0
"""Seconds that it goes on after SIGTERM: until the endpoints are gone everywhere."""


async def serve_hostname(process: Process) -> int:
    """By HTTP, or with ``--http=false --tcp --udp`` to anyone who connects or says a word."""
    try:
        values, _ = flags(process, FLAGS)
    except BadFlags:
        return 1
    if values["http"] and (values["tcp"] or values["udp"]):
        log(process, "Can't server TCP/UDP mode and HTTP mode at the same time")
        return 1
    listeners: list[Listener] = []
    try:
        _listen(process, values, listeners)
        log(process, f"Serving on port {values['port']}.")
        await terminated(process).wait()
        log(process, "Shutting down after receiving signal: terminated.")
        log(process, "Awaiting pod deletion.")
        await process.clock.sleep(LINGER)
    except OSError as error:
        log(process, f"listen tcp :{values['port']}: bind: {why(error).lower()}")
        return 1
    finally:
        for listener in listeners:
            listener.close()
    return 0


def _listen(process: Process, values: dict[str, Value], listeners: list[Listener]) -> None:
    name, port = process.hostname.encode(), int(values["port"])

    async def by_tcp(stream: Stream, peer: Peer) -> None:
        log(process, f"TCP request from {peer.address}:{peer.port}")
        await stream.write(name)

    async def by_udp(data: bytes, peer: Peer) -> bytes:
        log(process, f"UDP request from {peer.address}:{peer.port}")
        return name

    async def by_http(request: Request, peer: Peer) -> Response:
        log(process, f"HTTP request from {peer.address}:{peer.port}")
        return said(name, 200, (("Connection", "close"),) if values["close"] else ())

    if values["tcp"]:
        listeners.append(process.net.listen(port, by_tcp))
    if values["udp"]:
        listeners.append(process.net.listen_udp(port, by_udp))
    if values["http"]:
        listeners.append(process.net.listen(port, serving(by_http, process.clock)))
