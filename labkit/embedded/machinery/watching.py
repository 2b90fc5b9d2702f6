"""Watches: changes of a resource through selectors, from now or from a point in the log.

A change that makes an object match a selector is ADDED to this watcher, one that makes it stop
matching is DELETED (apiserver/pkg/storage/cacher/cache_watcher.go, convertToWatchEvent).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from labkit.embedded.interfaces import WatchEvent
from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery.world import shown
from labkit.embedded.status import StatusError, gone
from labkit.embedded.store import ADDED, DELETED, MODIFIED, Change, Store

Json = dict[str, Any]
Match = Callable[[Json], bool]

BACKLOG = 10_000
"""A watcher that is this far behind is told to list again."""


class ObjectWatch:
    """One watcher.  ``next`` waits for an event, ``None`` means that the time is up or the
    watch is closed."""

    def __init__(
        self, store: Store, kind: Kind, namespace: str | None, match: Match, since: int | None
    ) -> None:
        self._store = store
        self._kind = kind
        self._namespace = namespace
        self._match = match
        self._events: deque[WatchEvent] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self.closed = False
        if since is None:
            self._begin_with_all()
        else:
            for change in store.changes(kind.store_key, since):
                self._take(change)
        self._end = store.listen(kind.store_key, self._take)

    @property
    def version(self) -> int:
        """The newest change this watcher has seen everything up to."""
        return self._events[0].version - 1 if self._events else self._store.version

    def _begin_with_all(self) -> None:
        for stored in self._store.all(self._kind.store_key, self._namespace):
            obj = shown(self._kind, stored.object)
            if self._match(obj):
                self._events.append(WatchEvent(ADDED, obj, stored.version))

    def _take(self, change: Change) -> None:
        if self._namespace is not None and change.namespace != self._namespace:
            return
        event = self._seen(change)
        if event is None or self.closed:
            return
        if len(self._events) >= BACKLOG:
            self._events.clear()
            event = WatchEvent("ERROR", gone("too old resource version").to_dict(), change.version)
            self._end()
        self._events.append(event)
        self._wake()

    def _seen(self, change: Change) -> WatchEvent | None:
        obj = shown(self._kind, change.object)
        before = None if change.previous is None else shown(self._kind, change.previous)
        was = before is not None and self._match(before)
        now = change.type != DELETED and self._match(obj)
        if now:
            return WatchEvent(MODIFIED if was else ADDED, obj, change.version)
        if not was or before is None:
            return None
        if change.type == DELETED:
            return WatchEvent(DELETED, obj, change.version)
        data = {**before["metadata"], "resourceVersion": str(change.version)}
        return WatchEvent(DELETED, {**before, "metadata": data}, change.version)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def next(self, timeout: float | None = None) -> WatchEvent | None:
        """The next event; ``timeout`` in seconds."""
        if not self._events and not self.closed:
            self._waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._waiter,), timeout=timeout)
            self._waiter = None
        return self._events.popleft() if self._events and not self.closed else None

    def fail(self, refusal: StatusError) -> None:
        """Make this refusal the next event; it should be the last one."""
        self._events.append(WatchEvent("ERROR", refusal.to_dict(), self._store.version))

    def ready(self) -> bool:
        """Whether ``next`` would answer at once."""
        return bool(self._events)

    async def _iterate(self) -> AsyncIterator[WatchEvent]:
        while (event := await self.next()) is not None:
            yield event

    def __aiter__(self) -> AsyncIterator[WatchEvent]:
        return self._iterate()

    def close(self) -> None:
        self.closed = True
        self._end()
        self._wake()
