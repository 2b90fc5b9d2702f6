"""Ephemeral ports: a random one that is not in use, from Linux's default range."""

from __future__ import annotations

import errno
from collections.abc import Callable

from labkit.embedded.chance import Chance

FIRST, LAST = 32768, 60999
"""``net.ipv4.ip_local_port_range``."""


def ephemeral(chance: Chance, in_use: Callable[[int], bool]) -> int:
    """A free port: the first free one from a random place on, as ``__inet_hash_connect``.

    Raises ``OSError(EADDRNOTAVAIL)`` when all are taken.
    """
    count = LAST - FIRST + 1
    start = chance.below(count)
    for step in range(count):
        port = FIRST + (start + step) % count
        if not in_use(port):
            return port
    raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
