"""A terminal's line discipline: echo, erase, end of file, interrupt; ``\\n`` out as ``\\r\\n``."""

from __future__ import annotations

from collections.abc import Callable

from labkit.embedded.interfaces import Process
from labkit.embedded.streams import Stream

ERASE = (b"\x7f", b"\x08")


class Interrupted(Exception):
    """``^C`` was typed."""


class Terminal:
    """What lies between a person's keys and a program that reads lines.

    Without ``tty`` it changes nothing: lines come as they are, there is no echo.
    """

    def __init__(self, process: Process) -> None:
        self.stdin: Stream | None = process.stdin
        self._raw: Callable[[bytes], None] = process.stdout
        self._tty = process.tty
        self._ahead = b""
        self._skip_newline = False

    def write(self, data: bytes) -> None:
        """Output for the screen."""
        self._raw(data.replace(b"\n", b"\r\n") if self._tty else data)

    async def line(self) -> bytes | None:
        """The next line with its end; None at the end of the input.  Raises ``Interrupted``."""
        return await self._edited() if self._tty else await self._plain()

    async def _plain(self) -> bytes | None:
        line = await self.stdin.readline() if self.stdin is not None else b""
        return line or None

    async def _edited(self) -> bytes | None:
        typed = bytearray()
        while True:
            key = await self._key()
            if key in (b"", b"\x04"):
                if typed and key:
                    continue
                return None
            if key in (b"\r", b"\n"):
                self._raw(b"\r\n")
                return bytes(typed) + b"\n"
            if key == b"\x03":
                self._raw(b"^C\r\n")
                raise Interrupted
            if key in ERASE:
                self._erase(typed)
            elif key == b"\x1b":
                await self._escape()
            elif key == b"\x15":
                self._raw(b"\b \b" * len(typed.decode("utf-8", "replace")))
                typed.clear()
            elif key >= b" ":
                typed += key
                self._raw(key)

    async def _key(self) -> bytes:
        """The next byte; ``\\n`` right behind ``\\r`` counts as one key."""
        if not self._ahead and self.stdin is not None:
            self._ahead = await self.stdin.read(4096)
        key, self._ahead = self._ahead[:1], self._ahead[1:]
        skip, self._skip_newline = self._skip_newline, key == b"\r"
        return await self._key() if skip and key == b"\n" else key

    async def _escape(self) -> None:
        """Swallow an arrow key or the like (``ESC [ letters``)."""
        if await self._key() in (b"[", b"O"):
            while (key := await self._key()) and not key.isalpha() and key != b"~":
                pass

    def _erase(self, typed: bytearray) -> None:
        if not typed:
            return
        while typed and typed[-1] & 0xC0 == 0x80:
            typed.pop()
        typed.pop()
        self._raw(b"\b \b")
