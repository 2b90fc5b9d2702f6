"""IP addresses as numbers and as text, IPv4 and IPv6 alike.

The emulator computes with numbers; people read text.  Both directions are remembered,
since the same few addresses come by again and again.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from labkit.errors import UsageError

BITS = {4: 32, 6: 128}


@lru_cache(maxsize=1 << 16)
def number(text: str) -> int:
    """The address as an integer.  Raises ``UsageError`` when it is none."""
    return int(_parse(text))


@lru_cache(maxsize=1 << 16)
def canonical(text: str) -> str:
    """The address as Linux prints it (IPv6 shortened, lower case)."""
    return str(_parse(text))


@lru_cache(maxsize=1 << 16)
def text(value: int, family: int = 4) -> str:
    """The integer as an address; ``family`` is 4 or 6."""
    return str(ipaddress.IPv4Address(value) if family == 4 else ipaddress.IPv6Address(value))


def family(address: str) -> int:
    """4 or 6, from the look of the text."""
    return 6 if ":" in address else 4


@lru_cache(maxsize=1 << 14)
def network(cidr: str) -> tuple[int, int, int]:
    """``10.1.2.3/8`` as (number of 10.0.0.0, mask as a number, family).

    The host bits are cut off, as iptables does.  A mask may be written ``/255.0.0.0`` and
    need not be contiguous.  Raises ``UsageError``.
    """
    address, slash, suffix = cidr.partition("/")
    kind = family(address)
    mask = _mask(suffix, kind, cidr) if slash else (1 << BITS[kind]) - 1
    return number(address) & mask, mask, kind


def prefix(mask: int, kind: int = 4) -> int | None:
    """The length of a contiguous mask, or None when it has holes."""
    bits = BITS[kind]
    holes = mask ^ ((1 << bits) - 1)
    return None if holes & (holes + 1) else bits - holes.bit_length()


def _mask(suffix: str, kind: int, cidr: str) -> int:
    """The part behind the slash: a length or an address-like mask."""
    bits = BITS[kind]
    if suffix.isascii() and suffix.isdigit() and len(suffix) <= 3 and int(suffix) <= bits:
        return ((1 << bits) - 1) ^ ((1 << (bits - int(suffix))) - 1)
    if "." in suffix or ":" in suffix:
        return number(suffix)
    raise UsageError(f"{cidr!r} has no valid mask.", f"Write a length from 0 to {bits}.")


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The standard library's opinion, as our kind of error."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is not an IP address.", "Write one like 10.244.1.5 or fd00::5."
        ) from None
