"""Plain requests to the API server, as a Go client with JSON bodies sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

Body = dict[str, Any]

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: HTTP status, and the body as JSON (or as text, if it is none)."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Api:
    """A client of one server; ``url`` ends with the secret, paths begin with ``/api``."""

    url: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = JSON,
        **query: object,
    ) -> Answer:
        """One request; any answer is an answer."""
        connection, response = self._send(method, path, body, content_type, query)
        try:
            raw = response.read()
        finally:
            connection.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        try:
            return Answer(response.status, json.loads(raw) if raw else None, headers)
        except ValueError:
            return Answer(response.status, raw.decode(errors="replace"), headers)

    def done(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """One request that must succeed; the body of its answer."""
        answer = self.ask(method, path, body, **how)
        assert 200 <= answer.status < 300, (method, path, answer)
        return answer.body

    def get(self, path: str, **query: object) -> Any:
        """The object or list at a path, which must be there."""
        return self.done("GET", path, **query)

    def post(self, path: str, body: Any, **query: object) -> Any:
        """The object as the server made it."""
        return self.done("POST", path, body, **query)

    def put(self, path: str, body: Any, **query: object) -> Any:
        """The object as the server replaced it."""
        return self.done("PUT", path, body, **query)

    def patch(self, path: str, body: Any, content_type: str = MERGE, **query: object) -> Any:
        """The object as the server patched it."""
        return self.done("PATCH", path, body, content_type=content_type, **query)

    def delete(self, path: str, body: Any = None, **query: object) -> Any:
        """What the server answers to a deletion."""
        return self.done("DELETE", path, body, **query)

    @contextmanager
    def watch(self, path: str, timeout: float = 30, **query: object) -> Iterator[Iterator[Body]]:
        """The events of a watch, one after the other; ends by force after ``timeout`` seconds."""
        asked = {"watch": "true", "timeoutSeconds": int(timeout), **query}
        connection, response = self._send("GET", path, None, JSON, asked)
        try:
            assert response.status == 200, response.read()
            yield (json.loads(line) for line in response if line.strip())
        finally:
            connection.close()

    def _send(
        self, method: str, path: str, body: Any, content_type: str, query: dict[str, object]
    ) -> tuple[HTTPConnection, HTTPResponse]:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        target = parts.path + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        sent = body if isinstance(body, str | bytes | None) else json.dumps(body)
        headers = {"Accept": JSON, **({"Content-Type": content_type} if body is not None else {})}
        connection.request(method, target, sent, headers)
        return connection, connection.getresponse()
