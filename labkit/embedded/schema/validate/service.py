"""Service.

Source: ValidateService, ValidateServiceUpdate, ValidateServiceClusterIPsRelatedFields
(pkg/apis/core/validation/validation.go); node port words: registry/core/service/portallocator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import balancer, meta, names
from labkit.embedded.schema.validate.errors import (
    GoStruct,
    duplicate,
    forbidden,
    invalid,
    invalids,
    one_of,
    required,
    unsupported,
)
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
PROTOCOLS = ("SCTP", "TCP", "UDP")
NODE_PORTS = (30000, 32767)
MAX_AFFINITY_SECONDS = 86400


def create(service: Json) -> list[Cause]:
    """What is wrong with a new Service."""
    causes = meta.create(service, names.dns_label) + _spec(service.get("spec") or {})
    return causes or _node_port_range(service.get("spec") or {})


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Service."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old)
    if "ExternalName" not in (spec.get("type"), before.get("type")):
        causes += _addresses_kept(spec, before)
        causes += _families_kept(spec, before)
    causes += _class_kept(spec, before) + _health_port_kept(spec, before)
    causes += _spec(spec)
    if new.get("status") != old.get("status"):
        causes += _balanced(new.get("status") or {}, spec)
    return causes or _node_port_range(spec)


def _headless(spec: Json) -> bool:
    return list(spec.get("clusterIPs") or ()) == ["None"] or spec.get("clusterIP") == "None"


def _spec(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    kind, ports = spec.get("type", ""), spec.get("ports") or ()
    if not ports and not _headless(spec) and kind != "ExternalName":
        causes.append(required("spec.ports"))
    causes += _of_type(spec, kind)
    seen: set[str] = set()
    for at, port in enumerate(ports):
        causes += _port(port, f"spec.ports[{at}]", len(ports) > 1, seen)
    causes += meta.labels(spec.get("selector"), "spec.selector")
    causes += _affinity(spec)
    if kind != "ExternalName":
        causes += _addresses(spec)
    for at, address in enumerate(spec.get("externalIPs") or ()):
        causes += _external_ip(address, f"spec.externalIPs[{at}]")
    causes += one_of("spec.type", kind, TYPES)
    if kind == "ClusterIP":
        says = "may not be used when `type` is 'ClusterIP'"
        causes += [
            forbidden(f"spec.ports[{at}].nodePort", says)
            for at, port in enumerate(ports)
            if port.get("nodePort")
        ]
    return causes + _duplicates(ports) + _balancer(spec, kind) + _policies(spec, kind)


def _of_type(spec: Json, kind: str) -> list[Cause]:
    if kind in ("LoadBalancer", "NodePort"):
        says = f"may not be set to 'None' for {kind} services"
        return [invalid("spec.clusterIPs[0]", "None", says)] if _headless(spec) else []
    if kind != "ExternalName":
        return []
    says = "may not be set for ExternalName services"
    fields = ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
    causes = [forbidden(f"spec.{field}", says) for field in fields if spec.get(field)]
    name = (spec.get("externalName") or "").removesuffix(".")
    if not name:
        return [*causes, required("spec.externalName")]
    return causes + invalids("spec.externalName", name, names.dns_subdomain(name))


def port_number_or_name(value: Any, path: str) -> list[Cause]:
    """A target port: 1-65535, or the name of a container port."""
    if isinstance(value, str):
        return invalids(path, value, names.port_name(value))
    return invalids(path, value or 0, names.port_number(value or 0))


def _port(port: Json, path: str, named: bool, seen: set[str]) -> list[Cause]:
    causes: list[Cause] = []
    name = port.get("name", "")
    if name:
        causes += invalids(f"{path}.name", name, names.dns_label(name))
        if name in seen:
            causes.append(duplicate(f"{path}.name", name))
        seen.add(name)
    elif named:
        causes.append(required(f"{path}.name"))
    number = port.get("port", 0)
    causes += invalids(f"{path}.port", number, names.port_number(number))
    causes += one_of(f"{path}.protocol", port.get("protocol"), PROTOCOLS)
    causes += port_number_or_name(port.get("targetPort"), f"{path}.targetPort")
    app = port.get("appProtocol")
    if app is not None:
        causes += invalids(f"{path}.appProtocol", app, names.qualified_name(app))
    return causes


def _affinity(spec: Json) -> list[Cause]:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    causes = one_of("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    path = "spec.sessionAffinityConfig"
    if affinity == "None" and config is not None:
        says = "must not be set when session affinity is None"
        causes.append(forbidden(path, says))
    if affinity == "ClientIP":
        seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds", 0)
        if not 0 < seconds <= MAX_AFFINITY_SECONDS:
            says = f"must be greater than 0 and less than {MAX_AFFINITY_SECONDS}"
            causes.append(invalid(f"{path}.clientIP.timeoutSeconds", seconds, says))
    return causes


def _addresses(spec: Json) -> list[Cause]:
    """clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy together."""
    one, many = spec.get("clusterIP"), list(spec.get("clusterIPs") or ())
    path = "spec.clusterIPs"
    causes: list[Cause] = []
    if one and not many:
        causes.append(required(path))
    elif one and many[0] != one:
        causes.append(invalid(path, many, "first value must match `clusterIP`"))
    elif many and not one:
        causes.append(invalid(path, many, "must be empty when `clusterIP` is not specified"))
    causes += _families(spec)
    wrong = _each_address(many, path)
    causes += wrong
    if len(many) > 2:
        causes.append(invalid(path, many, "may only hold up to 2 values"))
    if wrong:
        return causes
    sixes = [":" in address for address in many]
    if len(many) > 1 and all(sixes) is any(sixes):
        says = "may specify no more than one IP for each IP family"
        causes.append(invalid(path, many, says))
    return causes + _family_of_each(spec, many, path)


def _each_address(many: list[str], path: str) -> list[Cause]:
    causes: list[Cause] = []
    for at, address in enumerate(many):
        if at == 0 and address == "None":
            if len(many) > 1:
                says = "'None' must be the first and only value"
                causes.append(invalid(path, many, says))
            continue
        causes += invalids(f"{path}[{at}]", address, names.ip_address(address))
    return causes


def _families(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    families = list(spec.get("ipFamilies") or ())
    for at, family in enumerate(families):
        path = f"spec.ipFamilies[{at}]"
        if family not in ("IPv4", "IPv6"):
            causes.append(unsupported(path, family, ("IPv4", "IPv6")))
        if family in families[:at]:
            causes.append(duplicate(path, family))
    policies = ("PreferDualStack", "RequireDualStack", "SingleStack")
    policy = spec.get("ipFamilyPolicy")
    return causes + one_of("spec.ipFamilyPolicy", policy, policies, wanted=False)


def _family_of_each(spec: Json, many: list[str], path: str) -> list[Cause]:
    if _headless(spec):
        return []
    causes: list[Cause] = []
    for at, (address, family) in enumerate(zip(many, spec.get("ipFamilies") or (), strict=False)):
        if (family == "IPv6") is not (":" in address):
            says = f"expected an {family} value as indicated by `ipFamilies[{at}]`"
            causes.append(invalid(f"{path}[{at}]", address, says))
    return causes


def _external_ip(address: str, path: str) -> list[Cause]:
    wrong = names.ip_address(address)
    ip = names.parse_ip(address)
    if wrong or ip is None:
        return invalids(path, address, wrong)
    special = {
        f"may not be unspecified ({address})": ip.is_unspecified,
        "may not be in the loopback range (127.0.0.0/8, ::1/128)": ip.is_loopback,
        "may not be in the link-local range (169.254.0.0/16, fe80::/10)": ip.is_link_local,
        "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)": str(
            ip
        ).startswith(("224.0.0.", "ff02:")),
    }
    return [invalid(path, address, says) for says, bad in special.items() if bad]


def _duplicates(ports: Any) -> list[Cause]:
    """The same node port twice, then the same port twice (each per protocol)."""
    causes: list[Cause] = []
    seen: set[tuple[Any, Any]] = set()
    for at, port in enumerate(ports):
        key = (port.get("protocol"), port.get("nodePort"))
        if port.get("nodePort") and key in seen:
            causes.append(duplicate(f"spec.ports[{at}].nodePort", port["nodePort"]))
        seen.add(key)
    seen = set()
    for at, port in enumerate(ports):
        key = (port.get("protocol"), port.get("port"))
        if key in seen:
            causes.append(duplicate(f"spec.ports[{at}]", _key_struct(*key)))
        seen.add(key)
    return causes


def _key_struct(protocol: Any, port: Any) -> GoStruct:
    """The server shows its internal struct, with all but protocol and port at zero."""
    return GoStruct(
        Name="", Protocol=protocol, AppProtocol=None, Port=port, TargetPort=0, NodePort=0
    )


def _balancer(spec: Json, kind: str) -> list[Cause]:
    causes: list[Cause] = []
    only = "may only be used when `type` is 'LoadBalancer'"
    ranges = spec.get("loadBalancerSourceRanges") or ()
    if ranges and kind != "LoadBalancer":
        causes.append(forbidden("spec.LoadBalancerSourceRanges", only))
    for at, each in enumerate(ranges):
        wrong = names.cidr(each.strip())
        causes += invalids(f"spec.LoadBalancerSourceRanges[{at}]", each.strip(), wrong)
    if kind != "LoadBalancer":
        for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(field) is not None:
                causes.append(forbidden(f"spec.{field}", only))
    return causes


def _balanced(status: Json, spec: Json) -> list[Cause]:
    """The points that a load balancer wrote into the status."""
    path = "status.loadBalancer.ingress"
    points = (status.get("loadBalancer") or {}).get("ingress") or ()
    if points and spec.get("type") != "LoadBalancer":
        return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
    return balancer.points(points, path)


def _policies(spec: Json, kind: str) -> list[Cause]:
    causes: list[Cause] = []
    policy = spec.get("externalTrafficPolicy")
    external = kind in ("NodePort", "LoadBalancer") or (
        kind == "ClusterIP" and bool(spec.get("externalIPs"))
    )
    path = "spec.externalTrafficPolicy"
    if external:
        causes += one_of(path, policy, ("Cluster", "Local"))
    elif policy:
        says = "may only be set for externally-accessible services"
        causes.append(invalid(path, policy, says))
    if spec.get("healthCheckNodePort") and (kind, policy) != ("LoadBalancer", "Local"):
        says = "may only be set when `type` is 'LoadBalancer' and "
        says += "`externalTrafficPolicy` is 'Local'"
        causes.append(invalid("spec.healthCheckNodePort", spec["healthCheckNodePort"], says))
    wanted = kind in ("ClusterIP", "NodePort", "LoadBalancer")
    internal = spec.get("internalTrafficPolicy")
    causes += one_of("spec.internalTrafficPolicy", internal, ("Cluster", "Local"), wanted=wanted)
    near = ("PreferClose", "PreferSameNode", "PreferSameZone")
    spread = spec.get("trafficDistribution")
    return causes + one_of("spec.trafficDistribution", spread, near, wanted=False)


def _node_port_range(spec: Json) -> list[Cause]:
    """The allocator's refusal; it looks only at Services that are otherwise valid."""
    if spec.get("type") not in ("NodePort", "LoadBalancer"):
        return []
    low, high = NODE_PORTS
    says = "provided port is not in the valid range. The range of valid ports is "
    return [
        invalid(f"spec.ports[{at}].nodePort", port["nodePort"], f"{says}{low}-{high}")
        for at, port in enumerate(spec.get("ports") or ())
        if port.get("nodePort") and not low <= port["nodePort"] <= high
    ]


def _addresses_kept(spec: Json, before: Json) -> list[Cause]:
    if _headless(spec) and _headless(before):
        return []
    now, then = list(spec.get("clusterIPs") or ()), list(before.get("clusterIPs") or ())
    path, says = "spec.clusterIPs", "may not change once set"
    if len(now) == len(then):
        changed = [at for at, address in enumerate(then) if address != now[at]]
        return [invalid(f"{path}[{at}]", now, says) for at in changed]
    causes: list[Cause] = []
    if then and not now:
        causes.append(invalid(f"{path}[0]", None, "primary clusterIP can not be unset"))
    elif then and now[0] != then[0]:
        causes.append(invalid(f"{path}[0]", now, says))
    if len(then) > len(now) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        says = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        causes.append(invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), says))
    return causes


def _families_kept(spec: Json, before: Json) -> list[Cause]:
    if _headless(spec) or _headless(before):
        return []
    now, then = list(spec.get("ipFamilies") or ()), list(before.get("ipFamilies") or ())
    path = "spec.ipFamilies[0]"
    if now and then and now[0] != then[0]:
        return [invalid(path, now, "may not change once set")]
    if then and not now:
        return [invalid(path, None, "primary ipFamily can not be unset")]
    return []


def _class_kept(spec: Json, before: Json) -> list[Cause]:
    if (spec.get("type"), before.get("type")) != ("LoadBalancer", "LoadBalancer"):
        return []
    now, then = spec.get("loadBalancerClass"), before.get("loadBalancerClass")
    if now == then:
        return []
    return [invalid("spec.loadBalancerClass", now, "may not change once set")]


def _health_port_kept(spec: Json, before: Json) -> list[Cause]:
    now, then = spec.get("healthCheckNodePort"), before.get("healthCheckNodePort")
    if not now or not then or now == then:
        return []
    return [invalid("spec.healthCheckNodePort", now, "field is immutable")]
