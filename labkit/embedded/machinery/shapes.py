"""Where the verbs meet the schema: decoding, defaults, validation and managed fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.kinds.ages import rfc3339
from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery.options import WriteOptions
from labkit.embedded.schema import apply as applying
from labkit.embedded.schema import decode as decoding
from labkit.embedded.schema import defaults, managed, strategy, validate
from labkit.embedded.schema.fields import GVK
from labkit.embedded.status import invalid

Json = dict[str, Any]
Body = bytes | str | Mapping[str, Any]


def gvk(kind: Kind) -> GVK:
    """The kind as the schema names it."""
    return GVK(kind.group, kind.version, kind.kind)


def decoded(kind: Kind, body: Body, options: WriteOptions) -> Json:
    """The body of a create or update as an object of our own; 400 when it is not one."""
    result = decoding.decode(gvk(kind), body, validation=options.validation)
    for warning in result.warnings:
        options.warn(warning)
    return stamped(kind, result.obj)


def stamped(kind: Kind, obj: Json) -> Json:
    """The object with ``apiVersion`` and ``kind`` first, as it is answered and stored."""
    rest = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}
    return {"apiVersion": kind.api_version, "kind": kind.kind, **rest}


def defaulted(kind: Kind, obj: Json) -> Json:
    """The object with everything that the server fills in."""
    return defaults.defaulted(gvk(kind), obj)


def prepared(kind: Kind, obj: Json) -> Json:
    """A new object as the registry prepares it: its first status and generation."""
    return strategy.prepared_for_create(gvk(kind), obj)


def changed(kind: Kind, new: Json, old: Json, subresource: str) -> Json:
    """A changed object as the registry prepares it: what the sub-resource may not touch stays."""
    return strategy.prepared_for_update(gvk(kind), new, old, subresource=subresource)


def check_new(kind: Kind, obj: Json) -> None:
    """422 with every cause when the object cannot be created."""
    causes = validate.validate_create(gvk(kind), obj)
    if causes:
        raise invalid(kind.kind, kind.group, obj["metadata"].get("name", ""), causes)


def check_update(kind: Kind, new: Json, old: Json, subresource: str) -> None:
    """422 with every cause when the object cannot become ``new``."""
    causes = validate.validate_update(gvk(kind), new, old)
    if causes:
        raise invalid(kind.kind, kind.group, old["metadata"]["name"], causes)


def own(
    kind: Kind, old: Json | None, new: Json, options: WriteOptions, subresource: str, now: float
) -> None:
    """Note in ``metadata.managedFields`` (of ``new``, in place) who has changed what."""
    entries = managed.managed_fields_after(
        gvk(kind), old, new, manager=options.manager, now=rfc3339(now), subresource=subresource
    )
    new["metadata"].pop("managedFields", None)
    if entries:
        new["metadata"]["managedFields"] = entries


def applied(
    kind: Kind,
    live: Json | None,
    config: Json,
    options: WriteOptions,
    subresource: str,
    now: float,
) -> Json:
    """A configuration merged into the live object by server-side apply, and decoded; 409 when
    it says otherwise than another manager and does not force."""
    result = applying.apply(
        gvk(kind),
        live,
        config,
        manager=options.manager,
        now=rfc3339(now),
        force=options.force,
        subresource=subresource,
    )
    return decoded(kind, result.obj, options)
