"""The part of an object that the server itself looks after: ``metadata``.

Source: apiserver/pkg/registry/rest (create.go, update.go, meta.go), storage/names/generate.go.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded import chance
from labkit.embedded.kinds.ages import rfc3339
from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery.world import World
from labkit.embedded.status import StatusError, bad_request, conflict, modified

Json = dict[str, Any]

MAX_GENERATED = 58
SERVER_OWNED = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def fill_new(world: World, kind: Kind, namespace: str | None, obj: Json) -> bool:
    """Complete the metadata of an object that is about to be created; True: its name was made."""
    metadata = obj.setdefault("metadata", {})
    if metadata.get("resourceVersion"):
        raise StatusError(500, "", "resourceVersion should not be set on objects to be created")
    _place(kind, namespace, metadata)
    for key in (*SERVER_OWNED, "selfLink", "generation"):
        metadata.pop(key, None)
    generated = not metadata.get("name") and bool(metadata.get("generateName"))
    if generated:
        generate_name(world, metadata)
    metadata["uid"] = chance.uid(world.chance.stream("uid"))
    metadata["creationTimestamp"] = rfc3339(world.now())
    return generated


def generate_name(world: World, metadata: Json) -> None:
    """A name that starts with ``generateName``."""
    start = metadata["generateName"][:MAX_GENERATED]
    place = f"{metadata.get('namespace', '')}/{start}"
    metadata["name"] = start + chance.suffix(world.chance.stream(place))


def _place(kind: Kind, namespace: str | None, metadata: Json) -> None:
    said = metadata.get("namespace")
    if not kind.namespaced:
        metadata.pop("namespace", None)
        return
    if said and said != namespace:
        raise bad_request(
            f"the namespace of the provided object does not match the namespace sent on the "
            f"request (expected {namespace}, got {said})"
        )
    metadata["namespace"] = namespace


def fill_update(kind: Kind, namespace: str | None, name: str, new: Json, old: Json) -> None:
    """Keep what an update may not change, and check what it must agree with."""
    metadata, before = new.setdefault("metadata", {}), old["metadata"]
    said = metadata.get("name")
    if said and said != name:
        raise bad_request(
            f"the name of the object ({said}) does not match the name on the URL ({name})"
        )
    _place(kind, namespace, metadata)
    metadata["name"] = name
    if metadata.get("uid") and metadata["uid"] != before["uid"]:
        raise conflict(kind.plural, kind.group, name, _other_uid(metadata["uid"], before["uid"]))
    if metadata.get("resourceVersion") not in (None, "", before["resourceVersion"]):
        raise modified(kind.plural, kind.group, name)
    for key in (*SERVER_OWNED, "generation"):
        if key in before:
            metadata[key] = before[key]
        else:
            metadata.pop(key, None)
    metadata["resourceVersion"] = before["resourceVersion"]


def _other_uid(asked: str, found: str) -> str:
    return f"Precondition failed: UID in precondition: {asked}, UID in object meta: {found}"


def check_preconditions(kind: Kind, obj: Json, uid: str | None, version: str | None) -> None:
    """The preconditions of a deletion (409)."""
    metadata = obj["metadata"]
    if uid and uid != metadata["uid"]:
        raise conflict(kind.plural, kind.group, metadata["name"], _other_uid(uid, metadata["uid"]))
    if version and version != metadata["resourceVersion"]:
        found = metadata["resourceVersion"]
        why = (
            f"Precondition failed: ResourceVersion in precondition: {version}, "
            f"ResourceVersion in object meta: {found}"
        )
        raise conflict(kind.plural, kind.group, metadata["name"], why)


def content(obj: Json) -> Json:
    """The object without what changes by being written alone."""
    metadata = {
        key: value
        for key, value in obj["metadata"].items()
        if key not in ("resourceVersion", "managedFields")
    }
    return {**obj, "metadata": metadata}
