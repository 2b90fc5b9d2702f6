"""Who asks: the administrator of the kubeconfig, or somebody whom ``--as`` plays.

``system:masters`` and the administrators of kubeadm may do anything, others what their Roles say.
Words as of apiserver/pkg/endpoints/handlers/responsewriters/errors.go (ForbiddenStatusError).
"""

from __future__ import annotations

from collections.abc import Mapping

from labkit.embedded.kinds.rights import ACCOUNT, AUTHENTICATED, Request, Visitor
from labkit.embedded.status import StatusError, qualified

__all__ = ["ADMIN", "Request", "Visitor", "forbidden", "visitor"]

ADMIN = Visitor()


def visitor(headers: Mapping[str, str], groups: tuple[str, ...]) -> Visitor:
    """Who the request is from: the headers of impersonation, or the administrator."""
    name = headers.get("Impersonate-User", "")
    if not name:
        return ADMIN
    if name.startswith(ACCOUNT) and not groups:
        where = name.removeprefix(ACCOUNT).partition(":")[0]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{where}")
    return Visitor(name, groups if AUTHENTICATED in groups else (*groups, AUTHENTICATED))


def forbidden(who: Visitor, asked: Request) -> StatusError:
    """403, as the server says it to those who have no right."""
    plural = asked.resource.partition("/")[0]
    named = qualified(plural, asked.group)
    about = f'{named} "{asked.name}"' if asked.name else named
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    message = (
        f'{about} is forbidden: User "{who.name}" cannot {asked.verb} resource '
        f'"{asked.resource}" in API group "{asked.group}" {where}'
    )
    details = {"name": asked.name, "group": asked.group, "kind": plural}
    return StatusError(403, "Forbidden", message, {k: v for k, v in details.items() if v})
