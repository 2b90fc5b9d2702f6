"""Services: the columns of ``kubectl get svc``, and their addresses and ports.

Source: kubernetes pkg/registry/core/service/storage (alloc.go).
"""

from __future__ import annotations

import json
from typing import Any

from labkit import plan
from labkit.embedded.allocators import NodePorts, NotAllocated, ServiceNetworks
from labkit.embedded.kinds.addresses import ALLOCATOR, IP_ADDRESS, MANAGED_BY, SERVICE_CIDR
from labkit.embedded.kinds.ages import age
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, World, at
from labkit.embedded.kinds.words import NONE, labels_text
from labkit.embedded.status import Cause, StatusError, invalid

PORTS = NodePorts()
ADDRESS_WIDTH = 16


def _ingress(service: Json) -> str:
    points = at(service, "status", "loadBalancer", "ingress", default=[])
    shown = {str(point.get("ip") or point.get("hostname") or "") for point in points}
    return ",".join(sorted(shown - {""}))


def _external(service: Json) -> str:
    spec = service["spec"]
    external = spec.get("externalIPs") or []
    match spec.get("type"):
        case "ExternalName":
            return str(spec.get("externalName", ""))
        case "LoadBalancer":
            points = _ingress(service)
            return ",".join([*([points] if points else []), *external]) or "<pending>"
        case _:
            return ",".join(external) or NONE


def _port(port: Json) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node_port}/{port.get('protocol', 'TCP')}"


def _cells(service: Json, now: float) -> Cells:
    spec = service["spec"]
    return [
        service["metadata"]["name"],
        spec.get("type", "ClusterIP"),
        spec.get("clusterIP") or NONE,
        _external(service),
        ",".join(_port(port) for port in spec.get("ports") or []) or NONE,
        age(service, now),
        labels_text(spec.get("selector")),
    ]


def _with_node_port(spec: Json) -> list[Json]:
    return [port for port in spec.get("ports") or [] if port.get("nodePort")]


def _wants_ports(spec: Json) -> bool:
    if spec.get("type") == "LoadBalancer":
        return spec.get("allocateLoadBalancerNodePorts", True) is not False
    return spec.get("type") == "NodePort"


def _allocate(service: Json, old: Json | None, world: World) -> None:
    others = [
        other["spec"]
        for other in world.all("services")
        if other["metadata"]["uid"] != service["metadata"]["uid"]
    ]
    _check_families(service)
    _allocate_address(service, at(old, "spec", default={}), others, world)
    _allocate_ports(service, at(old, "spec", default={}), others, world)
    _allocate_health_port(service, at(old, "spec", default={}), others, world)


def _check_families(service: Json) -> None:
    """This cluster has IPv4 alone; a headless Service without a selector may say what it likes."""
    spec = service["spec"]
    headless = spec.get("clusterIP") == "None"
    if spec.get("type") == "ExternalName" or (headless and not spec.get("selector")):
        return
    causes: list[Cause] = []
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        says = "this cluster is not configured for dual-stack services"
        text = f'Invalid value: "RequireDualStack": {says}'
        causes.append(Cause("spec.ipFamilyPolicy", "FieldValueInvalid", text))
    for index, family in enumerate(spec.get("ipFamilies") or []):
        if family != "IPv4":
            text = f'Invalid value: "{family}": not configured on this cluster'
            causes.append(Cause(f"spec.ipFamilies[{index}]", "FieldValueInvalid", text))
    if causes:
        raise invalid("Service", "", service["metadata"]["name"], causes)


def _allocate_address(service: Json, before: Json, others: list[Json], world: World) -> None:
    spec = service["spec"]
    if spec.get("type") == "ExternalName" or spec.get("clusterIP") == "None":
        return
    if spec.get("clusterIP") and spec["clusterIP"] == before.get("clusterIP"):
        return
    taken = {ip for other in others for ip in other.get("clusterIPs") or [] if ip != "None"}
    taken |= _reserved(world)
    try:
        if not spec.get("clusterIP"):
            spec["clusterIP"] = _addresses(world).next(taken, world.chance.stream("clusterIP"))
            spec["clusterIPs"] = [spec["clusterIP"]]
        else:
            _addresses(world).claim(spec["clusterIP"], taken)
    except NotAllocated as refusal:
        shown = json.dumps(spec.get("clusterIPs") or [], separators=(",", ":"))
        raise _invalid(service, "spec.clusterIPs", shown, str(refusal)) from None


def _addresses(world: World) -> ServiceNetworks:
    """The networks of the ServiceCIDRs that are not on their way out (KEP-1880)."""
    cidrs = world.all(SERVICE_CIDR.resource)
    usable = [
        network
        for cidr in cidrs
        if not cidr["metadata"].get("deletionTimestamp")
        for network in at(cidr, "spec", "cidrs", default=[])
        if "." in network
    ]
    return ServiceNetworks(usable if cidrs else [plan.SERVICE_CIDR])


def _reserved(world: World) -> set[str]:
    """Addresses that somebody made an IPAddress of by hand."""
    return {
        each["metadata"]["name"]
        for each in world.all(IP_ADDRESS.resource)
        if (each["metadata"].get("labels") or {}).get(MANAGED_BY) != ALLOCATOR
        and "." in each["metadata"]["name"]
    }


def _allocate_ports(service: Json, before: Json, others: list[Json], world: World) -> None:
    spec = service["spec"]
    if not _wants_ports(spec):
        return
    if not before:
        _share_ports(spec)
    taken = _taken(others)
    had = {port["nodePort"] for port in _with_node_port(before)}
    mine: dict[int, Any] = {}
    for index, port in enumerate(spec.get("ports") or []):
        wanted = port.get("nodePort") or 0
        shared = mine.get(wanted) not in (None, port.get("protocol"))
        if wanted and wanted not in had and not shared:
            try:
                PORTS.claim(wanted, taken | mine.keys())
            except NotAllocated as refusal:
                path = f"spec.ports[{index}].nodePort"
                raise _invalid(service, path, str(wanted), str(refusal)) from None
        mine[wanted] = port.get("protocol")
    for port in spec.get("ports") or []:
        if not port.get("nodePort"):
            port["nodePort"] = PORTS.next(taken | mine.keys(), world.chance.stream("nodePort"))
            mine[port["nodePort"]] = port.get("protocol")
            if not before:
                _share_ports(spec)


def _share_ports(spec: Json) -> None:
    """A new Service has one node port for one port, by whatever protocols (initNodePorts)."""
    known = {port.get("port"): port["nodePort"] for port in reversed(_with_node_port(spec))}
    for port in spec.get("ports") or []:
        if not port.get("nodePort") and port.get("port") in known:
            port["nodePort"] = known[port.get("port")]


def _allocate_health_port(service: Json, before: Json, others: list[Json], world: World) -> None:
    """Where a balancer asks whether a node has endpoints of its own (allocHealthCheckNodePort)."""
    spec = service["spec"]
    if (spec.get("type"), spec.get("externalTrafficPolicy")) != ("LoadBalancer", "Local"):
        return
    wanted = spec.get("healthCheckNodePort")
    taken = _taken([*others, {"ports": spec.get("ports")}])
    if not wanted:
        spec["healthCheckNodePort"] = PORTS.next(taken, world.chance.stream("nodePort"))
    elif wanted != before.get("healthCheckNodePort"):
        try:
            PORTS.claim(wanted, taken)
        except NotAllocated as refusal:
            path = "spec.healthCheckNodePort"
            raise _invalid(service, path, str(wanted), str(refusal)) from None


def _taken(specs: list[Json]) -> set[int]:
    ports = {port["nodePort"] for spec in specs for port in _with_node_port(spec)}
    checks = {spec.get("healthCheckNodePort", 0) for spec in specs}
    return ports | checks - {0}


def _invalid(service: Json, path: str, value: str, why: str) -> StatusError:
    cause = Cause(path, "FieldValueInvalid", f"Invalid value: {value}: {why}")
    return invalid("Service", "", service["metadata"]["name"], [cause])


KIND = Kind(
    "Service",
    "services",
    short_names=("svc",),
    categories=("all",),
    columns=(
        NAME,
        Column("Type"),
        Column("Cluster-IP"),
        Column("External-IP"),
        Column("Port(s)"),
        AGE,
        Column("Selector", wide=True),
    ),
    cells=_cells,
    subresources=("proxy", "status"),
    allocate=_allocate,
    returns_deleted=True,
)
