"""What all controllers share: a mirror of each resource, and writes that show in it at once.

A mirror is filled by a list and kept by a watch.  Our own writes are put into it on the spot,
so that a controller never decides from a picture that lacks what it did itself; this takes the
place of the "expectations" of kube-controller-manager.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

from labkit.clock import Clock
from labkit.embedded.controllers.objects import Key, key, uid, version
from labkit.embedded.interfaces import Api, Json
from labkit.embedded.status import StatusError

Handler = Callable[[str, Json], None]
"""Called with ADDED, MODIFIED or DELETED and the object."""

RELIST_SECONDS = 0.2
_log = logging.getLogger(__name__)


class Informer:
    """The mirror of one resource."""

    def __init__(self, api: Api, clock: Clock, resource: str) -> None:
        self.resource = resource
        self._api, self._clock = api, clock
        self._items: dict[Key, Json] = {}
        self._gone: set[str] = set()
        self._handlers: list[Handler] = []
        self._version = 0
        self._task: asyncio.Task[None] | None = None

    def get(self, namespace: str, name: str) -> Json | None:
        return self._items.get((namespace, name))

    def all(self, namespace: str | None = None) -> Iterator[Json]:
        """Every object, or those of one namespace, in order of creation."""
        found = list(self._items.items())
        return (obj for (where, _), obj in found if namespace is None or where == namespace)

    def on_change(self, handler: Handler) -> None:
        """Hear of every change from now on; what exists is told as ADDED."""
        self._handlers.append(handler)
        for obj in list(self._items.values()):
            handler("ADDED", obj)

    def start(self) -> None:
        """Fill the mirror (before this returns) and follow the changes."""
        if self._task is None:
            self._fill()
            self._task = asyncio.get_running_loop().create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def wrote(self, obj: Json) -> None:
        """Take in an object that the API server gave back for a write of ours."""
        self._take("MODIFIED", obj)

    def removed(self, obj: Json) -> None:
        """Take in that an object is gone, before the watch says so."""
        self._gone.add(uid(obj))
        self._drop(obj)

    def _fill(self) -> None:
        self._version = self._api.version()
        listed = self._api.list(self.resource)
        present = {uid(obj) for obj in listed}
        for obj in [o for o in self._items.values() if uid(o) not in present]:
            self._drop(obj)
        for obj in listed:
            self._take("ADDED", obj)

    async def _follow(self) -> None:
        while True:
            try:
                await self._read()
            except StatusError as error:
                _log.debug("watch of %s: %s", self.resource, error.message)
            await self._clock.sleep(RELIST_SECONDS)
            self._fill()

    async def _read(self) -> None:
        watch = self._api.watch(self.resource, since=self._version)
        try:
            async for event in watch:
                if event.type == "ERROR":
                    return
                if event.type == "DELETED":
                    self._deleted(event.object)
                elif event.type != "BOOKMARK":
                    self._take(event.type, event.object)
                self._version = max(self._version, event.version)
        finally:
            watch.close()

    def _deleted(self, obj: Json) -> None:
        if uid(obj) in self._gone:
            self._gone.discard(uid(obj))
        else:
            self._drop(obj)

    def _take(self, kind: str, obj: Json) -> None:
        if uid(obj) in self._gone:
            return
        old = self._items.get(key(obj))
        if old is not None and uid(old) == uid(obj) and version(old) >= version(obj):
            return
        if old is not None and uid(old) != uid(obj):
            if version(old) > version(obj):
                return
            self._drop(old)
            old = None
        self._items[key(obj)] = obj
        self._tell("ADDED" if old is None else "MODIFIED", obj)

    def _drop(self, obj: Json) -> None:
        old = self._items.get(key(obj))
        if old is not None and uid(old) == uid(obj):
            del self._items[key(obj)]
            self._tell("DELETED", obj)

    def _tell(self, kind: str, obj: Json) -> None:
        for handler in self._handlers:
            handler(kind, obj)


class Cluster:
    """The API server as the controllers, the scheduler and the kubelets use it."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self.api, self.clock = api, clock
        self._informers: dict[str, Informer] = {}
        self._running = False
        self._ticket = 0

    def ticket(self) -> int:
        """Nanoseconds since 1970 as a number that never comes twice (names of events)."""
        self._ticket = max(self._ticket + 1, int(self.clock.now() * 1e9))
        return self._ticket

    def informer(self, resource: str) -> Informer:
        """The one mirror of a resource; started if the cluster runs already."""
        found = self._informers.get(resource)
        if found is None:
            found = self._informers[resource] = Informer(self.api, self.clock, resource)
            if self._running:
                found.start()
        return found

    def start(self) -> None:
        self._running = True
        for informer in list(self._informers.values()):
            informer.start()

    async def stop(self) -> None:
        self._running = False
        for informer in self._informers.values():
            await informer.stop()

    def get(self, resource: str, namespace: str, name: str) -> Json | None:
        """From the mirror; ``None`` if there is none."""
        return self.informer(resource).get(namespace, name)

    def all(self, resource: str, namespace: str | None = None) -> list[Json]:
        return list(self.informer(resource).all(namespace))

    def create(self, resource: str, obj: Json, *, manager: str = "labkit") -> Json:
        """Create; the object says its namespace.  Raises ``StatusError``."""
        where = (obj.get("metadata") or {}).get("namespace")
        return self._seen(resource, self.api.create(resource, where, obj, manager=manager))

    def update(
        self, resource: str, obj: Json, *, subresource: str = "", manager: str = "labkit"
    ) -> Json:
        """Replace; the object's own resourceVersion is the lock.  Raises ``StatusError``."""
        where, name = key(obj)
        written = self.api.update(
            resource, where or None, name, obj, subresource=subresource, manager=manager
        )
        return self._seen(resource, written)

    def write_status(
        self, resource: str, obj: Json, status: Json, *, manager: str = "labkit"
    ) -> Json:
        """Replace the status, if it differs.  Raises ``StatusError``."""
        if obj.get("status") == status:
            return obj
        changed = {**obj, "status": status}
        return self.update(resource, changed, subresource="status", manager=manager)

    def patch(
        self,
        resource: str,
        obj: Json,
        patch: Any,
        *,
        kind: str = "merge",
        subresource: str = "",
        manager: str = "labkit",
    ) -> Json:
        """Patch the object that is named like ``obj``.  Raises ``StatusError``."""
        where, name = key(obj)
        written = self.api.patch(
            resource, where or None, name, patch,
            kind=kind, subresource=subresource, manager=manager,
        )  # fmt: skip
        return self._seen(resource, written)

    def delete(
        self,
        resource: str,
        obj: Json,
        *,
        grace_seconds: int | None = None,
        propagation: str | None = None,
    ) -> None:
        """Delete this very object; nothing happens if it is gone already."""
        where, name = key(obj)
        try:
            self.api.delete(
                resource, where or None, name,
                grace_seconds=grace_seconds, propagation=propagation, uid=uid(obj),
            )  # fmt: skip
        except StatusError as error:
            if error.code not in (404, 409):
                raise
        self.refresh(resource, obj)

    def refresh(self, resource: str, obj: Json) -> Json | None:
        """Read an object anew, past the mirror; ``None`` if this very one is gone."""
        where, name = key(obj)
        try:
            found = self.api.get(resource, where or None, name)
        except StatusError as error:
            if error.code != 404:
                raise
            found = None
        if found is None or uid(found) != uid(obj):
            self.informer(resource).removed(obj)
            return None
        return self._seen(resource, found)

    def _seen(self, resource: str, obj: Json) -> Json:
        informer = self._informers.get(resource)
        if informer is not None and uid(obj) and not _is_other(obj):
            informer.wrote(obj)
        return obj


def _is_other(obj: Json) -> bool:
    """Answers of sub-resources (Scale, Binding, Status) are not the object itself."""
    return obj.get("kind") in ("Scale", "Binding", "Status", "Eviction")
