"""SipHash-1-3 of one 32-bit word: the kernel's ``hsiphash`` on 64-bit machines.

Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), with one round for each
block and three at the end; the upper and lower half of the result are joined by exclusive or.
Linux keeps ``hsiphash`` for hash tables (lib/siphash.c, ``hsiphash_1u32``).
"""

from __future__ import annotations

MASK = (1 << 64) - 1
START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)


def hsiphash(word: int, key: tuple[int, int]) -> int:
    """The hash of a 32-bit word, 32 bits."""
    a, b, c, d = (start ^ key[place % 2] for place, start in enumerate(START))
    block = 4 << 56 | word
    a, b, c, d = _round(a, b, c, d ^ block)
    a, c = a ^ block, c ^ 0xFF
    for _ in range(3):
        a, b, c, d = _round(a, b, c, d)
    return (a ^ b ^ c ^ d) & 0xFFFFFFFF


def _round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    """One SipRound."""
    a, c = (a + b) & MASK, (c + d) & MASK
    b, d = _turn(b, 13) ^ a, _turn(d, 16) ^ c
    a = _turn(a, 32)
    a, c = (a + d) & MASK, (c + b) & MASK
    return a, _turn(b, 17) ^ c, _turn(c, 32), _turn(d, 21) ^ a


def _turn(value: int, bits: int) -> int:
    """Rotate 64 bits to the left."""
    return (value << bits | value >> (64 - bits)) & MASK
