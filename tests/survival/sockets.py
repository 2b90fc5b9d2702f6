"""Bytes on the wire: broken HTTP, broken WebSocket frames, broken SPDY."""

# ruff: noqa: E501 (tables of nonsense)

from __future__ import annotations

import base64
import random
import socket
import struct
import zlib

from labkit.embedded.api.spdy import dictionary
from tests.survival.conftest import Where
from tests.survival.nonsense import SPACE

PROTOCOLS = (
    "v5.channel.k8s.io",
    "v4.channel.k8s.io",
    "SPDY/3.1+portforward.k8s.io",
    "nothing",
    "",
)
DOORS = (
    "exec?command=cat&stdin=true&stdout=true&stderr=true",
    "exec?command=sh&stdin=true&stdout=true&tty=true",
    "exec?command=%00%ff&stdout=true",
    "exec?command=yes&stdout=true",
    "attach?stdin=true&stdout=true",
    "portforward?ports=80,99999,0",
    "portforward",
)


def talk(
    server: Where, data: bytes, *, first: float = 0.5, patience: float = 0.5, half: bool = True
) -> bytes:
    """Send bytes, and what comes back until the other side closes or says no more: ``first`` seconds
    for the beginning, ``patience`` for what follows; ``half``: nothing more will come from here."""
    said = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=first) as wire:
        try:
            wire.sendall(data)
            if half:
                wire.shutdown(socket.SHUT_WR)
            while piece := wire.recv(65536):
                said += piece
                wire.settimeout(patience)
                if len(said) > 1 << 20:
                    break
        except OSError:
            pass
    return said


def raw_requests(server: Where, mark: str, dice: random.Random) -> bytes:
    """HTTP that is wrong, or that two servers might read in two ways."""
    path = f"/{server.secret}{SPACE}/configmaps"
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    body = f'{{"metadata":{{"name":"{mark}"}}}}'
    hidden = f"POST {path} HTTP/1.1\r\n{host}Content-Length: {len(body)}\r\n\r\n{body}"
    nobody = f"POST /nobody{SPACE}/configmaps HTTP/1.1\r\n{host}"
    chunk = f"{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    length = f"Content-Length: {len(body)}\r\n"
    made = dice.choice(
        (
            f"POST {path} HTTP/1.1\r\n{host}{length}Transfer-Encoding: chunked\r\n\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked, identity\r\n\r\n{chunk}",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n{chunk}",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding : chunked\r\n\r\n{chunk}",
            f"POST {path} HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Content-Length: -5\r\n\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Content-Length: +{len(body)}\r\n\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Content-Length: 1_0\r\n\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Content-Length: 99999999999999\r\n\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n-5\r\n{body}\r\n0\r\n\r\n",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n1;x=\r\n{body}\r\n0\r\n\r\n",
            f"POST {path} HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n0x5\r\n{body}\r\n0\r\n\r\n",
            f"POST {path} HTTP/1.1\n{host}Content-Length: 3\r\n\r\n{body}",
            f"POST {path} HTTP/9.9\r\n{host}{length}\r\n{body}",
            f"POST {path}\r\n\r\n",
            f"POST {path} HTTP/1.1\r\n{length}\r\n{body}",  # no Host
            f"POST {path} HTTP/1.1\r\n{host}Host: evil.example\r\n{length}\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host} folded\r\n: nameless\r\n{length}\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}X: {'a' * 70_000}\r\n{length}\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}X: a\x00b\r\n{length}\r\n{body}",
            f"POST http://evil.example{path} HTTP/1.1\r\n{host}{length}\r\n{body}",
            f"POST {path} HTTP/1.1\r\n{host}Expect: 100-continue\r\nContent-Length: 99\r\n\r\n",
            f"\x16\x03\x01\x02\x00\x01{mark}\r\n\r\n",
            f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{mark}",
            f"GET / HTTP/1.1\r\n{host}\r\n" * 300,
            # Without the secret: what is inside such a body must not be heard as a request.
            f"{nobody}Content-Length: {len(hidden)}\r\n\r\n{hidden}",
            f"{nobody}Transfer-Encoding: chunked\r\n\r\n{len(hidden):x}\r\n{hidden}\r\n0\r\n\r\n",
        )
    )
    return made.encode("latin-1")


def upgrade(server: Where, door: str, protocol: str) -> bytes:
    """The request that opens a WebSocket to the victim."""
    key = base64.b64encode(b"0123456789abcdef").decode()
    spoken = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
    return (
        f"GET /{server.secret}{SPACE}/pods/victim/{door} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{spoken}\r\n"
    ).encode()


def frame(data: bytes, *, first: int = 0x82, masked: bool = True, size: int | None = None) -> bytes:
    """A WebSocket frame; ``size`` may lie."""
    count, mask = len(data) if size is None else size, 0x80 if masked else 0
    if count < 126:
        head = bytes([first, mask | count])
    elif count < 1 << 16:
        head = bytes([first, mask | 126]) + struct.pack("!H", count)
    else:
        head = bytes([first, mask | 127]) + struct.pack("!Q", count & (1 << 64) - 1)
    return head + (b"\0\0\0\0" if masked else b"") + data


def frames(dice: random.Random) -> bytes:
    """A few frames, most of them broken."""
    made = b""
    for _ in range(dice.choice((1, 3, 8))):
        junk = dice.randbytes(dice.choice((0, 1, 5, 130, 70_000)))
        made += dice.choice(
            (
                frame(junk),
                frame(junk, masked=False),
                frame(junk, first=dice.randrange(256)),
                frame(junk, size=1 << 62),
                frame(junk, size=dice.randrange(1 << 20)),
                frame(b"\xff\xfe\xed\xa0\x80", first=0x81),
                frame(b"\x03", first=0x88),
                frame(struct.pack("!H", dice.randrange(65536)) + junk[:100], first=0x88),
                frame(junk[:200], first=0x89),
                frame(b"", first=0x02) + frame(junk, first=0x00) + frame(junk, first=0x80),
                frame(bytes([dice.choice((0, 1, 3, 4, 7, 255))]) + junk),
                frame(b"\x04{" + junk[:9]),
                frame(spdy(dice)),
                frame(spdy(dice)),
            )
        )
    return made


def spdy(dice: random.Random) -> bytes:
    """SPDY frames: torn headers, impossible streams, a bomb of zeros."""
    stream = dice.choice((0, 1, 3, 0x7FFFFFFF))
    size = struct.pack("!I", dice.choice((1, 5, 0xFFFFFFFF)))
    port = dice.choice((b"80", b"0", b"99999", b"9" * 400, "²".encode(), b"-1", b""))
    pairs = (
        (b"streamtype", dice.choice((b"data", b"error"))),
        (b"port", port),
        (b"requestid", b"1"),
    )
    plain = struct.pack("!I", dice.choice((3, 3, 3, 9, 0x7FFFFFFF)))
    plain += b"".join(struct.pack("!I", len(part)) + part for pair in pairs for part in pair)
    if dice.random() < 0.1:
        plain = b"\0" * 40_000_000
    packer = zlib.compressobj(9, zdict=dictionary())
    block = packer.compress(plain) + packer.flush(zlib.Z_SYNC_FLUSH)
    if dice.random() < 0.2:
        block = dice.randbytes(30)
    body = struct.pack("!IIH", stream, 0, 0) + block
    made = b""
    for kind in dice.choices((1, 1, 1, 2, 3, 4, 6, 7, 8, 9, 77), k=3):
        version = 0x8003 if dice.random() < 0.9 else 0x8000 | dice.randrange(1 << 15)
        part = body if kind in (1, 2, 8) else size * dice.choice((0, 1, 2))
        made += struct.pack("!HHB", version, kind, dice.randrange(4)) + len(part).to_bytes(3, "big")
        made += part
        data = dice.randbytes(200)
        made += struct.pack("!IB", stream, dice.randrange(2)) + len(data).to_bytes(3, "big") + data
    return made
