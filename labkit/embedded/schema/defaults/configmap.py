"""ConfigMap: nothing is filled in (an empty ``data`` is not written)."""

from __future__ import annotations

from typing import Any


def fill(config: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    if not config.get("data"):
        config.pop("data", None)
