"""Nodes; a node's status comes with it when the kubelet registers it."""

from __future__ import annotations

from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at
from labkit.embedded.kinds.podstatus import condition
from labkit.embedded.kinds.words import NONE

ROLE_PREFIX = "node-role.kubernetes.io/"
UNKNOWN = "<unknown>"


def _status(node: Json) -> str:
    ready = condition(node, "Ready")
    words = ["Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"]
    if at(node, "spec", "unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def _roles(node: Json) -> str:
    roles = set()
    for key, value in at(node, "metadata", "labels", default={}).items():
        if key.startswith(ROLE_PREFIX):
            roles.add(key.removeprefix(ROLE_PREFIX))
        elif key == "kubernetes.io/role":
            roles.add(value)
    return ",".join(sorted(roles - {""})) or NONE


def _address(node: Json, kind: str) -> str:
    for item in at(node, "status", "addresses", default=[]):
        if item["type"] == kind:
            return str(item["address"])
    return NONE


def _cells(node: Json, now: float) -> Cells:
    info = at(node, "status", "nodeInfo", default={})
    return [
        node["metadata"]["name"],
        _status(node),
        _roles(node),
        age(node, now),
        info.get("kubeletVersion", ""),
        _address(node, "InternalIP"),
        _address(node, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


KIND = Kind(
    "Node",
    "nodes",
    short_names=("no",),
    namespaced=False,
    columns=(
        NAME,
        Column("Status"),
        Column("Roles"),
        AGE,
        Column("Version"),
        Column("Internal-IP", wide=True),
        Column("External-IP", wide=True),
        Column("OS-Image", wide=True),
        Column("Kernel-Version", wide=True),
        Column("Container-Runtime", wide=True),
    ),
    cells=_cells,
    subresources=("status",),
)
