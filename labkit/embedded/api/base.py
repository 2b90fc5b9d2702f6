"""What all handlers share: who may come in, bodies with a limit, errors as ``Status``."""

from __future__ import annotations

import json
import logging
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError, RequestHandler, stream_request_body

from labkit.embedded.api.query import Query
from labkit.embedded.api.site import Site
from labkit.embedded.api.warnings import warning_headers
from labkit.embedded.status import (
    StatusError,
    bad_request,
    internal,
    method_not_allowed,
    no_such_path,
)

Json = dict[str, Any]

LIMIT = 3 * 1024 * 1024
"""Largest body of a request, as in the real server."""
METHODS: tuple[str, ...] = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
log = logging.getLogger("labkit.embedded.api")


def encoded(value: Any) -> str:
    """JSON as it goes over the wire."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def check_visitor(request: HTTPServerRequest, site: Site) -> None:
    """Only this machine's own programs: no page of another site, no name that was made to
    point here (DNS rebinding)."""
    ours = {f"127.0.0.1:{site.port}", f"localhost:{site.port}"}
    host = request.headers.get("Host", "")
    if host not in ours:
        raise StatusError(403, "Forbidden", f"this server does not answer for the host {host!r}")
    origin = request.headers.get("Origin")
    if origin is not None and origin.removeprefix("http://") not in ours:
        raise StatusError(403, "Forbidden", f"requests from the origin {origin!r} are not allowed")
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise StatusError(403, "Forbidden", "requests from pages of other sites are not allowed")


def too_large() -> StatusError:
    """413 for a body over the limit."""
    message = f"Request entity too large: limit is {LIMIT}"
    return StatusError(413, "RequestEntityTooLarge", message)


class Answers(RequestHandler):
    """What every handler answers with: objects, warnings, failures as ``Status`` objects."""

    SUPPORTED_METHODS: tuple[str, ...] = METHODS

    def initialize(self, site: Site) -> None:
        self.site = site
        self._warned: list[str] = []

    def prepare(self) -> None:
        check_visitor(self.request, self.site)

    @property
    def query(self) -> Query:
        return Query(self.request.query_arguments)

    def check_xsrf_cookie(self) -> None:
        """There are no cookies here: the secret in the path is the credential."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-cache, private")

    def warn(self, text: str) -> None:
        """A warning that kubectl shows (RFC 7234, code 299)."""
        self._warned.append(text)
        self.clear_header("Warning")
        for value in warning_headers(self._warned):
            self.add_header("Warning", value)

    def send(self, value: Any, code: int = 200, media: str = "application/json") -> None:
        """The whole answer."""
        self.send_text(encoded(value) + "\n", code, media)

    def send_text(self, text: str | bytes, code: int = 200, media: str = "text/plain") -> None:
        """The whole answer, as text."""
        self.set_status(code)
        self.set_header("Content-Type", media)
        self.finish(text)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        refusal = as_status(error, status_code)
        if seconds := (refusal.details or {}).get("retryAfterSeconds"):
            self.set_header("Retry-After", str(seconds))
        self.send(refusal.to_dict(), refusal.code)

    def clear(self) -> None:
        """As tornado does before an error, but warnings stay: the real server sends them too."""
        warnings = self._headers.get_list("Warning") if hasattr(self, "_headers") else []
        super().clear()
        for text in warnings:
            self.add_header("Warning", text)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, StatusError):
            status_code = error.code
        super().send_error(status_code, **kwargs)

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, (StatusError, HTTPError)):
            return
        log.error("%s %s", self.request.method, self.safe_path(), exc_info=(kind, error, trace))

    def safe_path(self) -> str:
        """The path without the secret, for the log."""
        return self.request.path.replace(self.site.secret, "…")


@stream_request_body
class BaseHandler(Answers):
    """A handler that takes a body, up to a limit."""

    def initialize(self, site: Site) -> None:
        super().initialize(site)
        self._body = bytearray()
        self._too_large = False

    def prepare(self) -> None:
        connection: Any = self.request.connection
        connection.set_max_body_size(64 * LIMIT)
        super().prepare()

    def data_received(self, chunk: bytes) -> None:
        if len(self._body) + len(chunk) > LIMIT:
            self._too_large = True
        else:
            self._body += chunk

    def body(self) -> bytes:
        """The whole body; 413 when it is over the limit."""
        if self._too_large:
            raise too_large()
        return bytes(self._body)


def as_status(error: BaseException | None, code: int) -> StatusError:
    """Any failure as a refusal with a ``Status``."""
    if isinstance(error, StatusError):
        return error
    if isinstance(error, HTTPError):
        code = error.status_code
    if code == 404:
        return no_such_path()
    if code == 405:
        return method_not_allowed()
    if code < 500:
        return bad_request("the request could not be understood")
    return internal(f"{type(error).__name__}: {error}" if error else "unknown")


class OutsideHandler(BaseHandler):
    """Everything without the secret."""

    def _refuse(self) -> None:
        where = self.safe_path().replace('"', "")
        verb = (self.request.method or "get").lower()
        message = f'forbidden: User "system:anonymous" cannot {verb} path "{where}"'
        raise StatusError(403, "Forbidden", message, {})

    get = head = post = put = patch = delete = _refuse
