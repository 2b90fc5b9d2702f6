"""What the API server's verbs work with: the store, the clock and chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labkit.clock import Clock
from labkit.embedded.chance import Chance
from labkit.embedded.kinds.base import Kind
from labkit.embedded.status import not_found
from labkit.embedded.store import Store, Stored

Json = dict[str, Any]


class World:
    """The store seen by resource name, with the time and chance at hand."""

    def __init__(self, store: Store, clock: Clock, chance: Chance) -> None:
        self.store = store
        self.clock = clock
        self.chance = chance

    def now(self) -> float:
        return self.clock.now()

    def all(self, resource: str, namespace: str | None = None) -> Sequence[Json]:
        return [stored.object for stored in self.store.all(resource, namespace)]

    def find(self, resource: str, namespace: str, name: str) -> Json | None:
        stored = self.store.find(resource, namespace, name)
        return None if stored is None else stored.object

    def stored(self, kind: Kind, namespace: str | None, name: str) -> Stored:
        """The stored object, or 404."""
        found = self.store.find(kind.store_key, namespace or "", name)
        if found is None:
            raise not_found(kind.plural, kind.group, name)
        return found

    def current(self, kind: Kind, namespace: str | None, name: str) -> Json:
        """The stored object in the words of its kind, or 404."""
        return shown(kind, self.stored(kind, namespace, name).object)


def shown(kind: Kind, obj: Json) -> Json:
    """A stored object as this kind of object."""
    return kind.outbound(obj) if kind.outbound else obj


def kept(kind: Kind, obj: Json) -> Json:
    """An object of this kind as it is stored."""
    return kind.inbound(obj) if kind.inbound else obj
