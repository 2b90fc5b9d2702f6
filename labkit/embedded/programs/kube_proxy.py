"""``/usr/local/bin/kube-proxy --hostname-override=NODE``: writes one node's rules while it runs.

When it ends the rules stay as they are, as on a real node: packets go on finding their way, and
nobody tells the rules of what changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.http_echo import stamp
from labkit.embedded.programs.signals import terminated

HEALTH_PORT = 10256
OVERRIDE = "--hostname-override="


class Proxy(Protocol):
    """The proxy of a node."""

    @property
    def mode(self) -> str: ...

    async def start(self) -> None:
        """Write the rules and follow every change; nothing if it does so already."""
        ...

    def halt(self) -> None:
        """Stop following; the rules stay."""
        ...


class KubeProxyProgram:
    """The program, with the proxies of all nodes by name."""

    def __init__(self, proxies: Mapping[str, Proxy]) -> None:
        self._proxies = proxies

    async def __call__(self, process: Process) -> int:
        """Runs until SIGTERM; 1 without the name of a node that is here."""
        words = [word for word in process.argv[1:] if word.startswith(OVERRIDE)]
        node = words[-1].removeprefix(OVERRIDE) if words else process.hostname
        proxy = self._proxies.get(node)
        if proxy is None:
            kit.err(process, f'Error: failed to get node "{node}": nodes "{node}" not found\n')
            return 1
        kit.err(process, f'{stamp(process.clock)} "Successfully retrieved node IP(s)"\n')
        await proxy.start()
        kit.err(process, f'{stamp(process.clock)} "Using {proxy.mode} Proxier"\n')
        try:
            await terminated(process).wait()
        finally:
            proxy.halt()
        return 0
