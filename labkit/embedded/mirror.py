"""A copy of some kinds of objects that follows the API, for programs that watch it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from labkit.embedded.interfaces import Api, Json

Key = tuple[str, str]
"""Namespace ("" for cluster-wide objects) and name."""


class Mirror:
    """Objects by kind, namespace and name.  ``changes`` counts what was taken over."""

    def __init__(self, api: Api, kinds: Sequence[str]) -> None:
        self._api = api
        self._known: dict[str, dict[Key, Json]] = {kind: {} for kind in kinds}
        self._watches: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.changes = 0

    def start(self) -> None:
        """List everything, then follow every change."""
        since = self._api.version()
        for kind, known in self._known.items():
            known.update((key_of(obj), obj) for obj in self._api.list(kind))
            watch = self._api.watch(kind, since=since)
            self._watches.append(watch)
            self._tasks.append(asyncio.ensure_future(self._follow(watch, known)))
        self.changes += 1

    def halt(self) -> None:
        """Follow no more."""
        for watch in self._watches:
            watch.close()
        for task in self._tasks:
            task.cancel()

    async def stop(self) -> None:
        """The same, and wait for the end."""
        self.halt()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def all(self, kind: str) -> Collection[Json]:
        """Every object of a kind, as it was last seen."""
        return self._known[kind].values()

    def get(self, kind: str, namespace: str, name: str) -> Json | None:
        """One object."""
        return self._known[kind].get((namespace, name))

    async def _follow(self, watch: Any, known: dict[Key, Json]) -> None:
        async for event in watch:
            if event.type in ("ADDED", "MODIFIED"):
                known[key_of(event.object)] = event.object
            elif event.type == "DELETED":
                known.pop(key_of(event.object), None)
            else:
                continue
            self.changes += 1


def key_of(obj: Json) -> Key:
    """Namespace and name of an object."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]
