"""Patch: JSON patch, merge patch, strategic merge patch, and server-side apply.

Source: apiserver/pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery import creating, shapes, subresources, updating
from labkit.embedded.machinery.options import WriteOptions
from labkit.embedded.machinery.world import World, shown
from labkit.embedded.schema import patch as patches
from labkit.embedded.schema.fields import GVK
from labkit.embedded.status import Cause, invalid, method_not_allowed, not_found

Json = dict[str, Any]

SCALE = GVK("autoscaling", "v1", "Scale")


def patch(
    world: World,
    kind: Kind,
    namespace: str | None,
    name: str,
    change: Any,
    form: str,
    options: WriteOptions,
    subresource: str = "",
) -> tuple[Json, bool]:
    """The object after the patch, and whether it was created (only apply creates)."""
    if form == "apply":
        return apply(world, kind, namespace, name, change, options, subresource)
    old = world.current(kind, namespace, name)
    result = patches.patched(shapes.gvk(kind), old, change, form, validation=options.validation)
    for warning in result.warnings:
        options.warn(warning)
    new = shapes.stamped(kind, result.obj)
    return updating.commit(world, kind, old, new, options, subresource), False


def apply(
    world: World,
    kind: Kind,
    namespace: str | None,
    name: str,
    config: Json,
    options: WriteOptions,
    subresource: str = "",
) -> tuple[Json, bool]:
    """Server-side apply: the object afterwards, and whether it was created."""
    if kind.refusal:
        raise method_not_allowed(kind.refusal)
    if not options.manager:
        message = "Required value: is required for apply patch"
        cause = Cause("fieldManager", "FieldValueRequired", message)
        raise invalid("PatchOptions", "meta.k8s.io", "", [cause])
    found = world.find(kind.store_key, namespace or "", name)
    if found is None and subresource:
        raise not_found(kind.plural, kind.group, name)
    live = None if found is None else shown(kind, found)
    new = shapes.applied(kind, live, config, options, subresource, world.now())
    new.setdefault("metadata", {}).setdefault("name", name)
    if live is None:
        made = creating.create_decoded(world, kind, namespace, new, options, owned=True)
        return made, True
    return updating.commit(world, kind, live, new, options, subresource, owned=True), False


def patch_scale(
    world: World,
    kind: Kind,
    namespace: str | None,
    name: str,
    change: Any,
    form: str,
    options: WriteOptions,
) -> Json:
    """The ``Scale`` of an object after a patch of it."""
    old = world.current(kind, namespace, name)
    result = patches.patched(
        SCALE, subresources.scale_of(old), change, form, validation=options.validation
    )
    return subresources.rescale(world, kind, old, result.obj, options)
