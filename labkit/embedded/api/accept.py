"""What form of answer a client asks for with its ``Accept`` header.

Source: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go.
"""

from __future__ import annotations

from dataclasses import dataclass

JSON_TYPES = ("application/json", "application/*", "*/*", "application/json;stream=watch")
TABLE, METADATA, METADATA_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"


@dataclass(frozen=True, slots=True)
class Form:
    """The media type, and what the object shall be shown as (empty: as itself)."""

    media: str
    shown_as: str = ""
    group: str = ""
    version: str = ""


def forms(accept: str) -> list[Form]:
    """Every form that an Accept header names, in its order; nothing said means JSON."""
    found = []
    for part in (accept or "application/json").split(","):
        media, *words = (word.strip() for word in part.split(";"))
        options = dict(word.split("=", 1) for word in words if "=" in word)
        form = Form(media, options.get("as", ""), options.get("g", ""), options.get("v", ""))
        found.append(form)
    return found


def choose(accept: str) -> Form | None:
    """The first form that can be given; None when there is none (406)."""
    for form in forms(accept):
        if form.media not in JSON_TYPES:
            continue
        if not form.shown_as:
            return form
        known = form.shown_as in (TABLE, METADATA, METADATA_LIST)
        if known and form.group == "meta.k8s.io" and form.version in ("v1", "v1beta1"):
            return form
    return None
