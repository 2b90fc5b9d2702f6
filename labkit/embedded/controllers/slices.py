"""EndpointSlices as their two controllers see them: each keeps those of a Service that carry its
name.

After k8s.io/endpointslice (``utils.go``) and pkg/controller/endpointslicemirroring.
"""

from __future__ import annotations

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import Key, deleting, labels, name, namespace
from labkit.embedded.interfaces import Json

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_LABEL = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


def service_of(found: Json, manager: str) -> Key | None:
    """The Service whose slice this is, if ``manager`` keeps it."""
    service = labels(found).get(SERVICE_LABEL)
    ours = service and labels(found).get(MANAGED_BY) == manager
    return (namespace(found), str(service)) if ours else None


def kept_for(cluster: Cluster, service: Key, manager: str) -> list[Json]:
    """The slices that ``manager`` keeps for a Service, by name."""
    found = [
        each
        for each in cluster.all(SLICES, service[0])
        if service_of(each, manager) == service and not deleting(each)
    ]
    return sorted(found, key=name)


def chosen(spare: list[Json], ports: list[Json] | None) -> Json | None:
    """The spare slice with the same ports, else any (recycleSlices)."""
    same = [each for each in spare if (each.get("ports") or None) == (ports or None)]
    return next(iter([*same, *spare]), None)


def port_entry(port: Json, number: int) -> Json:
    """A port of a Service or of Endpoints as a slice says it."""
    found = {
        "name": port.get("name") or "",
        "port": number,
        "protocol": port.get("protocol") or "TCP",
    }
    return {**found, "appProtocol": port["appProtocol"]} if port.get("appProtocol") else found
