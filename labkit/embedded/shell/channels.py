"""Where a command's bytes go: files, pipes between commands, the void."""

from __future__ import annotations

from collections.abc import Callable

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import paths
from labkit.embedded.streams import Stream

Sink = Callable[[bytes], None]


class Pipe(Stream):
    """The reading end of ``left | right``.

    ``push`` never waits; it raises ``BrokenPipeError`` when the reader is gone (``close``).
    """

    def __init__(self) -> None:
        super().__init__()
        self._open = True
        self.ended = False

    @property
    def unread(self) -> int:
        """Bytes that nobody has read yet."""
        return self._waiting

    def push(self, data: bytes) -> None:
        if not self._open:
            raise BrokenPipeError("Broken pipe")
        self._feed(data)

    def end(self) -> None:
        """The writer is done."""
        self.ended = True
        self._in.feed_eof()

    def close(self) -> None:
        """The reader is gone."""
        self._open = False


def discard(data: bytes) -> None:
    """``/dev/null``."""


def file_sink(process: Process, path: str, *, append: bool) -> Sink:
    """Write to a file, emptied first unless ``append``.  Raises ``OSError``."""
    paths.write(process, path, b"", append=append)

    def write(data: bytes) -> None:
        paths.write(process, path, data, append=True)

    return write


def stream_of(data: bytes) -> Stream:
    """A stream that gives ``data`` and ends."""
    feed = Pipe()
    feed.push(data)
    feed.end()
    return feed
