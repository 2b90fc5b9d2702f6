"""The routes: everything lies under the secret."""

from __future__ import annotations

import re
from typing import Any

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


def application(site: Site) -> Application:
    """The tornado application of one server."""
    inside = "/" + re.escape(site.secret)
    given: dict[str, Any] = {"site": site}
    return Application(
        [
            (rf"{inside}(/api/v1/{POD}/(?:exec|attach))", ExecSocket, given),
            (rf"{inside}(/api/v1/{POD}/portforward)", ForwardSocket, given),
            (rf"{inside}/api/v1/{PROXY}(?:/.*)?", ProxyHandler, given),
            (rf"{inside}/labkit/v1/(.*)", OwnHandler, given),
            (rf"{inside}(/api/v1/.+)", ObjectHandler, given),
            (rf"{inside}(/apis/[^/]+/[^/]+/.+)", ObjectHandler, given),
            (rf"{inside}((?:/.*)?)", GeneralHandler, given),
            (r".*", OutsideHandler, given),
        ],
        log_function=lambda handler: None,
    )
