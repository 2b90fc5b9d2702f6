"""The sub-resources: which kind each speaks of, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subresource:
    """``kind`` empty: the same kind as the resource itself; ``*`` in it stands for that."""

    name: str
    verbs: tuple[str, ...]
    kind: str = ""
    group: str = ""
    version: str = ""

    def kind_for(self, resource_kind: str) -> str:
        """The kind of object that it speaks of."""
        return self.kind.replace("*", resource_kind) or resource_kind


CONNECT = ("create", "delete", "get", "patch", "update")
CHANGE = ("get", "patch", "update")
STREAM = ("create", "get")

SUBRESOURCES = {
    item.name: item
    for item in (
        Subresource("attach", STREAM, "PodAttachOptions", "", "v1"),
        Subresource("binding", ("create",), "Binding", "", "v1"),
        Subresource("eviction", ("create",), "Eviction", "policy", "v1"),
        Subresource("exec", STREAM, "PodExecOptions", "", "v1"),
        Subresource("finalize", ("update",)),
        Subresource("log", ("get",)),
        Subresource("portforward", STREAM, "PodPortForwardOptions", "", "v1"),
        Subresource("proxy", CONNECT, "*ProxyOptions", "", "v1"),
        Subresource("scale", CHANGE, "Scale", "autoscaling", "v1"),
        Subresource("status", CHANGE),
        Subresource("token", ("create",), "TokenRequest", "authentication.k8s.io", "v1"),
    )
}
