"""The switches of an embedded cluster: a node's power, and requests from anywhere inside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labkit.cluster import control
from labkit.errors import ClusterError
from labkit.words import Words

PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Switches:
    """Speaks to the server that wrote the state file."""

    state_file: Path
    words: Words

    def power(self, node: str, on: bool, grace: float | None) -> None:
        """Raises ``ClusterError``."""
        wish: dict[str, Any] = {"on": on}
        if grace is not None:
            wish["graceSeconds"] = grace
        self.post(f"/labkit/v1/nodes/{quote(node, safe='')}/power", wish, PATIENCE)

    def ask_from(self, origin: str, host: str, port: int, path: str, limit: float) -> Any:
        """What became of one HTTP request (see ``labkit.embedded.control.Answer``).

        ``origin`` is ``pod/NAMESPACE/NAME``, ``node/NAME`` or ``outside``.
        """
        wish = {"from": origin, "host": host, "port": port, "path": path, "timeout": limit}
        return self.post("/labkit/v1/connections", wish, limit + PATIENCE)

    def post(self, path: str, wish: Any, limit: float) -> Any:
        """The JSON answer to a ``POST``."""
        state = control.read_state(self.state_file)
        if state is None:
            raise ClusterError(
                self.words("cluster.not_running"), self.words("cluster.not_running.fix")
            )
        reply = control.ask(state, path, "POST", limit, json.dumps(wish))
        if reply.status in (200, 201):
            return json.loads(reply.body)
        if reply.status == 0:
            raise ClusterError(self.words("cluster.gone"), self.words("cluster.gone.fix"))
        answer = message_of(reply.body)
        raise ClusterError(
            self.words("cluster.refused", status=reply.status, path=path, answer=answer)
        )


def message_of(body: str) -> str:
    """The sentence of a ``Status``, or the body on one line."""
    try:
        said = json.loads(body).get("message", "")
    except (ValueError, AttributeError):
        said = ""
    return str(said) or " ".join(body.split())[:200]
