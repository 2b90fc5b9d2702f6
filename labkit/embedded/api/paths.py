"""What a path asks for: which kind, in which namespace, which name, which sub-resource.

Source: apiserver/pkg/endpoints/request/requestinfo.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from labkit.embedded.kinds import BY_PATH
from labkit.embedded.kinds.base import Kind


@dataclass(frozen=True, slots=True)
class Target:
    """``namespace`` None: all of them, or a kind without; ``name`` empty: the collection."""

    kind: Kind
    namespace: str | None = None
    name: str = ""
    subresource: str = ""


def parse(path: str) -> Target | None:
    """The target of a path such as ``/api/v1/namespaces/default/pods/web/log``, or None."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[:2] == ["api", "v1"]:
        group, version, rest = "", "v1", parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if not rest or not all(rest):
        return None
    namespace = None
    is_namespace = not group and (len(rest) < 3 or rest[2] in ("status", "finalize"))
    if rest[0] == "namespaces" and not (is_namespace and len(rest) <= 3):
        if len(rest) < 3:
            return None
        namespace, rest = rest[1], rest[2:]
    return _target(group, version, namespace, rest)


def _target(group: str, version: str, namespace: str | None, rest: list[str]) -> Target | None:
    kind = BY_PATH.get((group, version, rest[0]))
    if kind is None or len(rest) > 3:
        return None
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if subresource and subresource not in kind.subresources:
        return None
    if kind.namespaced and namespace is None and name:
        return None
    if not kind.namespaced and namespace is not None:
        return None
    return Target(kind, namespace, name, subresource)
