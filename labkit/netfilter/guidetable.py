"""NumPy mode: which part of a divided range each of many words lies in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]


def ids_of(words: Words, edges: Words) -> NDArray[np.uint32]:
    """The number of the part of each word."""
    return np.searchsorted(edges, words, side="right").astype(np.uint32)


class GuideTable:
    """From the upper 16 bits of a word to its part; exact where a border cuts through."""

    def __init__(self, edges: Words) -> None:
        starts = np.arange(1 << 16, dtype=np.uint64) << np.uint64(48)
        self.edges = edges
        self.part = ids_of(starts, edges).astype(np.uint16 if len(edges) < 65535 else np.uint32)
        self.cut = np.zeros(1 << 16, dtype=bool)
        self.cut[(edges >> np.uint64(48)).astype(np.intp)] = True

    def ids(self, words: Words) -> NDArray[Any]:
        """The number of the part of each word."""
        upper = (words >> np.uint64(48)).astype(np.intp)
        ids = self.part[upper]
        unclear = np.flatnonzero(self.cut[upper])
        ids[unclear] = ids_of(words[unclear], self.edges)
        return ids
