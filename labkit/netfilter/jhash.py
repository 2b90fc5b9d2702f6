"""How Linux picks one address of a range: by a hash of source and destination.

find_best_ips_proto in nf_nat_core.c and jhash2 in linux/jhash.h (Bob Jenkins' lookup3).
The same source gets the same address; it is no round robin.
"""

from __future__ import annotations

from labkit.netfilter.entry import Tuple
from labkit.xt.natrange import NatRange

MASK = 0xFFFFFFFF


def pick_address(flow: Tuple, wanted: NatRange, family: int) -> int:
    """The address of the range that this flow gets.

    Linux hashes the destination word by word while it replaces it: for DNAT of IPv6 the words
    that are new already.
    """
    assert wanted.low is not None and wanted.high is not None
    if wanted.low == wanted.high:
        return wanted.low
    words = 1 if family == 4 else 4
    source, goal = _words(flow[1], words), _words(flow[3], words)
    low, high = _plain(wanted.low, words), _plain(wanted.high, words)
    hashed = jhash2(source + [0] * (4 - words), 0 if wanted.persistent else goal[-1])
    made, full = 0, False
    for i in range(words):
        first, size = (0, MASK) if full else (low[i], high[i] - low[i] + 1)
        part = (first + ((hashed * size) >> 32)) & MASK
        made = made << 32 | part
        full = full or part != high[i]
        if not wanted.persistent:
            hashed ^= _words(part, 1)[0] if wanted.kind == "dst" else goal[i]
    return made


def jhash2(words: list[int], initial: int) -> int:
    """The hash of an array of 32-bit words."""
    a = b = c = (0xDEADBEEF + (len(words) << 2) + initial) & MASK
    rest = list(words)
    while len(rest) > 3:
        a, b, c = _mix((a + rest[0]) & MASK, (b + rest[1]) & MASK, (c + rest[2]) & MASK)
        rest = rest[3:]
    if rest:
        a += rest[0]
        b += rest[1] if len(rest) > 1 else 0
        c += rest[2] if len(rest) > 2 else 0
        c = _final(a & MASK, b & MASK, c & MASK)
    return c


def _rol(word: int, shift: int) -> int:
    return ((word << shift) | (word >> (32 - shift))) & MASK


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    a = (a - c & MASK) ^ _rol(c, 4)
    c = c + b & MASK
    b = (b - a & MASK) ^ _rol(a, 6)
    a = a + c & MASK
    c = (c - b & MASK) ^ _rol(b, 8)
    b = b + a & MASK
    a = (a - c & MASK) ^ _rol(c, 16)
    c = c + b & MASK
    b = (b - a & MASK) ^ _rol(a, 19)
    a = a + c & MASK
    c = (c - b & MASK) ^ _rol(b, 4)
    b = b + a & MASK
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    c = ((c ^ b) - _rol(b, 14)) & MASK
    a = ((a ^ c) - _rol(c, 11)) & MASK
    b = ((b ^ a) - _rol(a, 25)) & MASK
    c = ((c ^ b) - _rol(b, 16)) & MASK
    a = ((a ^ c) - _rol(c, 4)) & MASK
    b = ((b ^ a) - _rol(a, 14)) & MASK
    return ((c ^ b) - _rol(b, 24)) & MASK


def _plain(value: int, words: int) -> list[int]:
    """The address as 32-bit words, first word first."""
    return [value >> 32 * (words - 1 - i) & MASK for i in range(words)]


def _words(value: int, words: int) -> list[int]:
    """The same as a little-endian machine holds them (network byte order in memory)."""
    return [int.from_bytes(w.to_bytes(4, "big"), "little") for w in _plain(value, words)]
