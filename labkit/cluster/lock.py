"""One `labkit` at a time may start or stop the cluster of a runtime folder.

The lock is the operating system's own on an open file, so that it vanishes with a process that
dies.  The file is removed by whoever holds the lock; that is why the holder checks afterwards
that the name still means the file which it locked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from labkit.clock import Clock
from labkit.errors import ClusterError
from labkit.words import Words

POLL = 0.05


@contextmanager
def locked(path: Path, clock: Clock, words: Words, patience: float = 60.0) -> Iterator[None]:
    """Hold the lock file ``path``; ``ClusterError`` after ``patience`` seconds in vain."""
    end = clock.monotonic() + patience
    while (handle := take(path)) is None:
        if clock.monotonic() > end:
            raise ClusterError(
                words("cluster.busy", seconds=int(patience)), words("cluster.busy.fix")
            )
        Event().wait(POLL)
    try:
        yield
    finally:
        release(handle, path)


def take(path: Path) -> int | None:
    """Open and lock the file; None when another process (or thread) holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        lock_file(handle)
        if os.path.samestat(os.fstat(handle), os.stat(path)):
            return handle
    except OSError:
        pass
    os.close(handle)
    return None


def release(handle: int, path: Path) -> None:
    """Remove the file while it is still ours, then let go (Windows: the other way round)."""
    if sys.platform == "win32":
        os.close(handle)
        with_no_complaint(path)
    else:
        with_no_complaint(path)
        os.close(handle)


def with_no_complaint(path: Path) -> None:
    """Unlink; somebody else may be faster, or (Windows) have it open."""
    try:
        path.unlink()
    except OSError:
        pass


if sys.platform == "win32":
    import msvcrt

    def lock_file(handle: int) -> None:
        """Lock the first byte; OSError when it is taken."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def lock_file(handle: int) -> None:
        """Lock the file; OSError when it is taken."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
