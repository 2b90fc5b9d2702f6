"""``/openapi/v2`` and ``/openapi/v3``: what kubectl checks manifests against."""

from __future__ import annotations

from labkit.embedded.api.base import BaseHandler
from labkit.embedded.status import no_such_path

V2_MEDIA = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
V2 = b"\n\x032.0\x12\x0c\n\x06labkit\x12\x02v1B\x00"
"""An empty document (swagger "2.0", a title, a version): strict checking is the server's own."""


def answer(handler: BaseHandler, path: str) -> None:
    """Answer a request under ``/openapi``."""
    if path == "/openapi/v2":
        handler.send_text(V2, media=V2_MEDIA)
        return
    raise no_such_path()
