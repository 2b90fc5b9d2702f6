"""A server of the test's own in a thread, with nothing behind it, and a plain HTTP client."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.server import Server, Settings
from tests.support import Answer


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the server of a test."""

    port: int
    secret: str

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """A request to any path, the secret not added."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            return Answer.of(connection.getresponse())
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request under the secret; ``body`` is sent as JSON, header names with ``_``."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.raw(method, f"/{self.secret}{path}", data, named)

    def stream(self, path: str, count: int) -> list[Any]:
        """The first lines of a watch, as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/{self.secret}{path}")
            response = connection.getresponse()
            assert response.status == 200
            found = [json.loads(response.readline()) for _ in range(count)]
            response.close()
            return found
        finally:
            connection.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a server that has the namespace ``default`` and nothing else."""
    folder: Path = tmp_path_factory.mktemp("api")
    ready, loop = threading.Event(), asyncio.new_event_loop()
    servers: list[Server] = []

    async def run() -> None:
        server = Server(Settings(folder, seed=1, system=False))
        await server.start()
        servers.append(server)
        ready.set()
        await server.wait()
        await server.stop()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(10)
    server = servers[0]
    found = Client(server.site.port, server.site.secret)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
    assert found.ask("POST", "/api/v1/namespaces", namespace).status == 201
    yield found
    loop.call_soon_threadsafe(server.stop_soon)
    thread.join(10)
    loop.close()
