"""``agnhost entrypoint-tester``: shows the command line that it was started with."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit


async def entrypoint_tester(process: Process) -> int:
    """0, after the whole command line, as Go prints a list."""
    kit.out(process, f"[{' '.join(process.argv)}]\n")
    return 0
