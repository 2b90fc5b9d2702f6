"""The servers behind a Service: its endpoints, or on request its ClusterIP.

Most controllers read EndpointSlices and ask the Pods directly: the Service gives them a list, not
an address.  With the annotation on the Service Traefik asks the ClusterIP, and kube-proxy's rules
choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labkit.embedded.ingress.routes import Backend
from labkit.embedded.interfaces import Json

NATIVE = "traefik.ingress.kubernetes.io/service.nativelb"
Address = tuple[str, int]


def servers(backend: Backend, service: Json, slices: Iterable[Json]) -> list[Address]:
    """Addresses and ports, sorted; none when nothing is ready or the Service lacks the port."""
    port = _port(backend, service)
    if port is None:
        return []
    annotations = service["metadata"].get("annotations") or {}
    if str(annotations.get(NATIVE, "")).lower() == "true":
        return [(str(service["spec"]["clusterIP"]), int(port["port"]))]
    return sorted(set(_endpoints(port.get("name") or "", slices)))


def _port(backend: Backend, service: Json) -> Json | None:
    for port in service["spec"].get("ports") or ():
        if backend.port in (port["port"], port.get("name")):
            found: Json = port
            return found
    return None


def _endpoints(title: str, slices: Iterable[Json]) -> Iterator[Address]:
    for one in slices:
        numbers = [p["port"] for p in one.get("ports") or () if (p.get("name") or "") == title]
        for endpoint in one.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                for number in numbers:
                    yield endpoint["addresses"][0], int(number)
