"""The paths that are labkit's own, under ``/labkit/v1/``: rules, conntrack, info, shutdown."""

from __future__ import annotations

from labkit.embedded.api.base import BaseHandler
from labkit.embedded.interfaces import NodeRules
from labkit.embedded.kinds import node
from labkit.embedded.status import StatusError, method_not_allowed, no_such_path


class OwnHandler(BaseHandler):
    """``GET nodes/NAME/rules``, ``GET nodes/NAME/conntrack``, ``GET info``, ``POST shutdown``."""

    async def get(self, path: str) -> None:
        match path.strip("/").split("/"):
            case ["info"]:
                self.send(self.site.info())
            case ["nodes", name, "rules"]:
                counters = self.query.flag("counters")
                self.send_text(self._of(name).rules_text(name, counters=counters))
            case ["nodes", name, "conntrack"]:
                lines = self._of(name).conntrack_lines(name)
                self.send_text("".join(f"{line}\n" for line in lines))
            case _:
                raise no_such_path()

    def _of(self, name: str) -> NodeRules:
        self.site.world.current(node.KIND, None, name)
        if self.site.rules is None:
            raise StatusError(503, "ServiceUnavailable", "the nodes are not running yet")
        return self.site.rules

    async def post(self, path: str) -> None:
        if path.strip("/") != "shutdown":
            raise method_not_allowed() if path.strip("/") == "info" else no_such_path()
        self.send({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
        self.site.stop()
