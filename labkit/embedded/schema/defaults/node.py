"""Node: what is not said to be allocatable is the whole capacity (SetDefaults_NodeStatus)."""

from __future__ import annotations

from typing import Any


def fill(node: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    node.setdefault("spec", {})
    status = node.setdefault("status", {})
    if "capacity" in status:
        status.setdefault("allocatable", dict(status["capacity"]))
