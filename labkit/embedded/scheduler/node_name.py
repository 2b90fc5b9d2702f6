"""NodeName: a Pod that names its node goes there or nowhere."""

from __future__ import annotations

from labkit.embedded.controllers.objects import name
from labkit.embedded.interfaces import Json
from labkit.embedded.scheduler.snapshot import NodeInfo, Refusal, Snapshot


def fits(pod: Json, info: NodeInfo, all_: Snapshot) -> Refusal | None:
    wanted = pod["spec"].get("nodeName")
    if not wanted or wanted == name(info.node):
        return None
    return Refusal(("node(s) didn't match the requested node name",))
