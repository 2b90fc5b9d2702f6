"""The embedded cluster's own paths: is it ready, who is it, its nodes' rules, and please stop.

``http.client`` speaks straight to 127.0.0.1: no proxy of the environment comes in between.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

LOOPBACK = "127.0.0.1"
NO_PROXY = f"{LOOPBACK},localhost"


@dataclass(frozen=True, slots=True)
class State:
    """What a running embedded cluster writes down about itself; the secret is never shown."""

    pid: int
    port: int
    secret: str = field(repr=False)
    started: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status 0 stands for no answer at all: ``refused`` tells that nobody listens."""

    status: int
    body: str
    refused: bool = False


def read_state(path: Path) -> State | None:
    """The state file's content; None when it is missing, half written or not ours."""
    try:
        said: Any = json.loads(path.read_text(encoding="utf-8"))
        return State(
            pid=int(said["pid"]),
            port=int(said["port"]),
            secret=str(said["secret"]),
            started=str(said.get("started", "")),
            version=str(said.get("version", "")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ask(
    state: State, path: str, method: str = "GET", timeout: float = 5.0, body: str | None = None
) -> Reply:
    """One request below the secret prefix; failures of the connection become status 0."""
    connection = HTTPConnection(LOOPBACK, state.port, timeout=timeout)
    try:
        sent = None if body is None else body.encode("utf-8")
        connection.request(method, f"/{quote(state.secret)}{path}", sent)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read().decode("utf-8", "replace"))
    except ConnectionRefusedError as error:
        return Reply(0, str(error), refused=True)
    except (OSError, HTTPException, ValueError, OverflowError) as error:
        return Reply(0, f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def info(state: State, timeout: float = 5.0) -> dict[str, Any] | None:
    """What the cluster says of itself; None when nobody, or somebody else, answers."""
    reply = ask(state, "/labkit/v1/info", timeout=timeout)
    if reply.status != 200:
        return None
    try:
        said = json.loads(reply.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def is_ready(state: State) -> bool:
    """Whether the API server says that it is ready."""
    return ask(state, "/readyz", timeout=2.0).status == 200


def sync_path(node: str) -> str:
    """The path of what kube-proxy wrote last on a node."""
    return f"/labkit/v1/nodes/{quote(node, safe='')}/sync"


def rules_path(node: str, counters: bool) -> str:
    """The path of a node's rules."""
    return f"/labkit/v1/nodes/{quote(node, safe='')}/rules" + ("?counters=1" if counters else "")
