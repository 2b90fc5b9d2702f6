"""The routes: everything lies under the secret."""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import Any

from tornado.escape import url_unescape
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import Application

from labkit.embedded.api.base import OutsideHandler
from labkit.embedded.api.execs import ExecSocket
from labkit.embedded.api.forwards import ForwardSocket
from labkit.embedded.api.general import GeneralHandler
from labkit.embedded.api.objects import ObjectHandler
from labkit.embedded.api.own import OwnHandler
from labkit.embedded.api.proxying import ProxyHandler
from labkit.embedded.api.site import Site

POD = r"namespaces/[^/]+/pods/[^/]+"
PROXY = r"namespaces/[^/]+/(?:pods|services)/[^/]+/proxy"


class Inside(Matcher):
    """A path below the secret.  How long a wrong secret takes to be refused tells nothing of it."""

    def __init__(self, secret: bytes, pattern: str) -> None:
        self._secret, self._pattern = secret, re.compile(pattern)

    def inside(self, path: str) -> str | None:
        """The path without the secret; None where that is another one."""
        given, slash, rest = path.removeprefix("/").partition("/")
        return slash + rest if compare_digest(given.encode(), self._secret) else None

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """What the handler is called with (as ``tornado.routing.PathMatches`` gives it)."""
        path = self.inside(request.path)
        found = None if path is None else self._pattern.fullmatch(path)
        if found is None:
            return None
        return {
            "path_args": [url_unescape(one, encoding=None, plus=False) for one in found.groups()]
        }


def application(site: Site) -> Application:
    """The tornado application of one server."""
    secret = site.secret.encode()
    given: dict[str, Any] = {"site": site}
    return Application(
        [
            Rule(Inside(secret, rf"(/api/v1/{POD}/(?:exec|attach))"), ExecSocket, given),
            Rule(Inside(secret, rf"(/api/v1/{POD}/portforward)"), ForwardSocket, given),
            Rule(Inside(secret, rf"/api/v1/{PROXY}(?:/.*)?"), ProxyHandler, given),
            Rule(Inside(secret, r"/labkit/v1/(.*)"), OwnHandler, given),
            Rule(Inside(secret, r"(/api/v1/.+)"), ObjectHandler, given),
            Rule(Inside(secret, r"(/apis/[^/]+/[^/]+/.+)"), ObjectHandler, given),
            Rule(Inside(secret, r"((?:/.*)?)"), GeneralHandler, given),
            (r".*", OutsideHandler, given),
        ],
        log_function=lambda handler: None,
    )
