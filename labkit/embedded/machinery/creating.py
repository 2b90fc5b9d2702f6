"""Create: decode, place, default, prepare, validate, count, allocate, write.

The order is the real server's (endpoints/handlers/create.go, registry/generic/registry/store.go)
and decides which refusal a wrong object gets.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery import metadata, shapes
from labkit.embedded.machinery.options import WriteOptions
from labkit.embedded.machinery.world import World, kept, shown
from labkit.embedded.quota import admission as quotas
from labkit.embedded.status import (
    StatusError,
    already_exists,
    forbidden,
    method_not_allowed,
    not_found,
)

Json = dict[str, Any]
Body = bytes | str | Json

ATTEMPTS = 8


def create(
    world: World, kind: Kind, namespace: str | None, body: Body, options: WriteOptions
) -> Json:
    """The stored object; raises ``StatusError`` with the real server's words."""
    if kind.refusal:
        raise method_not_allowed(kind.refusal)
    obj = shapes.decoded(kind, body, options)
    return create_decoded(world, kind, namespace, obj, options)


def create_decoded(
    world: World,
    kind: Kind,
    namespace: str | None,
    obj: Json,
    options: WriteOptions,
    *,
    owned: bool = False,
) -> Json:
    """As ``create``, for an object that is ours to change; ``owned``: it has managedFields.

    What admission and allocation add belongs to no manager.
    """
    generated = metadata.fill_new(world, kind, namespace, obj)
    _check_namespace(world, kind, namespace, obj)
    obj = shapes.defaulted(kind, obj)
    if not owned:
        shapes.own(kind, None, obj, options, "", world.now())
    obj = shapes.prepared(kind, kind.admit(obj, world))
    if kind.answer is not None:
        return {**obj, "status": kind.answer(obj, options.visitor, world)}
    shapes.check_new(kind, obj)
    _take_free_name(world, kind, obj, ATTEMPTS if generated else 1)
    quotas.check(world, kind, obj, None)
    kind.allocate(obj, None, world)
    if options.dry_run:
        return obj
    name, space = obj["metadata"]["name"], namespace if kind.namespaced else ""
    stored = world.store.put(kind.store_key, space or "", name, kept(kind, obj))
    return shown(kind, stored.object)


def _take_free_name(world: World, kind: Kind, obj: Json, attempts: int) -> None:
    """409 when the name is taken; a generated name is drawn again first."""
    data = obj["metadata"]
    space = data.get("namespace", "")
    for attempt in range(attempts):
        if attempt:
            metadata.generate_name(world, data)
        if world.find(kind.store_key, space, data["name"]) is None:
            return
    raise already_exists(kind.plural, kind.group, data["name"])


def _check_namespace(world: World, kind: Kind, namespace: str | None, obj: Json) -> None:
    """NamespaceLifecycle: the namespace must exist and stay."""
    if not kind.namespaced:
        return
    found = world.find("namespaces", "", namespace or "")
    if found is None:
        raise not_found("namespaces", "", namespace or "")
    if found["metadata"].get("deletionTimestamp"):
        raise _terminating(kind, namespace or "", obj["metadata"].get("name", ""))


def _terminating(kind: Kind, namespace: str, name: str) -> StatusError:
    why = f"unable to create new content in namespace {namespace} because it is being terminated"
    refusal = forbidden(kind.plural, kind.group, name, why)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    refusal.details = {**(refusal.details or {}), "causes": [cause]}
    return refusal
