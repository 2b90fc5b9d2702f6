"""Frames of SPDY/3.1: as much as port-forward needs.

Streams are opened by the client with headers, answered, filled with data, and ended from each
side (FIN).  Headers are compressed with zlib and the protocol's own dictionary.
Source: SPDY protocol, draft 3.1 (2.2 framing, 2.6.10 name/value header block).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS, WINDOW = 1, 2, 3, 4, 6, 7, 8, 9
DATA = 0
FIN = 0x01
VERSION = 3
CONTROL = 0x8000
LARGEST = 16 * 1024 * 1024
MOST_HEADERS = 64 * 1024
"""Bytes of one header block when it is unpacked: a few hundred are usual."""

_NAMES = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language "
    "accept-ranges age allow authorization cache-control connection content-base "
    "content-encoding content-language content-length content-location content-md5 "
    "content-range content-type date etag expect expires from host if-match if-modified-since "
    "if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer "
    "transfer-encoding upgrade user-agent vary via warning www-authenticate method get status"
)
_MORE = ("200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie", "keep-alive", "origin")
_TAIL = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 "
    "Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 "
    "Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, "
    "Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
    "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age="
    "gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


def dictionary() -> bytes:
    """The preset dictionary of header compression (2.6.10.1)."""
    names = (*_NAMES.split(), *_MORE)
    return b"".join(_sized(name.encode()) for name in names) + _TAIL.encode()


def _sized(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data


class SpdyError(Exception):
    """The other side does not speak SPDY/3.1."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame: ``kind`` is 0 for data, else the control type; ``stream`` 0 when it has none."""

    kind: int
    stream: int = 0
    fin: bool = False
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Codec:
    """Both directions of one connection: bytes in any pieces to frames, frames to bytes."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zdict=dictionary())
        self._deflate = zlib.compressobj(zdict=dictionary())
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Frames that are complete now."""
        self._buffer += data
        while len(self._buffer) >= 8:
            size = int.from_bytes(self._buffer[5:8], "big")
            if size > LARGEST:
                raise SpdyError("a frame is too large")
            if len(self._buffer) < 8 + size:
                return
            head, body = bytes(self._buffer[:8]), bytes(self._buffer[8 : 8 + size])
            del self._buffer[: 8 + size]
            yield self._read(head, body)

    def _read(self, head: bytes, body: bytes) -> Frame:
        first, second = struct.unpack("!HH", head[:4])
        fin = bool(head[4] & FIN)
        if not first & CONTROL:
            return Frame(DATA, (first << 16 | second) & 0x7FFFFFFF, fin, body)
        if first & 0x7FFF != VERSION:
            raise SpdyError(f"version {first & 0x7FFF}")
        if second not in (SYN_STREAM, SYN_REPLY, HEADERS):
            stream = _stream(body) if second in (RST_STREAM, WINDOW) else 0
            return Frame(second, stream, fin, body)
        block = body[10:] if second == SYN_STREAM else body[4:]
        return Frame(second, _stream(body), fin, b"", self._headers(block))

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            plain = self._inflate.decompress(block, MOST_HEADERS)
            if self._inflate.unconsumed_tail:
                raise SpdyError("headers are too large")
            count, at, found = struct.unpack_from("!I", plain)[0], 4, {}
            for _ in range(count):
                words = []
                for _ in range(2):
                    (size,) = struct.unpack_from("!I", plain, at)
                    words.append(plain[at + 4 : at + 4 + size].decode())
                    at += 4 + size
                found[words[0]] = words[1]
        except (zlib.error, struct.error, UnicodeDecodeError) as error:
            raise SpdyError(f"headers: {error}") from None
        return found

    def reply(self, stream: int) -> bytes:
        """SYN_REPLY without headers."""
        block = self._deflate.compress(struct.pack("!I", 0))
        block += self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack("!I", stream) + block)

    def data(self, stream: int, data: bytes, *, fin: bool = False) -> bytes:
        """A DATA frame."""
        size = len(data).to_bytes(3, "big")
        return struct.pack("!IB", stream, FIN if fin else 0) + size + data

    def pong(self, ping: Frame) -> bytes:
        """The answer to a PING."""
        return _control(PING, ping.data)


def _stream(body: bytes) -> int:
    return int.from_bytes(body[:4], "big") & 0x7FFFFFFF


def _control(kind: int, body: bytes) -> bytes:
    return struct.pack("!HHB", CONTROL | VERSION, kind, 0) + len(body).to_bytes(3, "big") + body
