"""TLS on the emulated streams: Python's own ``ssl`` between two ends in memory.

Servers show one certificate, for localhost and signed by itself, as Kubernetes' test images do;
clients do not look at it, as the API server's proxy and the kubelet's probes do not (Go's
``InsecureSkipVerify``).
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from pathlib import Path

from labkit.embedded.interfaces import Peer, TcpHandler
from labkit.embedded.streams import Stream, pipe, seen

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""Certificate and key.  Public on purpose: it proves nothing and protects nothing."""
PLAIN = "HTTP_REQUEST"
WRONG_PROTOCOL = (
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
)
"""What Go's server answers to plain HTTP."""
CHUNK = 64 * 1024


class TlsError(ConnectionError):
    """The handshake failed; the text says how, in OpenSSL's words."""


def certificate_and_key() -> tuple[bytes, bytes]:
    """Both as PEM, as images carry them in two files."""
    certificate, begin, key = CERTIFICATE.read_bytes().partition(b"-----BEGIN PRIVATE KEY-----\n")
    return certificate, begin + key


@functools.cache
def _server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@functools.cache
def _client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Session:
    """One end: records come from and go to ``raw``, what is said lies open on ``inside``."""

    def __init__(self, raw: Stream, context: ssl.SSLContext, *, server: bool) -> None:
        self._raw = raw
        self._came, self._goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._goes, server_side=server)
        self.plain, self._inside = pipe()
        self._tasks: list[asyncio.Task[None]] = []

    async def _flush(self) -> None:
        if data := self._goes.read():
            await self._raw.write(data)

    async def shake_hands(self) -> None:
        """Raises ``TlsError`` (its cause is OpenSSL's), ``ConnectionError``."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._raw.read()
                if not data:
                    raise TlsError("EOF") from None
                self._came.write(data)
            except ssl.SSLError as error:
                with contextlib.suppress(ConnectionError):
                    await self._flush()
                raise TlsError(error.reason or str(error)) from error
        await self._flush()

    def start(self) -> None:
        """Carry what is said in both directions, until either side has done."""
        self._tasks = [asyncio.ensure_future(one) for one in (self._inward(), self._outward())]
        for task in self._tasks:
            task.add_done_callback(seen)

    async def finish(self) -> None:
        """Wait until all that was said has gone out."""
        await asyncio.gather(self._tasks[1], return_exceptions=True)

    def stop(self) -> None:
        """Carry nothing any more."""
        for task in self._tasks:
            task.cancel()

    async def _inward(self) -> None:
        try:
            while True:
                try:
                    data = self._tls.read(CHUNK)
                except ssl.SSLWantReadError:
                    came = await self._raw.read()
                    if not came:
                        break
                    self._came.write(came)
                    continue
                if not data:
                    break
                await self._inside.write(data)
        except (ssl.SSLZeroReturnError, BrokenPipeError):
            pass
        except (ssl.SSLError, ConnectionError):
            self._inside.reset()
            return
        self._inside.write_eof()

    async def _outward(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._inside.read():
                self._tls.write(data)
                await self._flush()
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            await self._flush()
        self._raw.close()


async def over_tls(raw: Stream) -> Stream:
    """The client's end of a connection.  Raises ``TlsError`` when the other does not speak TLS.

    Closing it closes ``raw`` as well.
    """
    session = _Session(raw, _client_context(), server=False)
    await session.shake_hands()
    session.start()
    return session.plain


def serving_tls(handler: TcpHandler) -> TcpHandler:
    """A handler for ``Net.listen`` that lets another one talk inside TLS."""

    async def handle(raw: Stream, peer: Peer) -> None:
        session = _Session(raw, _server_context(), server=True)
        try:
            await session.shake_hands()
        except TlsError as error:
            if str(error) == PLAIN:
                await raw.write(WRONG_PROTOCOL)
            return
        session.start()
        try:
            await handler(session.plain, peer)
            await session.finish()
        finally:
            session.stop()

    return handle
