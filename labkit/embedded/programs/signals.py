"""How a container is asked to end (SIGTERM), and who listens.

The kubelet calls ``terminate(process)`` on a container's first process, waits for the grace
period and then cancels its task (SIGKILL).  Servers wait for ``terminated`` and end; a plain
``sh`` or ``sleep`` as process 1 does not, since the kernel gives PID 1 no default action.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from labkit.embedded.interfaces import Listener, Process

KEY = "terminate"


def terminated(process: Process) -> asyncio.Event:
    """The event that SIGTERM sets; one for a container, made when first asked for."""
    event = process.state.get(KEY)
    if not isinstance(event, asyncio.Event):
        event = process.state[KEY] = asyncio.Event()
    return event


def terminate(process: Process) -> None:
    """Send SIGTERM to the container's first process."""
    terminated(process).set()


async def until_terminated(process: Process, listeners: Iterable[Listener]) -> None:
    """Serve until SIGTERM, then close the ports (also when the task is cancelled)."""
    try:
        await terminated(process).wait()
    finally:
        for listener in listeners:
            listener.close()
