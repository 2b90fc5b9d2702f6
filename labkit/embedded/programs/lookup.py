"""Names to addresses, by the container's own ``/etc/hosts`` and ``/etc/resolv.conf``."""

from __future__ import annotations

from labkit.embedded.interfaces import NameNotFound, Process


async def addresses(process: Process, host: str) -> list[str]:
    """IPv4 addresses of a name, or the address itself.  Raises ``NameNotFound``."""
    if is_address(host):
        return [host]
    found = await process.net.resolve(host)
    if not found:
        raise NameNotFound(host)
    return found


def is_address(text: str) -> bool:
    """Whether the text is a dotted IPv4 address."""
    parts = text.split(".")
    return len(parts) == 4 and all(
        part.isascii() and part.isdigit() and int(part) < 256 for part in parts
    )
