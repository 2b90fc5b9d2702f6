"""The binding sub-resource, in process: puts a Pod on a node, once."""

from __future__ import annotations

from labkit.embedded.controllers.objects import name, namespace, uid
from labkit.embedded.interfaces import Api, Json
from labkit.embedded.machinery import Machinery, WriteOptions, kind_of, subresources

PODS = "pods"


def bind(api: Api, pod: Json, node: str, manager: str) -> None:
    """Assign a Pod.  ``StatusError`` 409 if it is bound already, being deleted or replaced."""
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name(pod), "namespace": namespace(pod), "uid": uid(pod)},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node},
    }
    if not isinstance(api, Machinery):
        api.update(PODS, namespace(pod), name(pod), binding, subresource="binding")
        return
    current = api.get(PODS, namespace(pod), name(pod))
    options = WriteOptions(manager=manager)
    subresources.bind(api.world, kind_of(PODS), current, binding, options)
