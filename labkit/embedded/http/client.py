"""An HTTP client on a stream: one request, one answer; redirects are the caller's affair."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from labkit.embedded.http.messages import (
    BadMessage,
    Headers,
    Request,
    Response,
    read_body,
    read_head,
)
from labkit.embedded.streams import Stream


class BadUrl(ValueError):
    """Not a URL that can be fetched here."""


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of ``http://host:port/path?query``."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """For the Host header: the port is left out when it is the usual one."""
        usual = {"http": 80, "https": 443}.get(self.scheme)
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def parse_url(text: str) -> Url:
    """Take a URL apart; ``http://`` may be left out.  Raises ``BadUrl``."""
    parts = urlsplit(text if "://" in text else f"http://{text}")
    try:
        port = parts.port
    except ValueError:
        raise BadUrl(text) from None
    if not parts.hostname:
        raise BadUrl(text)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = 443 if parts.scheme == "https" else 80
    return Url(parts.scheme, parts.hostname, port or usual, target)


async def exchange(
    stream: Stream, method: str, target: str, headers: Headers, body: bytes = b""
) -> Response:
    """Send one request and read its answer.  Raises ``BadMessage`` and ``ConnectionError``.

    An empty answer (the other side closed) is a ``BadMessage``.
    """
    await send_request(stream, method, target, headers, body)
    return await read_response(stream, method)


async def send_request(
    stream: Stream, method: str, target: str, headers: Headers, body: bytes = b""
) -> None:
    """Send one request.  Raises ``ConnectionError``."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    await stream.write("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body)


async def read_response(stream: Stream, method: str) -> Response:
    """The answer to a request of ``method``."""
    head = await read_response_head(stream)
    body = b""
    if has_body(head, method):
        body = await read_body(stream, head.headers, to_end=True)
    return Response(head.status, body, head.headers, head.reason, head.version)


def has_body(head: Response, method: str) -> bool:
    """Whether a body follows the head of an answer."""
    return method != "HEAD" and head.status not in (204, 304)


async def read_response_head(stream: Stream) -> Response:
    """The answer without its body.  Raises ``BadMessage`` and ``ConnectionError``."""
    while True:
        head = await read_head(stream)
        if head is None:
            raise BadMessage("empty reply")
        version, _, rest = head[0].partition(" ")
        code, _, reason = rest.partition(" ")
        if not version.startswith("HTTP/") or not code.isdigit():
            raise BadMessage("not HTTP")
        if int(code) >= 200:
            return Response(int(code), b"", tuple(head[1]), reason, version)


def keeps_alive(response: Response) -> bool:
    """Whether another request may follow on the same stream."""
    if response.header("Connection").lower() == "close" or response.version != "HTTP/1.1":
        return False
    framed = response.header("Content-Length") or response.header("Transfer-Encoding")
    return bool(framed) or response.status in (204, 304)


__all__ = ["BadMessage", "BadUrl", "Request", "Url", "exchange", "keeps_alive", "parse_url"]
