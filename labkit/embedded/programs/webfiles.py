"""Which file a request for a folder of files means; shared by the web servers."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

KINDS = {
    ".html": "text/html", ".htm": "text/html", ".css": "text/css", ".txt": "text/plain",
    ".js": "application/javascript", ".json": "application/json", ".svg": "image/svg+xml",
    ".png": "image/png", ".jpg": "image/jpeg", ".xml": "text/xml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """``path`` is the file that was looked for and ``data`` its content, if it is there.

    ``folder``: the request ended with a slash, ``path`` is its index.  ``exists``: without such
    a file there is a folder of the requested name.
    """

    path: str
    data: bytes | None
    folder: bool
    exists: bool

    @property
    def kind(self) -> str:
        """The media type by the file's ending; empty for one that is not known."""
        return KINDS.get(posixpath.splitext(self.path)[1], "")


def look_up(files: Mapping[str, bytes], root: str, path: str) -> Place:
    """What lies at the path of a request below ``root``."""
    clean = posixpath.normpath(unquote(path))
    place = root + ("" if clean == "/" else clean)
    folder = path.endswith("/")
    where = f"{place}/index.html" if folder else place
    data = files.get(where)
    there = place == root or any(name.startswith(place + "/") for name in files)
    return Place(where, data, folder, data is None and there)
