"""What is to be undone, kept in the cluster itself: a ConfigMap that says nothing at a glance.

So ``mend`` works from another process, another notebook and another machine, and a cluster that
is taken down takes the record with it.  The text is packed, not encrypted: whoever wants to look
can look; nobody sees the answer by chance.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass
from typing import Any

from labkit.cluster.kubectl import Kubectl

NAME = "labkit-fault"
KEY = "sealed"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """The fault that is in the cluster, and the steps that undo it, in their order."""

    fault: str
    undo: tuple[Json, ...]
    secret: bool = False


def read(kubectl: Kubectl) -> Record | None:
    """The record of the fault that is there now; None without one."""
    answer = kubectl.check("get", "configmap", NAME, "--ignore-not-found", "-o", "json")
    if not answer.stdout.strip():
        return None
    sealed = json.loads(answer.stdout).get("data", {}).get(KEY, "")
    opened = json.loads(zlib.decompress(base64.b64decode(sealed)))
    return Record(opened["fault"], tuple(opened["undo"]), bool(opened["secret"]))


def write(kubectl: Kubectl, record: Record, labels: dict[str, str]) -> None:
    """Make the record.  Raises ``CommandFailed`` when there is one already."""
    plain = {"fault": record.fault, "undo": record.undo, "secret": record.secret}
    sealed = base64.b64encode(zlib.compress(json.dumps(plain).encode())).decode()
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": NAME, "labels": labels},
        "data": {KEY: sealed},
    }
    kubectl.check("create", "-f", "-", stdin=json.dumps(manifest))


def forget(kubectl: Kubectl) -> None:
    """The fault is mended."""
    kubectl.check("delete", "configmap", NAME, "--ignore-not-found")
