"""PriorityClass: preempts (SetDefaults_PriorityClass)."""

from __future__ import annotations

from typing import Any


def fill(priority: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    priority.setdefault("preemptionPolicy", "PreemptLowerPriority")
