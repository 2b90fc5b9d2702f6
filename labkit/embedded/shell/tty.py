"""A terminal's line discipline: echo, erase, end of file, interrupt; ``\\n`` out as ``\\r\\n``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from labkit.embedded.interfaces import Process
from labkit.embedded.shell.channels import Pipe
from labkit.embedded.streams import Stream

ERASE = (b"\x7f", b"\x08")


class Interrupted(Exception):
    """``^C`` was typed."""


class Terminal:
    """What lies between a person's keys and programs that read lines.

    Without ``tty`` it changes nothing: lines come as they are, there is no echo.  ``cooked``
    is what a command gets as its standard input.
    """

    def __init__(self, process: Process) -> None:
        self.stdin: Stream | None = process.stdin
        self.cooked = Pipe()
        self._raw: Callable[[bytes], None] = process.stdout
        self._tty = process.tty
        self._ahead = b""
        self._typed = bytearray()
        self._skip_newline = False
        self._gone = False

    def write(self, data: bytes) -> None:
        """Output for the screen."""
        self._raw(data.replace(b"\n", b"\r\n") if self._tty else data)

    async def line(self) -> bytes | None:
        """The next line with its end; None at the end of the input.  Raises ``Interrupted``."""
        if self._tty:
            if self.cooked.unread:
                return await self.cooked.readline()
            return await self._edited()
        line = await self.stdin.readline() if self.stdin is not None else b""
        return line or None

    async def pump(self) -> None:
        """While a command runs: lines to it, ``^D`` ends its input, ``^C`` ends the pump."""
        for _ in range(3):  # a command that is done at once leaves the keys to the prompt
            await asyncio.sleep(0)
        while True:
            try:
                line = await self._edited()
            except Interrupted:
                return
            if line is None and self._gone:
                await asyncio.Event().wait()
            if line is None:
                self.cooked.end()
            elif not self.cooked.ended:
                self.cooked.push(line)

    def fresh(self) -> None:
        """Before a prompt: an input that ``^D`` ended begins again."""
        if self.cooked.ended:
            self.cooked = Pipe()

    async def _edited(self) -> bytes | None:
        typed = self._typed
        while True:
            key = await self._key()
            if key in (b"", b"\x04"):
                self._gone = key == b""
                if typed and key:
                    continue
                return None
            if key in (b"\r", b"\n"):
                self._raw(b"\r\n")
                line = bytes(typed) + b"\n"
                typed.clear()
                return line
            if key == b"\x03":
                self._raw(b"^C\r\n")
                typed.clear()
                raise Interrupted
            if key == b"\x1b":
                await self._escape()
            else:
                self._edit(typed, key)

    def _edit(self, typed: bytearray, key: bytes) -> None:
        """One key that changes the line: erase, erase all, or a character."""
        if key in ERASE:
            self._erase(typed)
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
