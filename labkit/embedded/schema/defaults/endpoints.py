"""Endpoints: ports are TCP (SetDefaults_Endpoints)."""

from __future__ import annotations

from typing import Any


def fill(endpoints: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    for subset in endpoints.get("subsets", ()):
        for port in subset.get("ports", ()):
            port.setdefault("protocol", "TCP")
