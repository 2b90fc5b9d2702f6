"""Names to addresses, by the container's own ``/etc/hosts`` and ``/etc/resolv.conf``."""

from __future__ import annotations

from labkit.embedded.dns import resolver
from labkit.embedded.interfaces import Process

RESOLV_CONF, HOSTS = "/etc/resolv.conf", "/etc/hosts"


def config(process: Process) -> resolver.Config:
    """What the container's files say now."""
    texts = (process.files.get(path, b"") for path in (RESOLV_CONF, HOSTS))
    return resolver.parse(*(text.decode("utf-8", "replace") for text in texts))


async def addresses(process: Process, host: str) -> list[str]:
    """IPv4 addresses of a name, or the address itself.  Raises ``NameNotFound``.

    Without an ``/etc/resolv.conf`` the Pod's settings count.
    """
    net = process.net
    if RESOLV_CONF in process.files and isinstance(net, resolver.Asking):
        return await resolver.Resolver(net, config(process)).addresses(host)
    return await net.resolve(host)
