"""Get and list: selectors, pages.

Source: apiserver/pkg/storage/continue.go (tokens), endpoints/handlers/get.go.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.embedded.kinds.base import Kind
from labkit.embedded.machinery.world import World, shown
from labkit.embedded.schema.field_selectors import parse_fields
from labkit.embedded.schema.selectors import parse_labels
from labkit.embedded.status import bad_request
from labkit.embedded.store import Stored

Json = dict[str, Any]
Match = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list: the objects, the version they are of, where to go on, how many are left."""

    items: list[Stored]
    version: int
    token: str = ""
    remaining: int | None = None


def everything(obj: Json) -> bool:
    """The match of no selector."""
    return True


def matcher(kind: Kind, labels: str, fields: str) -> Match:
    """One test of both selectors; 400 when one cannot be read or names an unknown field."""
    by_label, by_field = parse_labels(labels), parse_fields(kind.resource, fields)
    if not labels and not fields:
        return everything
    if not fields:
        return lambda obj: by_label.matches(obj["metadata"].get("labels"))
    return lambda obj: by_label.matches(obj["metadata"].get("labels")) and by_field.matches(obj)


def page(
    world: World,
    kind: Kind,
    namespace: str | None,
    *,
    labels: str = "",
    fields: str = "",
    limit: int = 0,
    token: str = "",
) -> Page:
    """Objects ordered by namespace and name, ``limit`` at a time (0: all)."""
    match = matcher(kind, labels, fields)
    found = world.store.all(kind.store_key, namespace)
    if match is not everything:
        found = [stored for stored in found if match(shown(kind, stored.object))]
    version = world.store.version
    if token:
        version, start = _read_token(token)
        found = [stored for stored in found if _place(stored) > start]
    if not limit or len(found) <= limit:
        return Page(found, version)
    rest = len(found) - limit if match is everything else None
    here = found[:limit]
    return Page(here, version, _token(version, _place(here[-1])), rest)


def _place(stored: Stored) -> list[str]:
    data = stored.object["metadata"]
    return [data.get("namespace", ""), data["name"]]


def _token(version: int, place: list[str]) -> str:
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": version, "start": place})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, list[str]]:
    try:
        data = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(data["rv"]), [str(part) for part in data["start"]]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise bad_request("continue key is not valid: encoded in an unknown form") from None
