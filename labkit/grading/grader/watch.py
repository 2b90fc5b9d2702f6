"""What a sandbox takes while it runs: processes, and memory as the kernel counts it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILELESS = ("/dev/zero", "/memfd:", "/SYSV")
"""How ``/proc/PID/maps`` names shared memory that is no file's."""


@dataclass(frozen=True, slots=True)
class Family:
    """Processes below one (itself included): how many, the bytes that they held at their peaks
    (with what they share, which is no single one's), the largest of these, and how many files they
    made in a folder that lies in memory."""

    processes: int
    bytes: int
    largest: int
    files: int = 0


def family(pid: int, folders: Sequence[str] = ()) -> Family:
    """The family of a process; nothing when it is gone.  ``folders`` are those in its room whose
    files count."""
    import psutil

    held: list[int] = []
    shared: dict[str, int] = {}
    files = 0
    try:
        top = psutil.Process(pid)
        members = [top, *top.children(recursive=True)]
    except psutil.Error:
        return Family(0, 0, 0)
    for one in members:
        with contextlib.suppress(psutil.Error):
            held.append(_peak(one.pid) or one.memory_info().rss)
        shared.update(_shared(one.pid))
        if one is not top:  # the first one is still outside the room
            files = max(files, *(_files(f"/proc/{one.pid}/root", name) for name in folders), 0)
    whole = sum(held) + sum(shared.values())
    return Family(len(members), whole, max(held, default=0), files)


def _shared(pid: int) -> dict[str, int]:
    """Memory that a process shares without a file: bytes by inode.  Whoever wrote to it may be gone
    (and its peak with it) while somebody else holds it."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found: dict[str, int] = {}
    for line in lines:
        parts = line.split(maxsplit=5)
        if len(parts) == 6 and parts[1].endswith("s") and parts[5].startswith(FILELESS):
            low, _, high = parts[0].partition("-")
            found[parts[4]] = found.get(parts[4], 0) + int(high, 16) - int(low, 16)
    return found


def _files(root: str, folder: str) -> int:
    """How many files there are on the disk of a folder of a room; 0 when nobody tells, and as long
    as the process has not entered the room and sees the folder of this machine."""
    try:
        if os.stat(root + folder).st_dev == _disk(folder):
            return 0
        state = os.statvfs(root + folder)
    except OSError:
        return 0
    return state.f_files - state.f_ffree


def _disk(folder: str) -> int | None:
    try:
        return os.stat(folder).st_dev
    except FileNotFoundError:
        return None


def _peak(pid: int) -> int:
    """The most memory that a process ever held (``VmHWM``): what comes and goes between two
    looks is in it.  0 where there is no /proc."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = [line.split()[1] for line in lines.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) << 10 if found else 0


def threads_of(uid: int) -> int:
    """How many threads run as a user on this machine."""
    import psutil

    total = 0
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            total += one.num_threads() if one.uids().real == uid else 0
    return total


def waited(child: subprocess.Popen[bytes], seconds: float) -> tuple[bool, int]:
    """Wait so long for a child: whether it has ended, and then the most bytes that one process of
    its family held (``ru_maxrss``; 0 where the system does not tell)."""
    if sys.platform == "linux" and hasattr(os, "pidfd_open"):
        return _waited_on_linux(child, seconds)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False, 0
    return True, 0


def _waited_on_linux(child: subprocess.Popen[bytes], seconds: float) -> tuple[bool, int]:
    handle = os.pidfd_open(child.pid)
    try:
        ready, _, _ = select.select([handle], [], [], seconds)
    finally:
        os.close(handle)
    if not ready:
        return False, 0
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return True, usage.ru_maxrss << 10
