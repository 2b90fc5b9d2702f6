"""Randomness for the embedded cluster: handed in, never reached for.

A seeded chance makes the same names, addresses and identifiers in the same order, so that a
test or a lesson can be repeated; without a seed the operating system's own source is used.
Names and addresses are drawn from streams of their own, so that the order in which controllers
happen to work does not change them.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Protocol

SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""What generated names end in: no vowels, no look-alikes (apimachinery util/rand)."""


class Chance(Protocol):
    """A source of randomness."""

    def below(self, n: int) -> int:
        """A number from 0 to n - 1, each as likely."""
        ...

    def stream(self, name: str) -> Chance:
        """A source of its own for one purpose: what is drawn elsewhere does not move it."""
        ...


class SystemChance:
    """The operating system's randomness."""

    def below(self, n: int) -> int:
        return secrets.randbelow(n)

    def stream(self, name: str) -> SystemChance:
        return self


class SeededChance:
    """Repeatable randomness: SHA-256 over the seed and a counter."""

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed).encode()
        self._count = 0
        self._streams: dict[str, SeededChance] = {}

    def below(self, n: int) -> int:
        self._count += 1
        digest = hashlib.sha256(b"%s/%d" % (self._seed, self._count)).digest()
        return int.from_bytes(digest[:16], "big") % n

    def stream(self, name: str) -> SeededChance:
        if name not in self._streams:
            self._streams[name] = SeededChance(f"{self._seed.decode()}/{name}")
        return self._streams[name]


def chance(seed: int | None) -> Chance:
    """Seeded when a seed is given."""
    return SystemChance() if seed is None else SeededChance(seed)


def suffix(source: Chance, length: int = 5) -> str:
    """The random end of a generated name."""
    return "".join(SUFFIX_ALPHABET[source.below(len(SUFFIX_ALPHABET))] for _ in range(length))


def uid(source: Chance) -> str:
    """A random UUID, version 4 (RFC 9562)."""
    bits = source.below(1 << 128)
    bits = bits & ~(0xF << 76) | (0x4 << 76)
    bits = bits & ~(0x3 << 62) | (0x2 << 62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
