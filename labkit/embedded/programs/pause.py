"""``/pause``: waits until it is told to end."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.signals import terminated


async def pause(process: Process) -> int:
    """0 after SIGTERM."""
    await terminated(process).wait()
    kit.err(process, "Shutting down, got signal: Terminated\n")
    return 0
