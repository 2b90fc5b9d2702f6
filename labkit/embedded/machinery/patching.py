"""Patch: JSON patch, merge patch, strategic merge patch, and server-side apply.

Source: apiserver/pkg/endpoints/handlers/patch.go.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery import shapes, subresources, updating
from labkit.embedded.machinery.options import WriteOptions
from labkit.embedded.machinery.world import World
from labkit.embedded.schema import patch as patches
from labkit.embedded.schema.fields import GVK

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
    old = world.current(kind, namespace, name)
    result = patches.patched(shapes.gvk(kind), old, change, form, validation=options.validation)
    for warning in result.warnings:
        options.warn(warning)
    new = shapes.stamped(kind, result.obj)
    return updating.commit(world, kind, old, new, options, subresource), False


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
