"""Seeds and what is drawn from them: the data of an exercise depends on its seed alone.

SHA-256 in counter mode, so that every Python on every system draws the same.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

PRACTICE = "practice"
"""The seed of a notebook that was released for nobody in particular."""


def seed_of(secret: bytes, learner: str, exercise: str, use: str = "task") -> str:
    """HMAC-SHA256 of the teacher's secret over learner, exercise and use; 32 hex digits."""
    one_form = unicodedata.normalize("NFC", learner)  # a Mac's folders write accents apart
    text = "\0".join((one_form, exercise, use))
    return hmac.new(secret, text.encode("utf-8"), hashlib.sha256).hexdigest()[:32]


class Draw:
    """Choices from a seed, one after the other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def below(self, n: int) -> int:
        """0 to n-1 (its bias is 2**-256 times n)."""
        self._count += 1
        word = hashlib.sha256(f"{self._seed}/{self._count}".encode()).digest()
        return int.from_bytes(word, "big") % n

    def between(self, low: int, high: int) -> int:
        """``low`` to ``high``, both possible."""
        return low + self.below(high - low + 1)

    def choice(self, some: Sequence[T]) -> T:
        """One of them."""
        return some[self.below(len(some))]

    def shuffled(self, some: Sequence[T]) -> list[T]:
        """All of them in another order (Fisher-Yates)."""
        left = list(some)
        for place in range(len(left) - 1, 0, -1):
            other = self.below(place + 1)
            left[place], left[other] = left[other], left[place]
        return left

    def sample(self, some: Sequence[T], count: int) -> list[T]:
        """``count`` different ones."""
        return self.shuffled(some)[:count]

    def word(self, letters: str = "abcdefghjkmnpqrstuvwxyz", length: int = 4) -> str:
        """A short name that Kubernetes takes."""
        return "".join(self.choice(letters) for _ in range(length))
