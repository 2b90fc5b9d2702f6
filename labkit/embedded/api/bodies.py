"""Request bodies: JSON (also when nobody says so), YAML, protobuf; patches; delete options."""

from __future__ import annotations

from typing import Any

from labkit.embedded.api.query import Query
from labkit.embedded.machinery.options import DeleteOptions
from labkit.embedded.schema import texts
from labkit.embedded.schema.patch import MEDIA_TYPES
from labkit.embedded.status import Cause, bad_request, invalid, unsupported_media_type

Json = dict[str, Any]
Body = bytes | Json

PROTOBUF = "application/vnd.kubernetes.protobuf"
YAML = "application/yaml"


def decoded(body: bytes, media: str) -> Body:
    """JSON as it came (the decoder reads it strictly), anything else as an object."""
    if media in ("", "application/json"):
        return body
    if media == YAML:
        return from_yaml(body)
    if media == PROTOBUF:
        return from_protobuf(body)
    raise unsupported_media_type(
        f"the body of the request was in an unknown format - accepted media types include: "
        f"application/json, {YAML}, {PROTOBUF}"
    )


def from_yaml(body: bytes) -> Json:
    """One YAML document that is a mapping."""
    try:
        value = texts.read_json(body) if body.startswith(b"{") else texts.read_yaml(body)
    except ValueError:
        try:
            value = texts.read_yaml(body)
        except ValueError as error:
            raise bad_request(f"error converting YAML to JSON: {error}") from None
    if not isinstance(value, dict):
        raise bad_request("error converting YAML to JSON: the document is not an object")
    return value


def from_protobuf(body: bytes) -> Json:
    """What ``kubectl create namespace`` and the like send."""
    from labkit.embedded.schema.protobuf import decode_protobuf

    return decode_protobuf(body)


def as_object(body: Body) -> Json:
    """A body as a JSON object."""
    if isinstance(body, dict):
        return body
    try:
        value = texts.read_json(body)
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    if not isinstance(value, dict):
        raise bad_request("the body of the request is not an object")
    return value


def patch_form(media: str) -> str:
    """json, merge, strategic or apply; 415 for any other media type."""
    form = MEDIA_TYPES.get(media)
    if form is None:
        known = ", ".join(MEDIA_TYPES)
        raise unsupported_media_type(
            "the body of the request was in an unknown format - "
            f"accepted media types include: {known}"
        )
    return form


def delete_options(body: bytes, media: str, query: Query) -> DeleteOptions:
    """``DeleteOptions`` of the body, completed by the query."""
    said = as_object(decoded(body, media)) if body.strip() else {}
    return read_delete_options(said, query)


def read_delete_options(said: Json, query: Query) -> DeleteOptions:
    """The options of a ``DeleteOptions`` object, completed by the query."""
    grace = said.get("gracePeriodSeconds")
    if grace is None:
        grace = query.number("gracePeriodSeconds")
    preconditions = said.get("preconditions") or {}
    return DeleteOptions(
        grace_seconds=grace,
        propagation=_propagation(said, query),
        uid=preconditions.get("uid"),
        version=preconditions.get("resourceVersion"),
        dry_run=bool(said.get("dryRun")) or query.dry_run(),
    )


def _propagation(said: Json, query: Query) -> str | None:
    """What becomes of dependants; ``orphanDependents`` is the older way to say it."""
    policy = said.get("propagationPolicy") or query.text("propagationPolicy") or None
    orphan = said.get("orphanDependents")
    if orphan is None and query.many("orphanDependents"):
        orphan = query.flag("orphanDependents")
    if policy is None and orphan is not None:
        return "Orphan" if orphan else "Background"
    if orphan is not None:
        shown = f'Invalid value: "{policy}": '
        shown += "orphanDependents and deletionPropagation cannot be both set"
        raise invalid(
            "DeleteOptions", "", "", [Cause("propagationPolicy", "FieldValueInvalid", shown)]
        )
    return policy
