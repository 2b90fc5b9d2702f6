"""Event (core/v1): fields that are always written, even when empty (no omitempty)."""

from __future__ import annotations

from typing import Any


def fill(event: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    event.setdefault("involvedObject", {})
    event.setdefault("source", {})
    event.setdefault("reportingComponent", "")
    event.setdefault("reportingInstance", "")
