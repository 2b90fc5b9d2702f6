"""One at a time, and a lock dies with its holder."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from labkit.clock import SystemClock
from labkit.cluster import lock
from labkit.cluster.lock import locked, take
from labkit.errors import ClusterError
from labkit.words import Words

WORDS = Words("en")
HOLDER = """
import sys
from pathlib import Path
from labkit.cluster.lock import take
assert take(Path(sys.argv[1])) is not None
print("held", flush=True)
sys.stdin.read()
"""


def test_never_two_inside(tmp_path: Path) -> None:
    """Many threads want the lock over and over: at no moment are two inside."""
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            with locked(tmp_path / "lock", SystemClock(), WORDS):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 120
    assert max(most) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_file_that_was_removed_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between opening and locking, the holder before us may have removed the file: then what we
    locked is nothing that anyone else will find."""
    path = tmp_path / "lock"
    lock_file = lock.lock_file

    def late(handle: int) -> None:
        path.unlink()
        lock_file(handle)

    monkeypatch.setattr(lock, "lock_file", late)
    assert take(path) is None


def test_impatient(tmp_path: Path) -> None:
    """Who waits in vain gets one line; the holder's file is left alone."""
    path = tmp_path / "lock"
    with locked(path, SystemClock(), WORDS):
        with (
            pytest.raises(ClusterError, match="Another labkit"),
            locked(path, SystemClock(), WORDS, patience=0.1),
        ):
            pass
        assert path.exists()


def test_lock_dies_with_its_holder(tmp_path: Path) -> None:
    """A process that is killed while it holds the lock does not hold it any more."""
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert take(path) is None
        holder.kill()
        holder.wait()
    with locked(path, SystemClock(), WORDS, patience=5.0):
        pass
