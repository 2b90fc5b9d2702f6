"""The API server's verbs in one place: what HTTP and the controllers call."""

from __future__ import annotations

from typing import Any

from labkit.clock import Clock
from labkit.embedded.chance import Chance
from labkit.embedded.kinds import BY_RESOURCE
from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery import creating, deleting, patching, reading, updating
from labkit.embedded.machinery.options import DeleteOptions, WriteOptions
from labkit.embedded.machinery.watching import ObjectWatch
from labkit.embedded.machinery.world import World, shown
from labkit.embedded.status import no_such_path
from labkit.embedded.store import Store

Json = dict[str, Any]


class Machinery:
    """The ``Api`` of ``interfaces.py`` over a store.

    The verbs of the protocol take resources by name; HTTP, which has looked the kind up
    already and knows more options, calls the modules beside this one with ``world``.
    """

    def __init__(self, store: Store, clock: Clock, chance: Chance) -> None:
        self.world = World(store, clock, chance)

    def get(self, resource: str, namespace: str | None, name: str) -> Json:
        return self.world.current(kind_of(resource), namespace, name)

    def list(
        self, resource: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]:
        kind = kind_of(resource)
        page = reading.page(self.world, kind, namespace, labels=labels, fields=fields)
        return [shown(kind, stored.object) for stored in page.items]

    def version(self) -> int:
        return self.world.store.version

    def create(
        self, resource: str, namespace: str | None, obj: Json, *, manager: str = "labkit"
    ) -> Json:
        options = WriteOptions(manager=manager)
        return creating.create(self.world, kind_of(resource), namespace, obj, options)

    def update(
        self,
        resource: str,
        namespace: str | None,
        name: str,
        obj: Json,
        *,
        subresource: str = "",
        manager: str = "labkit",
    ) -> Json:
        kind, options = kind_of(resource), WriteOptions(manager=manager)
        return updating.replace(self.world, kind, namespace, name, obj, options, subresource)

    def patch(
        self,
        resource: str,
        namespace: str | None,
        name: str,
        patch: Any,
        *,
        kind: str = "merge",
        subresource: str = "",
        manager: str = "labkit",
    ) -> Json:
        found, options = kind_of(resource), WriteOptions(manager=manager, force=kind == "apply")
        result, _ = patching.patch(
            self.world, found, namespace, name, patch, kind, options, subresource
        )
        return result

    def delete(
        self,
        resource: str,
        namespace: str | None,
        name: str,
        *,
        grace_seconds: int | None = None,
        propagation: str | None = None,
        uid: str | None = None,
    ) -> Json:
        options = DeleteOptions(grace_seconds, propagation, uid)
        return deleting.delete(self.world, kind_of(resource), namespace, name, options)[0]

    def watch(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        since: int | None = None,
        labels: str = "",
        fields: str = "",
    ) -> ObjectWatch:
        kind = kind_of(resource)
        match = reading.matcher(kind, labels, fields)
        return ObjectWatch(self.world.store, kind, namespace, match, since)


def kind_of(resource: str) -> Kind:
    """The kind of a resource by the name kubectl gives it; 404 when there is none."""
    kind = BY_RESOURCE.get(resource)
    if kind is None:
        raise no_such_path()
    return kind
