"""Container logs: files in the form of the CRI, which outlive the server.

Each line is ``2026-11-22T22:17:49.123456789Z stdout F text`` (F full, P partial: a line above
16 KiB is cut).  A file is kept below 4 MiB by dropping its older half.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from labkit.clock import Clock
from labkit.embedded.controllers.objects import seconds_of
from labkit.embedded.interfaces import Json, LogOptions

LONGEST_LINE = 16 * 1024
LARGEST_FILE = 4 * 1024 * 1024


def nano_timestamp(seconds: float) -> str:
    """RFC 3339 with nine digits, exact to the microsecond: ``2026-11-22T22:17:49.123456000Z``."""
    whole, micros = divmod(round(seconds * 1e6), 10**6)
    return f"{_second(whole)}.{micros:06d}000Z"


@lru_cache(maxsize=16)
def _second(whole: int) -> str:
    """Many lines fall into one second."""
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"


class LogFile:
    """The log of one run of a container; ``changed`` wakes those who follow it."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.path, self._clock = path, clock
        self.open = True
        self._partial: dict[str, bytes] = {}
        self._dropped = 0
        self._size = path.stat().st_size if path.exists() else 0
        self._waiters: set[asyncio.Future[None]] = set()

    def write(self, stream: str, data: bytes) -> None:
        """Take bytes of stdout or stderr; whole lines are written at once."""
        text = self._partial.pop(stream, b"") + data
        *lines, rest = text.split(b"\n")
        out = b"".join(self._line(stream, line) for line in lines)
        while len(rest) >= LONGEST_LINE:
            out += self._piece(stream, b"P", rest[:LONGEST_LINE])
            rest = rest[LONGEST_LINE:]
        if rest:
            self._partial[stream] = rest
        if out:
            self._append(out)

    def close(self) -> None:
        """The container ended: what has no line end yet is a line too."""
        for stream, rest in list(self._partial.items()):
            self._append(self._line(stream, rest))
        self._partial.clear()
        self.open = False
        self._wake()

    def read(self, position: int) -> tuple[bytes, int]:
        """Everything from a position on, and the position after it."""
        if not self.path.exists():
            return b"", position
        with self.path.open("rb") as file:
            file.seek(max(0, position - self._dropped))
            data = file.read()
        return data, max(position, self._dropped) + len(data)

    async def changed(self) -> None:
        """Wait until something is written or the container ends."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(future)
        try:
            await future
        finally:
            self._waiters.discard(future)

    def _line(self, stream: str, line: bytes) -> bytes:
        out = b""
        while len(line) > LONGEST_LINE:
            out += self._piece(stream, b"P", line[:LONGEST_LINE])
            line = line[LONGEST_LINE:]
        return out + self._piece(stream, b"F", line)

    def _piece(self, stream: str, tag: bytes, text: bytes) -> bytes:
        stamp = nano_timestamp(self._clock.now()).encode()
        return b" ".join([stamp, stream.encode(), tag, text]) + b"\n"

    def _append(self, data: bytes) -> None:
        try:
            if not self._size:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab", buffering=0) as file:
                file.write(data)
        except OSError:
            return
        self._size += len(data)
        if self._size > LARGEST_FILE:
            self._shorten()
        self._wake()

    def _shorten(self) -> None:
        data = self.path.read_bytes()
        kept = data[data.index(b"\n", len(data) // 2) + 1 :]
        self.path.write_bytes(kept)
        self._dropped += len(data) - len(kept)
        self._size = len(kept)

    def _wake(self) -> None:
        for future in self._waiters:
            if not future.done():
                future.set_result(None)


class LogStore:
    """All logs of the cluster, below one directory."""

    def __init__(self, directory: Path, clock: Clock) -> None:
        self._directory, self._clock = directory, clock
        self._files: dict[Path, LogFile] = {}

    def file(self, pod: Json, container: str, run: int) -> LogFile:
        """The log of the ``run``-th start of a container (0 is the first)."""
        path = self._folder(pod) / container / f"{run}.log"
        found = self._files.get(path)
        if found is None:
            found = self._files[path] = LogFile(path, self._clock)
        return found

    def exists(self, pod: Json, container: str, run: int) -> bool:
        path = self._folder(pod) / container / f"{run}.log"
        return path in self._files or path.exists()

    def drop(self, pod: Json, container: str, run: int) -> None:
        """Forget a run that is older than the previous one."""
        path = self._folder(pod) / container / f"{run}.log"
        self._files.pop(path, None)
        path.unlink(missing_ok=True)

    def forget(self, pod: Json) -> None:
        """The Pod is gone, and its logs with it."""
        folder = self._folder(pod)
        for path in [p for p in self._files if folder in p.parents]:
            self._files.pop(path).close()
        shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, pod: Json) -> Path:
        metadata = pod["metadata"]
        return self._directory / f"{metadata['namespace']}_{metadata['name']}_{metadata['uid']}"


@dataclass(frozen=True, slots=True)
class _Line:
    stamp: bytes
    full: bool
    text: bytes

    def shown(self, timestamps: bool) -> bytes:
        end = b"\n" if self.full else b""
        return (self.stamp + b" " if timestamps else b"") + self.text + end


def _parsed(data: bytes) -> list[_Line]:
    found = []
    for line in data.split(b"\n"):
        parts = line.split(b" ", 3)
        if len(parts) == 4:
            found.append(_Line(parts[0], parts[2] == b"F", parts[3]))
    return found


async def read(log: LogFile, options: LogOptions, now: float) -> AsyncIterator[bytes]:
    """The lines that the options ask for, and with ``follow`` those to come."""
    data, position = log.read(0)
    lines = [line for line in _parsed(data) if _recent(line, options, now)]
    if options.tail_lines is not None:
        lines = lines[max(0, len(lines) - options.tail_lines) :]
    left = options.limit_bytes
    while True:
        out = b"".join(line.shown(options.timestamps) for line in lines)
        if left is not None:
            out, left = out[:left], left - len(out[:left])
        if out:
            yield out
        if not options.follow or left == 0:
            return
        data, position = log.read(position)
        if not data:
            if not log.open:
                return
            await log.changed()
            data, position = log.read(position)
        lines = _parsed(data)


def _recent(line: _Line, options: LogOptions, now: float) -> bool:
    since = 0.0
    if options.since_time:
        since = seconds_of(options.since_time)
    elif options.since_seconds is not None:
        since = now - options.since_seconds
    return since <= 0 or seconds_of(line.stamp.decode()[:26] + "Z") >= since
