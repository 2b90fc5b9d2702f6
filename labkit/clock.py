"""The one clock module: everything else is handed a clock.

Real time for the cluster that people use, a clock that tests turn by hand for timeouts.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from typing import Protocol


class Clock(Protocol):
    """What labkit asks of time.  All figures are seconds."""

    def now(self) -> float:
        """Seconds since 1970 (UTC), for timestamps."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for timeouts."""
        ...

    def worked(self) -> float:
        """Seconds that this thread has computed: what a piece of work costs, however busy the
        machine is."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; ``sleep(0)`` gives others their turn."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def worked(self) -> float:
        return time.thread_time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands still until ``advance`` is called; sleepers wake in order of time."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._start = start
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now - self._start

    def worked(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), future))
        await future

    def turn(self, seconds: float) -> None:
        """Move the time without waking anyone (for code that does not sleep)."""
        self._now += seconds

    async def advance(self, seconds: float) -> None:
        """Move the time, waking each sleeper at its moment and letting it run."""
        end = self._now + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            when, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, when)
            if not future.done():
                future.set_result(None)
            for _ in range(10):
                await asyncio.sleep(0)
        self._now = end
        for _ in range(10):
            await asyncio.sleep(0)
