"""Everything that is not an object: discovery, version, health, openapi, unknown paths."""

from __future__ import annotations

import re

from labkit.embedded.api import discovery, openapi
from labkit.embedded.api.base import BaseHandler
from labkit.embedded.status import no_such_path

HEALTH = re.compile(r"/(healthz|livez|readyz)(/[a-z-]+)?")
RESOURCES = re.compile(r"/(?:api|apis/([^/]+))/(v[a-z0-9]+)")
GROUP = re.compile(r"/apis/([^/]+)")


class GeneralHandler(BaseHandler):
    """Documents that a client reads before it asks for objects."""

    async def get(self, path: str) -> None:
        path = path.rstrip("/")
        if HEALTH.fullmatch(path):
            self.send_text("ok")
        elif path == "/version":
            self.send(discovery.version_info())
        elif path in ("/api", "/apis"):
            self._root(path)
        elif path.startswith("/openapi/"):
            openapi.answer(self, path)
        else:
            self._older(path)

    head = get

    def _root(self, path: str) -> None:
        version = discovery.aggregated(self.request.headers.get("Accept", ""))
        self.set_header("Vary", "Accept")
        if version:
            media = discovery.AGGREGATED.format(version=version)
            self.send(discovery.group_list(path == "/api", version), media=media)
        elif path == "/api":
            self.send(discovery.versions(self.request.host))
        else:
            self.send(discovery.groups())

    def _older(self, path: str) -> None:
        found = None
        if match := RESOURCES.fullmatch(path):
            found = discovery.resources(match[1] or "", match[2])
        elif match := GROUP.fullmatch(path):
            found = discovery.group(match[1])
        if found is None:
            raise no_such_path()
        self.send(found)

    def _nothing(self, path: str) -> None:
        raise no_such_path()

    post = put = patch = delete = _nothing
