"""NumPy mode, second half: how many connections fulfil the condition of each leaf.

Each word that any leaf asks for, and the source, is divided into parts at the borders that
occur; a connection is in one part of each.  One pass over the connections counts how many are
in each combination of parts, and a leaf is a box of combinations.  Works in pieces that stay
in the cache of the processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.netfilter.draws import GOLDEN, MASK, WHOLE, stream
from labkit.netfilter.leaves import Branch, Turn
from labkit.netfilter.somewhere import NotSymbolic

Numbers = NDArray[Any]

CHUNK = 1 << 15
"""Connections looked at in one piece."""

MANY = 1 << 20
"""Connections that are counted at once: one look at all the combinations."""

MOST_CELLS = 1 << 22
FEW = 5
"""Up to so many borders, comparing with each is faster than a table."""

MOST_ROWS = 256
U64 = np.uint64
S27, S30, S31, S48 = U64(27), U64(30), U64(31), U64(48)
M1, M2 = U64(0xBF58476D1CE4E5B9), U64(0x94D049BB133111EB)


def tally(
    ends: Sequence[Branch], src: NDArray[np.uint32] | None, size: int, seed: int
) -> list[int]:
    """The number of connections of each leaf.  Raises ``NotSymbolic`` for too many parts."""
    turns = sorted({turn for leaf in ends for turn in leaf.words})
    words = [WordParts(turn, ends, seed) for turn in turns]
    source = None if src is None else SourceParts(ends)
    shape = tuple(axis.size for axis in ((source,) if source else ()) + tuple(words))
    cells = int(np.prod(shape, dtype=float)) if shape else 1
    if cells > MOST_CELLS:
        raise NotSymbolic
    if not shape:
        return [size]
    counts = _count(words, source, src, size, cells).reshape(shape)
    return [_of_leaf(leaf, counts, words, source) for leaf in ends]


def _of_leaf(
    leaf: Branch, counts: NDArray[np.int64], words: list[WordParts], source: SourceParts | None
) -> int:
    """The sum over the leaf's box."""
    box = tuple(axis.of_leaf(leaf) for axis in words)
    if source is None:
        return int(counts[box].sum())
    return sum(int(counts[(rows, *box)].sum()) for rows in source.of_leaf(leaf))


def _count(
    words: list[WordParts],
    source: SourceParts | None,
    src: NDArray[np.uint32] | None,
    size: int,
    cells: int,
) -> NDArray[np.int64]:
    """How many connections are in each combination of parts."""
    wide: Any = np.uint16 if cells <= 1 << 16 else np.uint32
    stride = cells
    if source is not None:
        stride //= source.size
        source.ready(stride, wide)
    strides = []
    for axis in words:
        stride //= axis.size
        strides.append(wide(stride))
    counts = np.zeros(cells, np.int64)
    mixed: Numbers = np.zeros(min(MANY, size), wide)
    for start in range(0, size, MANY):
        end = min(start + MANY, size)
        for low in range(start, end, CHUNK):
            high = min(low + CHUNK, end)
            out = mixed[low - start : high - start]
            if source is not None and src is not None:
                source.fill(src[low:high], out)
            else:
                out.fill(0)
            for axis, step in zip(words, strides, strict=True):
                ids = axis.ids(low, high)
                out += ids if step == 1 else ids.astype(wide) * step
        counts += np.bincount(mixed[: end - start], minlength=cells)
    return counts


class WordParts:
    """The parts of one word.  The upper 16 bits tell the part, but where a border cuts through
    them: there the whole word is compared."""

    def __init__(self, turn: Turn, ends: Sequence[Branch], seed: int) -> None:
        self.turn = turn
        place, number = turn
        self.start = stream(seed, place, number)
        found = {border for leaf in ends for border in leaf.words.get(turn, ())}
        self.borders = sorted(found | {0, WHOLE})
        self.size = len(self.borders) - 1
        self.edges = np.array(self.borders[1:-1], U64)
        kind = np.uint8 if self.size < 255 else np.uint16
        self.unclear = int(np.iinfo(kind).max)
        starts = np.arange(1 << 16, dtype=U64) << S48
        self.table = self._parts(starts).astype(kind)
        self.table[(self.edges >> S48).astype(np.intp)] = self.unclear
        self.ramp = np.arange(CHUNK, dtype=U64) * U64(GOLDEN)
        self.word, self.other = np.empty(CHUNK, U64), np.empty(CHUNK, U64)
        self.out = np.empty(CHUNK, kind)

    def of_leaf(self, leaf: Branch) -> slice:
        """The parts in which this leaf's word may lie: all, when it has none."""
        low, high = leaf.words.get(self.turn, (0, WHOLE))
        return slice(self.borders.index(low), self.borders.index(high))

    def ids(self, low: int, high: int) -> Numbers:
        """The part of each of these connections' words.

        This is ``draws.mix`` but for its last step, which the upper bits do not need.
        """
        count = high - low
        word, other, out = self.word[:count], self.other[:count], self.out[:count]
        np.add(self.ramp[:count], U64((self.start + low * GOLDEN) & MASK), out=word)
        np.right_shift(word, S30, out=other)
        np.bitwise_xor(word, other, out=word)
        np.multiply(word, M1, out=word)
        np.right_shift(word, S27, out=other)
        np.bitwise_xor(word, other, out=word)
        np.multiply(word, M2, out=word)
        np.right_shift(word, S48, out=other)
        np.take(self.table, other.view(np.int64), out=out, mode="clip")
        rest = np.flatnonzero(out == self.unclear)
        if len(rest):
            whole = word[rest]
            out[rest] = self._parts(whole ^ whole >> S31)
        return out

    def _parts(self, words: NDArray[np.uint64]) -> NDArray[np.intp]:
        return np.searchsorted(self.edges, words, side="right")


class SourceParts:
    """The parts of the source: where the ranges of the leaves begin and end."""

    def __init__(self, ends: Sequence[Branch]) -> None:
        pairs = [pair for leaf in ends for pair in leaf.origin.pairs]
        firsts = {first for first, _ in pairs} | {last + 1 for _, last in pairs} | {0}
        self.firsts = sorted(firsts - {1 << 32})
        self.size = len(self.firsts)
        self.place = {first: i for i, first in enumerate(self.firsts)}
        self.place[1 << 32] = self.size

    def of_leaf(self, leaf: Branch) -> list[slice]:
        """The parts in which this leaf's source may lie."""
        return [slice(self.place[a], self.place[b + 1]) for a, b in leaf.origin.pairs]

    def ready(self, stride: int, kind: Any) -> None:
        """Make the tables: from the upper half of an address to a row, in it by the lower."""
        self.edges = np.array(self.firsts[1:], np.int64)
        self.stride, self.kind = kind(stride), kind
        self.rows: NDArray[np.int64] | None = None
        if self.size - 1 <= FEW:
            return
        cut = sorted({int(edge) >> 16 for edge in self.edges if int(edge) & 0xFFFF})
        if len(cut) > MOST_ROWS:
            return
        step = np.bincount(-(-self.edges >> 16), minlength=1 << 16)[: 1 << 16]
        part_of = np.cumsum(step)  # of the first address under each upper half
        plain, row_of = np.unique(part_of, return_inverse=True)
        self.table = np.empty((len(plain) + len(cut), 1 << 16), kind)
        self.table[: len(plain)] = (plain * stride).astype(kind)[:, None]
        for row, upper in enumerate(cut, len(plain)):
            row_of[upper] = row
            step = np.zeros(1 << 16, kind)
            inside = self.edges[(self.edges >> 16 == upper) & (self.edges & 0xFFFF != 0)]
            step[inside & 0xFFFF] = stride
            np.cumsum(step, out=self.table[row])
            self.table[row] += kind(part_of[upper] * stride)
        self.table = self.table.reshape(-1)
        self.rows = row_of.reshape(-1).astype(np.int64) << 16

    def fill(self, src: NDArray[np.uint32], out: Numbers) -> None:
        """The part of each source, times the stride."""
        if self.rows is not None:
            value = src.astype(np.int64)
            at = self.rows.take(value >> 16)
            value &= 0xFFFF
            at += value
            np.take(self.table, at, out=out, mode="clip")
        elif len(self.edges) <= FEW:
            out.fill(0)
            for edge in self.edges:
                out += (src >= edge) * self.stride
        else:
            out[:] = np.searchsorted(self.edges, src, side="right") * self.stride
