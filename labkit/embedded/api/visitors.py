"""Whether the one who asks may: the administrator may all, others (``--as``) what Roles say.

Source: apiserver/pkg/endpoints/filters (impersonation, authorization).
"""

from __future__ import annotations

from labkit.embedded.api.base import Answers
from labkit.embedded.api.paths import Target
from labkit.embedded.kinds import rights
from labkit.embedded.machinery import visitor
from labkit.embedded.machinery.visitor import Request, Visitor

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def who(handler: Answers) -> Visitor:
    """The user that a request is from."""
    headers = handler.request.headers
    return visitor.visitor(headers, tuple(headers.get_list("Impersonate-Group")))


def check(handler: Answers, target: Target) -> None:
    """403 for a visitor without the right."""
    one = who(handler)
    if one.may_do_anything:
        return
    part = f"/{target.subresource}" if target.subresource else ""
    asked = Request(
        _verb(handler, target),
        target.kind.plural + part,
        target.kind.group,
        target.namespace,
        target.name,
    )
    if rights.allowed(handler.site.world, one, asked) is None:
        raise visitor.forbidden(one, asked)


def _verb(handler: Answers, target: Target) -> str:
    method = handler.request.method or "GET"
    if method in VERBS:
        return "deletecollection" if method == "DELETE" and not target.name else VERBS[method]
    if handler.query.flag("watch"):
        return "watch"
    return "get" if target.name else "list"
