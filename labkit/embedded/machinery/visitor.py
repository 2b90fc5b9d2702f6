"""Who asks: the administrator of the kubeconfig, or somebody whom ``--as`` plays.

Only ``system:masters`` and the administrators of kubeadm may do anything here: there are no Roles.
Words as of apiserver/pkg/endpoints/handlers/responsewriters/errors.go (ForbiddenStatusError).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.embedded.status import StatusError, qualified

MASTERS = frozenset({"system:masters", "kubeadm:cluster-admins"})
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user and the groups it is in."""

    name: str = "kubernetes-admin"
    groups: tuple[str, ...] = ("kubeadm:cluster-admins", AUTHENTICATED)

    @property
    def may_do_anything(self) -> bool:
        return not MASTERS.isdisjoint(self.groups)


ADMIN = Visitor()


@dataclass(frozen=True, slots=True)
class Request:
    """A request for an object; ``resource`` with its sub-resource: ``pods/log``."""

    verb: str
    resource: str
    group: str
    namespace: str | None
    name: str


def visitor(headers: Mapping[str, str], groups: tuple[str, ...]) -> Visitor:
    """Who the request is from: the headers of impersonation, or the administrator."""
    name = headers.get("Impersonate-User", "")
    if not name:
        return ADMIN
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
