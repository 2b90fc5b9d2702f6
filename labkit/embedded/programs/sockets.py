"""What the C library says when the network says no."""

from __future__ import annotations

import errno

WORDS = {
    errno.ECONNREFUSED: "Connection refused",
    errno.ENETUNREACH: "Network is unreachable",
    errno.EHOSTUNREACH: "No route to host",
    errno.ECONNRESET: "Connection reset by peer",
    errno.ETIMEDOUT: "Connection timed out",
    errno.EADDRINUSE: "Address already in use",
    errno.EADDRNOTAVAIL: "Address not available",
}
"""The same on every machine that labkit runs on."""


def why(error: OSError) -> str:
    """The words for an error of the emulated network."""
    return WORDS.get(error.errno or 0, error.strerror or str(error))
