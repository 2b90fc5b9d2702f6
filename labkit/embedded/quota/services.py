"""What a Service uses of a quota.  Source: pkg/quota/v1/evaluator/core/services.go."""

from __future__ import annotations

from fractions import Fraction

from labkit.embedded.kinds.base import Json, at
from labkit.embedded.quota.pods import Used


def used_by(service: Json) -> Used:
    """``services``, and by its type load balancers and ports of the nodes."""
    found = {"services": Fraction(1)}
    kind = at(service, "spec", "type")
    ports = at(service, "spec", "ports", default=[])
    if kind == "NodePort":
        found["services.nodeports"] = Fraction(len(ports))
    elif kind == "LoadBalancer":
        found["services.loadbalancers"] = Fraction(1)
        asked = at(service, "spec", "allocateLoadBalancerNodePorts", default=True)
        numbered = [port for port in ports if port.get("nodePort")]
        found["services.nodeports"] = Fraction(len(ports if asked else numbered))
    return found
