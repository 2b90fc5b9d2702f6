"""NetworkPolicy: ports are TCP; Ingress always, Egress when there are egress rules."""

from __future__ import annotations

from typing import Any


def fill(policy: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        for port in rule.get("ports", ()):
            port.setdefault("protocol", "TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
