"""A server of our own as a process that outlives us: start it, see whether it lives, end it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

MODULE = "labkit.embedded"


def start_detached(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> subprocess.Popen[bytes]:
    """Start a program that survives this process, its terminal and its Ctrl-C.

    Everything it prints goes to ``log`` (mode 0600).  The caller keeps the handle while it waits.
    """
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=sys.platform != "win32",
            creationflags=creation_flags(),
            umask=-1 if sys.platform == "win32" else 0o077,  # what it makes is this user's alone
        )
    finally:
        os.close(handle)


def creation_flags() -> int:
    """On Windows: no console of its own, and no part of our Ctrl-C; elsewhere nothing."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def server_command(folder: Path, seed: int | None, proxy_mode: str = "") -> list[str]:
    """How the embedded cluster is started: this Python, nothing from the current folder."""
    command = [sys.executable, "-m", MODULE, "--state-dir", str(folder)]
    if seed is not None:
        command += ["--seed", str(seed)]
    return [*command, "--proxy-mode", proxy_mode] if proxy_mode else command


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the server: it finds this very labkit, and speaks UTF-8."""
    here = str(Path(__file__).resolve().parents[2])
    path = environment.get("PYTHONPATH", "")
    return {
        **environment,
        "PYTHONPATH": os.pathsep.join(part for part in (here, path) if part),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }


def is_alive(pid: int) -> bool:
    """Whether a process of this number exists (a zombie of another process counts as dead)."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return bool(command_line(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not is_zombie(pid)


def is_zombie(pid: int) -> bool:
    """Whether the process has ended and only waits to be noticed (Linux)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[:1] == ["Z"]


def command_line(pid: int) -> str:
    """The command line of a process; empty when it cannot be told."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        return raw.replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return asked_of_system(pid)


def asked_of_system(pid: int) -> str:
    """The same where there is no /proc: ``ps`` on macOS, ``tasklist`` on Windows."""
    if sys.platform == "win32":
        command = ["tasklist", "/FI", f"PID eq {pid}", "/NH", "/FO", "CSV"]
    else:
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if str(pid) in done.stdout or sys.platform != "win32" else ""


def is_our_server(pid: int, folder: Path) -> bool:
    """Whether that process is surely the embedded cluster of this folder.

    Numbers of processes are used again, so a bare number proves nothing.  Windows does not tell
    arguments: there the answer is no, and nothing is killed.
    """
    return f"--state-dir {folder}" in command_line(pid)


def end(pid: int) -> None:
    """Ask a process to end; one that is gone is fine."""
    try:
        os.kill(pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        pass


def kill(pid: int) -> None:
    """End a process that does not want to; one that is gone is fine."""
    try:
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
