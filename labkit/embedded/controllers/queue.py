"""The work queue: each key at most once, delays by the clock, back-off per key.

After k8s.io/client-go/util/workqueue, for one worker on one event loop.
"""

from __future__ import annotations

import asyncio
from collections import deque

from labkit.clock import Clock
from labkit.embedded.controllers.objects import Key

FIRST_RETRY = 0.005
LONGEST_RETRY = 10.0


class WorkQueue:
    """Keys that wait for a worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ready: deque[Key] = deque()
        self._known: set[Key] = set()
        self._wake = asyncio.Event()
        self._later: dict[Key, tuple[float, asyncio.Task[None]]] = {}
        self._failures: dict[Key, int] = {}

    def add(self, key: Key) -> None:
        """Queue a key; a second time before it is taken changes nothing."""
        if key not in self._known:
            self._known.add(key)
            self._ready.append(key)
            self._wake.set()

    def add_after(self, key: Key, seconds: float) -> None:
        """Queue a key after some seconds; the earliest of several such wishes holds."""
        if seconds <= 0:
            self.add(key)
            return
        when = self._clock.monotonic() + seconds
        waiting = self._later.get(key)
        if waiting is not None:
            if waiting[0] <= when:
                return
            waiting[1].cancel()
        task = asyncio.get_running_loop().create_task(self._ring(key, seconds))
        self._later[key] = (when, task)

    def retry(self, key: Key) -> None:
        """Queue a key again after its back-off: 5 ms doubling to 10 s."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.add_after(key, min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(failures, 20)))

    def forget(self, key: Key) -> None:
        """The key went well: the next failure starts from the first back-off."""
        self._failures.pop(key, None)

    async def get(self) -> Key:
        """The next key; waits for one."""
        while not self._ready:
            self._wake.clear()
            await self._wake.wait()
        key = self._ready.popleft()
        self._known.discard(key)
        return key

    def close(self) -> None:
        """Drop all timers."""
        for _, task in self._later.values():
            task.cancel()
        self._later.clear()

    async def _ring(self, key: Key, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._later.pop(key, None)
        self.add(key)
