"""Requests and answers, and how they look on the wire (RFC 9112)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from labkit.embedded.streams import Stream

REASONS = {
    100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
    206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
    304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 408: "Request Timeout", 412: "Precondition Failed",
    413: "Request Entity Too Large", 417: "Expectation Failed", 418: "I'm a teapot",
    429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip
LARGEST_HEAD = 64 * 1024
LARGEST_PART = 64 * 1024
Headers = Sequence[tuple[str, str]]


class BadMessage(Exception):
    """What came is not HTTP."""


def first(headers: Headers, name: str, default: str = "") -> str:
    """The value of a header, whatever its case."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), default)


@dataclass(frozen=True, slots=True)
class Request:
    """``target`` is what stands in the request line; ``path`` and ``query`` its two parts."""

    method: str
    target: str
    version: str
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        return first(self.headers, name, default)

    def keeps_alive(self) -> bool:
        word = self.header("Connection").lower()
        return word != "close" if self.version == "HTTP/1.1" else word == "keep-alive"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; the server adds ``Content-Length``, ``Date`` and ``Connection``."""

    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    reason: str = ""
    version: str = "HTTP/1.1"

    def header(self, name: str, default: str = "") -> str:
        return first(self.headers, name, default)

    @property
    def status_line(self) -> str:
        reason = self.reason or REASONS.get(self.status, "")
        return f"{self.version} {self.status} {reason}".rstrip()


async def read_head(stream: Stream) -> tuple[str, list[tuple[str, str]]] | None:
    """The first line and the headers; None when the other side closed instead.

    What is not HTTP is refused at its first line (a TLS handshake has no empty line to wait
    for).  Raises ``BadMessage``.
    """
    start = await _line(stream)
    if start is None:
        return None
    if "HTTP/" not in start:
        raise BadMessage("not HTTP")
    headers: list[tuple[str, str]] = []
    size = len(start)
    while line := await _line(stream):
        size += len(line)
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadMessage("malformed header")
        if size > LARGEST_HEAD:
            raise BadMessage("header too long")
        headers.append((name, value.strip()))
    if line is None:
        raise BadMessage("unexpected end")
    return start, headers


async def _line(stream: Stream) -> str | None:
    """A line without its end (a bare newline will do); None at the end of the stream."""
    try:
        line = await stream.readline()
    except ValueError:
        raise BadMessage("header too long") from None
    if line and not line.endswith(b"\n"):
        raise BadMessage("unexpected end")
    return line.decode("latin-1").rstrip("\r\n") if line else None


async def read_body(stream: Stream, headers: Headers, *, to_end: bool) -> bytes:
    """The whole body; see ``body_parts``."""
    return b"".join([part async for part in body_parts(stream, headers, to_end=to_end)])


async def body_parts(stream: Stream, headers: Headers, *, to_end: bool) -> AsyncIterator[bytes]:
    """The body as it comes: by its length, by its chunks, or (``to_end``) until the other side
    closes.  Raises ``BadMessage``."""
    length = first(headers, "Content-Length")
    if "chunked" in first(headers, "Transfer-Encoding").lower():
        async for chunk in _chunks(stream):
            yield chunk
    elif length:
        if not (length.isascii() and length.isdigit()):
            raise BadMessage("bad Content-Length")
        left = int(length)
        while left:
            data = await stream.read(min(left, LARGEST_PART))
            if not data:
                raise BadMessage("unexpected end")
            left -= len(data)
            yield data
    else:
        while to_end and (data := await stream.read()):
            yield data


async def _chunks(stream: Stream) -> AsyncIterator[bytes]:
    while True:
        line = (await stream.readline()).split(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            raise BadMessage("bad chunk") from None
        if size == 0:
            while (await stream.readline()).strip():
                pass
            return
        try:
            yield await stream.readexactly(size)
            await stream.readexactly(2)
        except asyncio.IncompleteReadError:
            raise BadMessage("unexpected end") from None
