"""What the lab must be allowed to do, asked before anything is made (SelfSubjectAccessReview)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one resource; ``cluster`` for those outside any namespace."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    cluster: bool = False

    def __str__(self) -> str:
        name = self.resource + (f".{self.group}" if self.group else "")
        return f"{self.verb} {name}" + (f"/{self.subresource}" if self.subresource else "")


NAMESPACE = tuple(Right(verb, "namespaces", cluster=True) for verb in ("create", "get", "delete"))
NODES = (Right("list", "nodes", cluster=True),)
CHANGING = ("get", "list", "watch", "create", "patch", "delete")
OBJECTS = tuple(
    Right(verb, resource, group)
    for resource, group in (("pods", ""), ("services", ""), ("deployments", "apps"))
    for verb in CHANGING
)
READING = (
    Right("list", "endpointslices", "discovery.k8s.io"),
    Right("get", "pods", subresource="log"),
    Right("create", "pods", subresource="exec"),
    Right("list", "serviceaccounts"),
)


def needed(*, namespace_there: bool) -> tuple[Right, ...]:
    """All rights of a lab; a namespace that an administrator prepared need not be made."""
    return (*(() if namespace_there else NAMESPACE), *NODES, *OBJECTS, *READING)


def reviews(rights: tuple[Right, ...], namespace: str) -> str:
    """The questions as one List, for ``kubectl create -f -``."""
    return json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [review(one, namespace) for one in rights]}
    )


def review(right: Right, namespace: str) -> dict[str, Any]:
    """One question."""
    about = {"verb": right.verb, "resource": right.resource, "group": right.group}
    if right.subresource:
        about["subresource"] = right.subresource
    if not right.cluster:
        about["namespace"] = namespace
    elif right.verb in ("get", "delete"):
        about["name"] = namespace
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": about},
    }


def answers(text: str) -> Iterator[dict[str, Any]]:
    """The objects that kubectl printed one after the other (or as one List)."""
    decoder = json.JSONDecoder()
    rest = text.strip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield from found["items"] if found.get("kind") == "List" else (found,)
        rest = rest[end:].lstrip()


def missing(rights: tuple[Right, ...], text: str) -> tuple[Right, ...]:
    """Those that were refused; a question that got no answer counts as refused."""
    allowed = [bool((one.get("status") or {}).get("allowed")) for one in answers(text)]
    allowed += [False] * (len(rights) - len(allowed))
    return tuple(right for right, ok in zip(rights, allowed, strict=False) if not ok)
