"""How Go's package net says that a connection could not be made."""

from __future__ import annotations


def dial_error(host: str, port: int, error: OSError) -> str:
    """``dial tcp 10.244.1.5:80: connect: connection refused``."""
    if isinstance(error, ConnectionRefusedError):
        why = "connect: connection refused"
    elif isinstance(error, ConnectionResetError):
        return f"read tcp {host}:{port}: read: connection reset by peer"
    elif isinstance(error, TimeoutError):
        why = "i/o timeout"
    else:
        why = f"connect: {(error.strerror or str(error)).lower()}"
    return f"dial tcp {host}:{port}: {why}"
