"""Update: replace an object, or the part of it that a sub-resource names.

Source: apiserver/pkg/registry/rest/update.go, registry/generic/registry/store.go (Update), and
the ``PrepareForUpdate`` of the kinds' strategies.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery import creating, metadata, shapes
from labkit.embedded.machinery.options import WriteOptions
from labkit.embedded.machinery.world import World, kept, shown
from labkit.embedded.quota import admission as quotas
from labkit.embedded.status import StatusError

Json = dict[str, Any]
Body = bytes | str | Json


def replace(
    world: World,
    kind: Kind,
    namespace: str | None,
    name: str,
    body: Body,
    options: WriteOptions,
    subresource: str = "",
) -> Json:
    """PUT; a ``metadata.resourceVersion`` in the body is the optimistic lock (409)."""
    new = shapes.decoded(kind, body, options)
    try:
        old = world.current(kind, namespace, name)
    except StatusError:
        if not kind.create_on_update or subresource:
            raise
        return creating.create_decoded(world, kind, namespace, new, options)
    return commit(world, kind, old, new, options, subresource)


def commit(
    world: World,
    kind: Kind,
    old: Json,
    new: Json,
    options: WriteOptions,
    subresource: str = "",
    *,
    owned: bool = False,
) -> Json:
    """Write ``new`` (ours to change) over ``old``; nothing is written when nothing changed.

    ``owned``: apply has noted the managers already.
    """
    namespace, name = old["metadata"].get("namespace"), old["metadata"]["name"]
    metadata.fill_update(kind, namespace, name, new, old)
    if subresource == "finalize":
        new = {**old, "metadata": new["metadata"], "spec": new.get("spec", {})}
    else:
        new = shapes.changed(kind, shapes.defaulted(kind, new), old, subresource)
    shapes.check_update(kind, new, old, subresource)
    if not subresource:
        quotas.check(world, kind, new, old)
    if subresource != "status":
        kind.allocate(new, old, world)
    return settle(world, kind, old, new, options, subresource, owned=owned)


def settle(
    world: World,
    kind: Kind,
    old: Json,
    new: Json,
    options: WriteOptions,
    subresource: str = "",
    *,
    owned: bool = False,
) -> Json:
    """The last steps of every write: managed fields, the no-op, the end of a deletion."""
    if new == old or (not owned and metadata.content(new) == metadata.content(old)):
        return old
    if not owned:
        shapes.own(kind, old, new, options, subresource, world.now())
    if options.dry_run:
        return new
    namespace, name = new["metadata"].get("namespace", ""), new["metadata"]["name"]
    if _is_over(kind, new):
        return shown(kind, world.store.drop(kind.store_key, namespace, name, kept(kind, new)))
    stored = world.store.put(kind.store_key, namespace, name, kept(kind, new))
    return shown(kind, stored.object)


def _is_over(kind: Kind, obj: Json) -> bool:
    """A deletion waits for finalizers, for a Pod's grace, for a namespace's content."""
    data = obj["metadata"]
    if not data.get("deletionTimestamp") or data.get("finalizers"):
        return False
    if data.get("deletionGracePeriodSeconds"):
        return False
    return kind.kind != "Namespace" or not (obj.get("spec") or {}).get("finalizers")
