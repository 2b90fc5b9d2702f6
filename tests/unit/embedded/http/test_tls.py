"""TLS on the emulated streams, with Python's own client and server at the other end.

Both ends of a real connection are carried to and from an emulated stream: who judges is the
standard library over a socket of the loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ssl
from collections.abc import Awaitable, Callable

import pytest

from labkit.clock import SystemClock
from labkit.embedded.http.client import exchange
from labkit.embedded.http.messages import Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.http.tls import CERTIFICATE, TlsError, over_tls, serving_tls
from labkit.embedded.interfaces import Peer
from labkit.embedded.streams import Stream, pipe

LONG = b"0123456789abcdef" * 40_000
"""More than one record of TLS, and more than a stream holds."""
PEER = Peer("10.244.1.5", 40000)


async def _carry(stream: Stream, read: asyncio.StreamReader, write: asyncio.StreamWriter) -> None:
    """A real connection and an emulated one become one."""

    async def out() -> None:
        while data := await stream.read():
            write.write(data)
            await write.drain()
        write.close()

    async def back() -> None:
        while data := await read.read(65536):
            await stream.write(data)
        stream.write_eof()

    await asyncio.gather(out(), back(), return_exceptions=True)
    await _closed(write)


async def _closed(write: asyncio.StreamWriter) -> None:
    write.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await write.wait_closed()


async def _answer(request: Request, peer: Peer) -> Response:
    return Response(200, LONG if request.path == "/long" else request.body or b"hello")


def _served(ask: Callable[[int], object], *, tls: bool = True) -> object:
    """What a client in a thread gets from the emulated server on a real port."""

    async def whole() -> object:
        handler, done = serving(_answer, SystemClock()), asyncio.Event()
        handler = serving_tls(handler) if tls else handler

        async def came(read: asyncio.StreamReader, write: asyncio.StreamWriter) -> None:
            ours, theirs = pipe()

            async def talk() -> None:
                await handler(theirs, PEER)
                theirs.close()  # as every listener of the emulated network does

            await asyncio.gather(talk(), _carry(ours, read, write))
            done.set()

        server = await asyncio.start_server(came, "127.0.0.1", 0)
        try:
            said = await asyncio.to_thread(ask, server.sockets[0].getsockname()[1])
            await asyncio.wait_for(done.wait(), 10)
            return said
        finally:
            server.close()
            await server.wait_closed()

    return asyncio.run(whole())


def test_a_real_client_takes_our_server() -> None:
    """Python's client, which trusts the certificate and checks the name, gets whole bodies."""

    def ask(port: int) -> object:
        trust = ssl.create_default_context(cafile=str(CERTIFICATE))
        client = http.client.HTTPSConnection("localhost", port, context=trust, timeout=10)
        bodies = []
        for method, path, body in (("GET", "/long", None), ("POST", "/", LONG), ("GET", "/", None)):
            client.request(method, path, body)
            bodies.append(client.getresponse().read())
        client.close()
        return bodies

    assert _served(ask) == [LONG, LONG, b"hello"]


def test_plain_http_is_told_what_it_met() -> None:
    """HTTP without TLS at a port with TLS gets 400 and a sentence, as Go's server answers."""

    def ask(port: int) -> object:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        client.request("GET", "/")
        answer = client.getresponse()
        said = answer.status, answer.read()
        client.close()
        return said

    assert _served(ask) == (400, b"Client sent an HTTP request to an HTTPS server.\n")


def _asked(work: Callable[[Stream], Awaitable[object]], *, tls: bool) -> object:
    """What our client gets from a real server that echoes a body of HTTP."""

    async def whole() -> object:
        async def came(read: asyncio.StreamReader, write: asyncio.StreamWriter) -> None:
            head = await read.readuntil(b"\r\n\r\n")
            size = len(LONG) if b"POST" in head else 0
            body = await read.readexactly(size) or b"hello"
            write.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await write.drain()
            await _closed(write)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server = await asyncio.start_server(came, "127.0.0.1", 0, ssl=context if tls else None)
        read, write = await asyncio.open_connection(*server.sockets[0].getsockname())
        ours, theirs = pipe()
        carrying = asyncio.ensure_future(_carry(theirs, read, write))
        try:
            return await work(ours)
        finally:
            ours.close()
            await asyncio.wait({carrying}, timeout=5)
            await _closed(write)
            server.close()
            await server.wait_closed()

    return asyncio.run(whole())


def test_our_client_takes_a_real_server() -> None:
    """A body goes to Python's server and comes back whole."""

    async def work(raw: Stream) -> object:
        stream = await over_tls(raw)
        headers = (("Host", "localhost"), ("Content-Length", str(len(LONG))))
        return (await exchange(stream, "POST", "/", headers, LONG)).body

    assert _asked(work, tls=True) == LONG


def test_a_server_without_tls() -> None:
    """Where no TLS is spoken the handshake fails with OpenSSL's reason, not with a hang."""

    async def came(stream: Stream, peer: Peer) -> None:
        await stream.readline()
        await stream.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def whole() -> None:
        ours, theirs = pipe()
        work = asyncio.ensure_future(came(theirs, PEER))
        with pytest.raises(TlsError, match=r"WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD"):
            await over_tls(ours)
        await work

    asyncio.run(whole())
