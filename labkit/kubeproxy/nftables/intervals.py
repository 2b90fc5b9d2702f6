"""A set of addresses and networks as ``nft list`` prints it: sorted, overlaps merged.

nft keeps networks as intervals and joins those that overlap or touch; an interval that is no
network is printed as ``first-last``.  A set written with one element alone is no set any more.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def listed(networks: Iterable[Network]) -> str:
    """``{ 7.7.7.7, 9.0.0.0/8 }``, or the bare network of a single one."""
    given = list(networks)
    if len(given) == 1:
        return _text(int(given[0][0]), int(given[0][-1]), given[0].version)
    spans = sorted({(int(one[0]), int(one[-1])) for one in given})
    if any(first != last for first, last in spans):
        spans = _joined(spans)
    texts = [_text(first, last, given[0].version) for first, last in spans]
    return f"{{ {', '.join(texts)} }}"


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted intervals, those that overlap or touch made one."""
    made: list[tuple[int, int]] = []
    for first, last in spans:
        if made and first <= made[-1][1] + 1:
            made[-1] = made[-1][0], max(made[-1][1], last)
        else:
            made.append((first, last))
    return made


def _text(first: int, last: int, version: int) -> str:
    """An interval as an address, a network or a range."""
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    if first == last:
        return str(make(first))
    size = last - first + 1
    if size & (size - 1) == 0 and first % size == 0:
        bits = (32 if version == 4 else 128) - (size.bit_length() - 1)
        return f"{make(first)}/{bits}"
    return f"{make(first)}-{make(last)}"
