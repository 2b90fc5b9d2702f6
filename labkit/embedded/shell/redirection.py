"""What a redirection opens."""

from __future__ import annotations

from typing import Any

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import paths
from labkit.embedded.shell import channels
from labkit.embedded.shell.nodes import Redirect

NAMES = {0: "stdin", 1: "stdout", 2: "stderr"}


class RedirectionFailed(Exception):
    """A file cannot be opened; the text is what ash says."""


def opened(process: Process, item: Redirect, target: str) -> dict[str, Any]:
    """The streams of ``process`` that change.  Raises ``OSError`` or ``RedirectionFailed``."""
    slot = NAMES.get(item.fd)
    if slot is None:
        raise RedirectionFailed(f"{item.fd}: only 0, 1 and 2 can be redirected here")
    if item.operator == "<":
        return {slot: channels.stream_of(paths.read(process, target))}
    if item.operator in (">&", "<&"):
        if target == "-":
            return {slot: channels.discard if item.fd else None}
        if target not in ("0", "1", "2"):
            raise RedirectionFailed(f"{target}: Bad file descriptor")
        return {slot: getattr(process, NAMES[int(target)])}
    special = {
        "/dev/stdout": process.stdout,
        "/dev/stderr": process.stderr,
        "/dev/null": channels.discard,
    }
    if target in special:
        return {slot: special[target]}
    return {slot: channels.file_sink(process, target, append=item.operator == ">>")}


def why_not(item: Redirect, target: str, error: OSError) -> str:
    """Ash's words for a file that cannot be opened."""
    reading = item.operator == "<"
    why = paths.why(error)
    if isinstance(error, FileNotFoundError):
        why = "no such file" if reading else "nonexistent directory"
    return f"can't {'open' if reading else 'create'} {target}: {why}"
