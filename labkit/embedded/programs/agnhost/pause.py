"""``agnhost pause``: says so, and waits."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.signals import terminated


async def pause(process: Process) -> int:
    """2 after SIGTERM."""
    kit.out(process, "Paused\n")
    await terminated(process).wait()
    return 2
