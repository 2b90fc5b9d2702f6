"""The paths that are labkit's own, under ``/labkit/v1/``.

``GET`` of ``info`` and of ``rules``, ``sync`` (what kube-proxy wrote last) and ``conntrack`` below
``nodes/NAME/``; ``POST`` of ``shutdown``, ``nodes/NAME/power`` (``{"on": false, "graceSeconds":
5}``) and ``connections`` (``{"from": "pod/default/client", "host": "web", "port": 80, "path": "/",
"timeout": 3}``; from may also be ``node/NAME`` or ``outside``).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.api.base import BaseHandler
from labkit.embedded.interfaces import NodeRules, Switches
from labkit.embedded.kinds import node
from labkit.embedded.schema import texts
from labkit.embedded.status import StatusError, bad_request, method_not_allowed, no_such_path


class OwnHandler(BaseHandler):
    """See the head of this file."""

    async def get(self, path: str) -> None:
        match path.strip("/").split("/"):
            case ["info"]:
                self.send(self.site.info())
            case ["nodes", name, "rules"]:
                counters = self.query.flag("counters")
                self.send_text(self._of(name).rules_text(name, counters=counters))
            case ["nodes", name, "sync"]:
                self.send(self._of(name).last_sync(name))
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
        match path.strip("/").split("/"):
            case ["shutdown"]:
                self.send(SUCCESS)
                self.site.stop()
            case ["connections"]:
                self.send(await self._control().ask(self._wish()))
            case ["nodes", name, "power"]:
                self.site.world.current(node.KIND, None, name)
                wish = self._wish()
                seconds = _seconds(wish.get("graceSeconds"))
                await self._control().switch(name, bool(wish.get("on")), seconds)
                self.send(SUCCESS)
            case ["info"]:
                raise method_not_allowed()
            case _:
                raise no_such_path()

    def _control(self) -> Switches:
        if self.site.control is None:
            raise StatusError(503, "ServiceUnavailable", "the nodes are not running yet")
        return self.site.control

    def _wish(self) -> dict[str, Any]:
        """The body: an object."""
        try:
            wish = texts.read_json(self.body() or b"{}")
        except ValueError:
            wish = None
        if not isinstance(wish, dict):
            raise bad_request("the body must be a JSON object")
        return wish


def _seconds(grace: Any) -> float | None:
    """``graceSeconds``; None when nothing is said."""
    if grace is None or (isinstance(grace, int | float) and not isinstance(grace, bool)):
        return None if grace is None else float(grace)
    raise bad_request("graceSeconds must be a number")


SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
