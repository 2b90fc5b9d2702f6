"""``/openapi/v2`` and ``/openapi/v3``: what kubectl checks manifests against and explains."""

from __future__ import annotations

from labkit.embedded.api.base import BaseHandler, encoded
from labkit.embedded.kinds import GROUP_VERSIONS
from labkit.embedded.schema import openapi as documents
from labkit.embedded.status import no_such_path

VERSIONS = tuple(f"{group}/{version}" if group else version for group, version in GROUP_VERSIONS)


def answer(handler: BaseHandler, path: str) -> None:
    """Answer a request under ``/openapi``."""
    if path == "/openapi/v2":
        handler.send_text(documents.V2_PROTOBUF, media=documents.V2_MEDIA_TYPE)
    elif path == "/openapi/v3":
        handler.send_text(_index(handler), media="application/json")
    else:
        wanted = path.removeprefix("/openapi/v3/").removeprefix("apis/").removeprefix("api/")
        if wanted not in VERSIONS:
            raise no_such_path()
        handler.set_header("Cache-Control", "public, immutable")
        handler.send_text(documents.v3_document(wanted), media="application/json")


def _index(handler: BaseHandler) -> str:
    """The index of documents; their URLs are absolute paths, so they begin with the secret."""
    index = documents.v3_index(VERSIONS)
    for entry in index["paths"].values():
        entry["serverRelativeURL"] = f"/{handler.site.secret}{entry['serverRelativeURL']}"
    return encoded(index)
