"""Service: defaults, address families, and what an update keeps.

Source: SetDefaults_Service; pkg/registry/core/service/storage (NormalizeClusterIPs,
defaultOnReadService, patchAllocatedValues) and strategy.go (dropTypeDependentFields).
The cluster is IPv4 only, as a default kind cluster is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

AFFINITY_SECONDS = 10800
NODE_PORT_TYPES = ("NodePort", "LoadBalancer")
CLUSTER_IP_TYPES = ("ClusterIP", "NodePort", "LoadBalancer")


def fill(service: Json) -> None:
    """Fill in the defaults, in place."""
    spec = service.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    _affinity(spec)
    for port in spec.get("ports", ()):
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    if _from_outside(spec):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] in CLUSTER_IP_TYPES:
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
        _balanced(service)


def _from_outside(spec: Mapping[str, Any]) -> bool:
    kind = spec.get("type")
    return kind in NODE_PORT_TYPES or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def _health_checked(spec: Mapping[str, Any]) -> bool:
    asked = (spec.get("type"), spec.get("externalTrafficPolicy"))
    return asked == ("LoadBalancer", "Local")


def _balanced(service: Json) -> None:
    """An address of a load balancer is a VIP where nothing else is said (KEP-1860)."""
    balancer = (service.get("status") or {}).get("loadBalancer") or {}
    for point in balancer.get("ingress") or ():
        if point.get("ip"):
            point.setdefault("ipMode", "VIP")


def _affinity(spec: Json) -> None:
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if config.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}


def prepare(service: Json, old: Mapping[str, Any] | None) -> None:
    """Bring clusterIP, clusterIPs and the families together, before validation, in place."""
    spec = service.setdefault("spec", {})
    if old is not None:
        _carry_over(spec, old.get("spec", {}))
        _drop_by_type(spec, old.get("spec", {}))
        if spec.get("type") != "LoadBalancer" and "status" in service:
            service["status"] = {**service["status"], "loadBalancer": {}}
    _same_addresses(spec, None if old is None else old.get("spec", {}))
    _families(spec)


def _same_addresses(spec: Json, old: Mapping[str, Any] | None) -> None:
    """clusterIP is clusterIPs[0]; on update the one that changed decides."""
    one, many = spec.get("clusterIP"), spec.get("clusterIPs")
    if old is None:
        if one and not many:
            spec["clusterIPs"] = [one]
        return
    if one != old.get("clusterIP") and many == old.get("clusterIPs"):
        spec.pop("clusterIPs", None)
        if one:
            spec["clusterIPs"] = [one]
    elif many != old.get("clusterIPs") and one == old.get("clusterIP"):
        spec.pop("clusterIP", None)
        if many:
            spec["clusterIP"] = many[0]


def _families(spec: Json) -> None:
    if spec.get("type") not in CLUSTER_IP_TYPES:
        return
    headless = spec.get("clusterIPs") == ["None"]
    if headless and not spec.get("selector"):
        spec.setdefault("ipFamilyPolicy", "RequireDualStack")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"])
        return
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    first = (spec.get("clusterIPs") or [""])[0]
    spec.setdefault("ipFamilies", ["IPv6" if ":" in first else "IPv4"])


def _carry_over(spec: Json, old: Mapping[str, Any]) -> None:
    """A replaced Service that names no address or node port keeps what it had."""
    both = (spec.get("type"), old.get("type"))
    if all(kind in CLUSTER_IP_TYPES for kind in both):
        if not spec.get("clusterIP") and not spec.get("clusterIPs") and old.get("clusterIP"):
            spec["clusterIP"] = old["clusterIP"]
            spec["clusterIPs"] = list(old.get("clusterIPs") or [old["clusterIP"]])
    if all(kind in NODE_PORT_TYPES for kind in both):
        known = {_port_key(port): port.get("nodePort") for port in old.get("ports", ())}
        for port in spec.get("ports", ()):
            if not port.get("nodePort") and known.get(_port_key(port)):
                port["nodePort"] = known[_port_key(port)]
    if _health_checked(spec) and _health_checked(old) and old.get("healthCheckNodePort"):
        spec.setdefault("healthCheckNodePort", old["healthCheckNodePort"])


def _port_key(port: Mapping[str, Any]) -> tuple[Any, Any]:
    return port.get("protocol"), port.get("port")


def _drop_by_type(spec: Json, old: Mapping[str, Any]) -> None:
    """Fields that the Service no longer has a use for and that the update did not change itself."""
    kind, before = spec.get("type"), old.get("type")
    fields: list[str] = []
    if kind == "ExternalName" != before:
        fields += ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]
    if before in NODE_PORT_TYPES and kind not in NODE_PORT_TYPES:
        _drop_node_ports(spec, old)
    if _health_checked(old) and not _health_checked(spec):
        fields.append("healthCheckNodePort")
    if before == "LoadBalancer" != kind:
        fields += ["allocateLoadBalancerNodePorts", "loadBalancerClass"]
    if _from_outside(old) and not _from_outside(spec):
        fields.append("externalTrafficPolicy")
    for field in fields:
        if spec.get(field) == old.get(field):
            spec.pop(field, None)
    if kind not in CLUSTER_IP_TYPES:
        spec.pop("internalTrafficPolicy", None)


def _drop_node_ports(spec: Json, old: Mapping[str, Any]) -> None:
    """All of them go, unless the update asks for one that was not there before."""
    if _node_ports(spec) <= _node_ports(old):
        for port in spec.get("ports", ()):
            port.pop("nodePort", None)


def _node_ports(spec: Mapping[str, Any]) -> set[int]:
    return {port["nodePort"] for port in spec.get("ports") or () if port.get("nodePort")}
