"""What the survival tests share: a machine as a user has it, and plain clients of its cluster.

Each test runs in a short form; with ``LABKIT_FULL=1`` it runs as long as its docstring says.
"""

from __future__ import annotations

import http.client
import json
import os
from dataclasses import dataclass
from typing import Any

from tests.faults.conftest import Machine, machine
from tests.support import Answer

http.client._MAXHEADERS = 1_000  # type: ignore[attr-defined]  # a hundred may be warnings alone

__all__ = ["Link", "Machine", "full", "machine", "where"]


def full(short: int, long: int) -> int:
    """How much of something: ``long`` when ``LABKIT_FULL`` asks for it."""
    return long if os.environ.get("LABKIT_FULL") else short


@dataclass(frozen=True, slots=True)
class Where:
    """Where a server listens, and its secret."""

    port: int
    secret: str
    pid: int


def where(machine: Machine) -> Where:
    """What the state file says now."""
    text = (machine.home / "embedded" / "state.json").read_text(encoding="utf-8")
    state = json.loads(text)
    return Where(state["port"], state["secret"], state["pid"])


class Link:
    """One kept connection to a server, made anew where it was cut."""

    def __init__(self, server: Where, timeout: float = 20) -> None:
        self._server, self._timeout = server, timeout
        self._open: http.client.HTTPConnection | None = None
        self._stream: http.client.HTTPResponse | None = None

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def ask(
        self, method: str, path: str, body: Any = None, media: str = "application/json"
    ) -> Answer:
        """A request under the secret.

        ``ConnectionRefusedError``: nobody heard it.  Any other ``OSError`` or ``HTTPException``:
        the connection broke, and it is not known whether it was done.
        """
        if self._open is None:
            fresh = http.client.HTTPConnection(
                "127.0.0.1", self._server.port, timeout=self._timeout
            )
            fresh.connect()
            self._open = fresh
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            self._open.request(
                method, f"/{self._server.secret}{path}", data, {"Content-Type": media}
            )
            return Answer.of(self._open.getresponse())
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def lines(self, path: str) -> http.client.HTTPResponse:
        """The open answer to a GET, to be read line by line (a watch)."""
        self.close()
        self._open = http.client.HTTPConnection(
            "127.0.0.1", self._server.port, timeout=self._timeout
        )
        self._open.request("GET", f"/{self._server.secret}{path}")
        self._stream = self._open.getresponse()
        return self._stream

    def close(self) -> None:
        """Cut it."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        if self._open is not None:
            self._open.close()
            self._open = None
