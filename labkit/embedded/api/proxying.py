"""``pods/NAME/proxy`` and ``services/NAME/proxy``: a request that the API server carries on.

The API server runs on the control plane's network, so it asks from there, and it asks Pods:
a Service's rules are not gone through.  Source: kubernetes pkg/registry/core/{pod,service},
apimachinery/pkg/util/proxy (upgradeaware.go, transport.go).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from labkit.embedded.api import visitors
from labkit.embedded.api.base import METHODS, BaseHandler
from labkit.embedded.api.links import Behind
from labkit.embedded.api.paths import parse
from labkit.embedded.api.upstream import Upstream, unavailable, upstream
from labkit.embedded.http.client import has_body, read_response_head, send_request
from labkit.embedded.http.dialing import dial_error
from labkit.embedded.http.messages import BadMessage, Headers, Response, body_parts
from labkit.embedded.http.tls import TlsError, over_tls
from labkit.embedded.status import bad_request, no_such_path
from labkit.embedded.streams import Stream

HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
     "te", "trailer", "transfer-encoding", "upgrade")
)  # fmt: skip
KEPT_BACK = frozenset(("authorization", "content-length", "host", "referer"))
"""Also not handed on: credentials (the secret of this server is in every Referer)."""
PARTS = 8
"""``/api/v1/namespaces/NS/pods/NAME/proxy/...`` cut at its slashes."""
GUARDS = (
    ("Content-Security-Policy", "sandbox allow-scripts allow-forms allow-popups"),
    ("Referrer-Policy", "no-referrer"),
)
"""A page of a Pod stands at this server's address: it must not act as the user who opened it
(it gets an origin of its own, which is refused here), nor carry the secret on in a Referer."""
DIAL_TIMEOUT = 30.0


class ProxyHandler(BaseHandler):
    """Every verb goes on to the Pod, with its path, its query and its body."""

    SUPPORTED_METHODS = (*METHODS, "OPTIONS")
    _carrying: asyncio.Task[None] | None = None

    async def _serve(self) -> None:
        parts = self._path.split("/", PARTS)
        target = parse("/".join(parts[:PARTS]))
        if target is None:
            raise no_such_path()
        visitors.check(self, target)
        if self.request.headers.get("Upgrade"):
            raise bad_request("the proxy of this server carries no upgraded connections")
        goal = upstream(self.site.world, target)
        rest = parts[PARTS:]
        if not rest and self.request.method in ("GET", "HEAD"):
            self._to_root()
            return
        self._carrying = asyncio.ensure_future(self._carry(goal, "/" + "".join(rest)))
        with contextlib.suppress(asyncio.CancelledError):
            await self._carrying

    get = head = post = put = patch = delete = options = _serve

    @property
    def _path(self) -> str:
        """The path as the API knows it, without the secret, still quoted."""
        return self.request.path.removeprefix(f"/{self.site.secret}")

    @property
    def _query(self) -> str:
        return f"?{self.request.query}" if self.request.query else ""

    def _to_root(self) -> None:
        """A page's relative links need the slash.  Relative, so that it holds behind anything."""
        self.set_status(301)
        self.set_header("Location", f"proxy/{self._query}")
        self.finish()

    async def _carry(self, goal: Upstream, path: str) -> None:
        stream = await self._connected(goal)
        try:
            method = self.request.method or "GET"
            await send_request(stream, method, path + self._query, self._handed_on(), self.body())
            head = await read_response_head(stream)
            await self._answer(stream, head, goal, path)
        except (BadMessage, ConnectionError, asyncio.IncompleteReadError) as error:
            if self._headers_written:
                connection: Any = self.request.connection
                connection.close()  # what was sent so far must not pass for the whole
                return
            raise unavailable(f"error trying to reach service: {_broken(error)}") from None
        finally:
            stream.close()

    async def _connected(self, goal: Upstream) -> Stream:
        if self.site.net is None:
            raise unavailable("the network is not up yet")
        try:
            stream = await self.site.net.connect(goal.address, goal.port, timeout=DIAL_TIMEOUT)
            return await over_tls(stream) if goal.scheme == "https" else stream
        except TlsError:
            said = "http: server gave HTTP response to HTTPS client"
            raise unavailable(f"error trying to reach service: {said}") from None
        except OSError as error:
            said = dial_error(goal.address, goal.port, error)
            raise unavailable(f"error trying to reach service: {said}") from None

    def _handed_on(self) -> Headers:
        """What the client said, for the Pod."""
        request = self.request
        dropped = HOP_BY_HOP | KEPT_BACK
        given = [
            (name, value.encode("latin-1").decode("utf-8", "surrogateescape"))
            for name, value in request.headers.get_all()
            if name.lower() not in dropped and not name.lower().startswith("impersonate-")
        ]
        headers = [("Host", request.headers.get("Host", "")), *given]
        headers.append(("X-Forwarded-For", request.remote_ip or "127.0.0.1"))
        headers.append(("X-Forwarded-Uri", self._path))
        if self.body() or request.method in ("POST", "PUT", "PATCH"):
            headers.append(("Content-Length", str(len(self.body()))))
        return headers

    async def _answer(self, stream: Stream, head: Response, goal: Upstream, path: str) -> None:
        """The Pod's answer: pages with their links rewritten, all else as it comes."""
        prefix = self._path.removesuffix(path) if path != "/" else self._path.rstrip("/")
        behind = Behind(prefix, (goal.host, self.request.headers.get("Host", "")))
        self._copy(head, behind)
        if not has_body(head, self.request.method or "GET"):
            self.finish()
            return
        parts = body_parts(stream, head.headers, to_end=True)
        if _is_page(head):
            self.clear_header("Content-Length")
            self.finish(behind.page(b"".join([part async for part in parts])))
            return
        async for part in parts:
            self.write(part)
            await self.flush()
        self.finish()

    def _copy(self, head: Response, behind: Behind) -> None:
        self.set_status(head.status, head.reason or None)
        for name in ("Content-Type", "Cache-Control", "Date"):
            self.clear_header(name)
        for name, value in head.headers:
            if name.lower() in HOP_BY_HOP:
                continue
            value = behind.link(value) if name.lower() == "location" else value
            self.add_header(name, value)
        for name, value in GUARDS:
            self.set_header(name, value)

    def compute_etag(self) -> None:
        """The Pod's answers are not ours to name."""

    def on_connection_close(self) -> None:
        if self._carrying is not None:
            self._carrying.cancel()


def _is_page(head: Response) -> bool:
    plain = not head.header("Content-Encoding")
    return plain and head.header("Content-Type").partition(";")[0].strip() == "text/html"


def _broken(error: Exception) -> str:
    if isinstance(error, ConnectionError):
        return "read: connection reset by peer"
    return "EOF" if str(error) == "empty reply" else f"malformed HTTP response: {error}"
