"""The routes: everything lies under the secret."""

from __future__ import annotations

import re
from typing import Any

from tornado.web import Application

from labkit.embedded.api.base import OutsideHandler
from labkit.embedded.api.general import GeneralHandler
from labkit.embedded.api.objects import ObjectHandler
from labkit.embedded.api.site import Site


def application(site: Site) -> Application:
    """The tornado application of one server."""
    inside = "/" + re.escape(site.secret)
    given: dict[str, Any] = {"site": site}
    return Application(
        [
            (rf"{inside}(/api/v1/.+)", ObjectHandler, given),
            (rf"{inside}(/apis/[^/]+/[^/]+/.+)", ObjectHandler, given),
            (rf"{inside}((?:/.*)?)", GeneralHandler, given),
            (r".*", OutsideHandler, given),
        ],
        log_function=lambda handler: None,
    )
