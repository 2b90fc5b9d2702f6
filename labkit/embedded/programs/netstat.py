"""``netstat -tuln`` (and ``ss``): which ports are open, and on which addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit


@runtime_checkable
class Showing(Protocol):
    """A network that tells who listens: protocol, address, port."""

    def listening(self) -> Iterable[tuple[str, str, int]]: ...


async def netstat(process: Process) -> int:
    """Only listening sockets: nothing else is asked of it here."""
    kit.out(process, "Active Internet connections (only servers)\n")
    kit.out(
        process,
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State       \n",
    )
    if isinstance(process.net, Showing):
        for protocol, address, port in sorted(process.net.listening()):
            state = "LISTEN      " if protocol == "tcp" else "            "
            here = f"{address}:{port}"
            kit.out(process, f"{protocol:5} {0:6} {0:6} {here:23} {'0.0.0.0:*':23} {state}\n")
    return 0
