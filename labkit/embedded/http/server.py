"""An HTTP server on a listener of the emulated network."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable

from labkit.clock import Clock
from labkit.embedded.http.messages import BadMessage, Request, Response, read_body, read_head
from labkit.embedded.interfaces import Peer, TcpHandler
from labkit.embedded.streams import Stream

Answer = Callable[[Request, Peer], Awaitable[Response]]


def http_date(clock: Clock) -> str:
    """``Sun, 22 Nov 2026 22:17:49 GMT``."""
    now = datetime.datetime.fromtimestamp(clock.now(), datetime.UTC)
    return now.strftime("%a, %d %b %Y %H:%M:%S GMT")


def serving(answer: Answer, clock: Clock) -> TcpHandler:
    """A handler for ``Net.listen`` that serves requests until the other side is done.

    ``answer`` gives the whole answer; ``Date``, ``Content-Length`` and ``Connection`` are
    added, and the body is left out for HEAD.
    """

    async def handle(stream: Stream, peer: Peer) -> None:
        try:
            while await _one(stream, peer, answer, clock):
                pass
        except (ConnectionError, BrokenPipeError):
            stream.reset()
        except asyncio.CancelledError:
            stream.reset()
            raise
        finally:
            stream.close()

    return handle


async def _one(stream: Stream, peer: Peer, answer: Answer, clock: Clock) -> bool:
    """Serve one request; whether the connection stays open for the next."""
    try:
        request = await read_request(stream)
    except BadMessage:
        text = b"400 Bad Request"
        headers = (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close"))
        await _send(stream, None, Response(400, text, headers), clock, False)
        return False
    if request is None:
        return False
    response = await answer(request, peer)
    keep = request.keeps_alive() and response.header("Connection").lower() != "close"
    await _send(stream, request, response, clock, keep)
    return keep


async def read_request(stream: Stream) -> Request | None:
    """The next request; None when there is none.  Raises ``BadMessage``."""
    head = await read_head(stream)
    if head is None:
        return None
    words = head[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadMessage("malformed request line")
    if "100-continue" in "".join(value for name, value in head[1] if name.lower() == "expect"):
        await stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await read_body(stream, head[1], to_end=False)
    return Request(words[0], words[1], words[2], head[1], body)


async def _send(
    stream: Stream, request: Request | None, response: Response, clock: Clock, keep: bool
) -> None:
    """Head and body in one write, as a server with a buffer sends them."""
    names = {name.lower() for name, _ in response.headers}
    headers = list(response.headers)
    if "date" not in names:
        headers.append(("Date", http_date(clock)))
    if "content-length" not in names and response.status not in (204, 304):
        headers.append(("Content-Length", str(len(response.body))))
    if not keep and "connection" not in names:
        headers.append(("Connection", "close"))
    lines = [response.status_line, *(f"{name}: {value}" for name, value in headers), "", ""]
    body = b"" if request is not None and request.method == "HEAD" else response.body
    await stream.write("\r\n".join(lines).encode("latin-1", "replace") + body)
