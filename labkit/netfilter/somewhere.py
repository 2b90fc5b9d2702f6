"""An address that is not known: all that may still be, as ranges.

In the NumPy mode sources differ from connection to connection.  A ``Somewhere`` stands for all
of them at once: asked what a match asks (``& mask``, ``==``, ``>=``, ``<=``), it answers with
the ``Ranges`` for which that is true, and the walk goes on for those and for the others apart.
Whoever asks anything else gets ``NotSymbolic``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

TOP = (1 << 32) - 1

Pairs = tuple[tuple[int, int], ...]


class NotSymbolic(Exception):
    """Something looks at the address in a way that ranges cannot answer."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """A set of IPv4 addresses: sorted pairs of first and last, none touching the next."""

    pairs: Pairs

    def __and__(self, other: Ranges | bool) -> Ranges:
        if isinstance(other, Ranges):
            return Ranges(tuple(_common(self.pairs, other.pairs)))
        return self if other else NOWHERE

    __rand__ = __and__

    def __or__(self, other: Ranges | bool) -> Ranges:
        if isinstance(other, Ranges):
            return (self.complement() & other.complement()).complement()
        return EVERYWHERE if other else self

    __ror__ = __or__

    def __xor__(self, other: bool) -> Ranges:
        return self.complement() if other else self

    __rxor__ = __xor__

    def __bool__(self) -> bool:
        raise NotSymbolic

    def complement(self) -> Ranges:
        """All the other addresses."""
        made, start = [], 0
        for low, high in self.pairs:
            if start < low:
                made.append((start, low - 1))
            start = high + 1
        if start <= TOP:
            made.append((start, TOP))
        return Ranges(tuple(made))


NOWHERE = Ranges(())
EVERYWHERE = Ranges(((0, TOP),))


def _common(one: Pairs, other: Pairs) -> Iterator[tuple[int, int]]:
    """What is in both."""
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            yield low, high
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1


class Somewhere:
    """An address of which only this is known: it is within ``domain``."""

    __slots__ = ("domain",)

    def __init__(self, domain: Ranges = EVERYWHERE) -> None:
        self.domain = domain

    def split(self, where: Ranges) -> tuple[Somewhere | None, Somewhere | None]:
        """The addresses within the ranges, and the others."""
        inside, outside = self.domain & where, self.domain & where.complement()
        return (
            Somewhere(inside) if inside.pairs else None,
            Somewhere(outside) if outside.pairs else None,
        )

    def __and__(self, mask: int) -> Masked:
        return Masked(mask)

    def __ge__(self, low: int) -> Ranges:
        return Ranges(((low, TOP),)) if low <= TOP else NOWHERE

    def __le__(self, high: int) -> Ranges:
        return Ranges(((0, high),)) if high >= 0 else NOWHERE

    def __eq__(self, other: object) -> Any:
        if other is self:
            return True
        raise NotSymbolic

    def __hash__(self) -> int:
        raise NotSymbolic

    def __index__(self) -> int:
        raise NotSymbolic

    def __bool__(self) -> bool:
        raise NotSymbolic


class Masked:
    """``address & mask``, to be compared with a network."""

    __slots__ = ("mask",)

    def __init__(self, mask: int) -> None:
        self.mask = mask

    def __eq__(self, network: object) -> Any:
        holes = self.mask ^ TOP
        if not isinstance(network, int) or holes & (holes + 1):
            raise NotSymbolic
        if network & holes:
            return NOWHERE
        return Ranges(((network, network | holes),))

    def __hash__(self) -> int:
        raise NotSymbolic

    def __bool__(self) -> bool:
        raise NotSymbolic
