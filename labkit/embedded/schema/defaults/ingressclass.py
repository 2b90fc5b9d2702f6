"""IngressClass: parameters are of the whole cluster."""

from __future__ import annotations

from typing import Any


def fill(ingress_class: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    parameters = (ingress_class.get("spec") or {}).get("parameters")
    if parameters is not None:
        parameters.setdefault("scope", "Cluster")
