"""EndpointSlice: a port has a name (empty) and is TCP; conditions are always written.

Source: pkg/apis/discovery/v1/defaults.go (SetDefaults_EndpointPort).
"""

from __future__ import annotations

from typing import Any


def fill(endpoint_slice: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    endpoint_slice.setdefault("endpoints", [])
    endpoint_slice.setdefault("ports", [])
    for endpoint in endpoint_slice["endpoints"]:
        endpoint.setdefault("conditions", {})
    for port in endpoint_slice["ports"]:
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")
