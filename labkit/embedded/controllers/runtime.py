"""A controller: hears of changes, queues keys, and brings each key to its wanted state.

``reconcile`` is an ordinary function: nothing else runs between its reading and its writing,
it may be called at any time for any key, and a second call right after the first does nothing.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import Key, controller_of, key, namespace
from labkit.embedded.controllers.queue import WorkQueue
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

_log = logging.getLogger(__name__)


class Controller(ABC):
    """Base of all controllers; a subclass says what it watches and how it reconciles."""

    name = "controller"

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.clock = cluster.clock
        self.queue = WorkQueue(cluster.clock)
        self._task: asyncio.Task[None] | None = None
        self.watch()

    @abstractmethod
    def watch(self) -> None:
        """Register with the informers (``self.cluster.informer(...).on_change``)."""

    @abstractmethod
    def reconcile(self, key: Key) -> None:
        """Bring one object to its wanted state.  ``StatusError`` means: try again later."""

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def stop(self) -> None:
        self.queue.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def enqueue(self, kind: str, obj: Json) -> None:
        """A handler: queue the object itself."""
        self.queue.add(key(obj))

    def enqueue_owner(self, owner_kind: str, obj: Json) -> None:
        """Queue the controller of an object, if it is of that kind."""
        owner = controller_of(obj)
        if owner is not None and owner.get("kind") == owner_kind:
            self.queue.add((namespace(obj), str(owner["name"])))

    async def _work(self) -> None:
        while True:
            item = await self.queue.get()
            self._attempt(item)
            await asyncio.sleep(0)

    def _attempt(self, item: Key) -> None:
        try:
            self.reconcile(item)
        except StatusError as error:
            _log.debug("%s %s: %s", self.name, item, error.message)
            self.queue.retry(item)
        except Exception:
            _log.exception("%s failed on %s", self.name, item)
            self.queue.retry(item)
        else:
            self.queue.forget(item)
