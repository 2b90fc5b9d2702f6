"""How long to wait before what failed is tried again, per key.

After k8s.io/client-go/util/flowcontrol/backoff.go: each failure doubles the wait, and a key that
was quiet for twice the longest wait starts anew.
"""

from __future__ import annotations

from labkit.clock import Clock


class Backoff:
    """Waits that double from ``first`` to ``longest`` seconds."""

    def __init__(self, clock: Clock, first: float = 1.0, longest: float = 900.0) -> None:
        self._clock, self._first, self._longest = clock, first, longest
        self._known: dict[tuple[str, str], tuple[float, float]] = {}

    def left(self, key: tuple[str, str]) -> float:
        """Seconds until the key may be tried again; 0 is now."""
        wait, since = self._known.get(key, (0.0, 0.0))
        return max(0.0, since + wait - self._clock.monotonic())

    def tried(self, key: tuple[str, str]) -> None:
        """The key is tried now: the next time comes after a longer wait."""
        now = self._clock.monotonic()
        for old in [k for k, (_, since) in self._known.items() if now - since > 2 * self._longest]:
            del self._known[old]
        wait = self._known[key][0] * 2 if key in self._known else self._first
        self._known[key] = (min(wait, self._longest), now)
