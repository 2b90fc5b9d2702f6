"""Services, EndpointSlices and Nodes, as kube-proxy and the lessons read them: frozen nouns.

``from_dict`` takes the plain dictionaries of the Kubernetes API (JSON or YAML already
parsed).  It fills in the API server's own defaults (protocol ``TCP``, ready ``True``, traffic
policy ``Cluster`` and so on; ``defaults.go`` of core/v1 and discovery/v1), reads what matters
for the packets' way and leaves the rest of the object alone.  A value that the API server
would not have taken is a :class:`FieldError` that names the field.  An address is kept as
it is written: whether it can be used is for kube-proxy to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.model.fields import Fields

PROTOCOLS = ("TCP", "UDP", "SCTP")
SERVICE_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
TRAFFIC_POLICIES = ("Cluster", "Local")
IP_FAMILIES = ("IPv4", "IPv6")
DEFAULT_AFFINITY_TIMEOUT = 10800

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
ZONE_LABEL = "topology.kubernetes.io/zone"

Pairs = tuple[tuple[str, str], ...]
"""Labels or annotations: name and value, sorted by name."""


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One entry of ``spec.ports``.  ``node_port`` 0 means that there is none."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str = 0
    node_port: int = 0

    @classmethod
    def from_fields(cls, fields: Fields) -> ServicePort:
        """Read one entry; ``targetPort`` is the port itself when it is left out."""
        port = fields.port("port")
        return cls(
            port=port,
            name=fields.name("name", optional=True),
            protocol=fields.choice("protocol", PROTOCOLS, "TCP"),
            target_port=fields.port_or_name("targetPort") or port,
            node_port=fields.port("nodePort"),
        )


@dataclass(frozen=True, slots=True)
class LoadBalancerIngress:
    """One entry of ``status.loadBalancer.ingress`` (KEP-1860: ``ip_mode`` VIP or Proxy)."""

    ip: str = ""
    hostname: str = ""
    ip_mode: str = "VIP"

    @classmethod
    def from_fields(cls, fields: Fields) -> LoadBalancerIngress:
        """Read one entry; without ``ipMode`` it is a VIP."""
        return cls(
            ip=fields.text("ip"),
            hostname=fields.text("hostname"),
            ip_mode=fields.choice("ipMode", ("VIP", "Proxy"), "VIP"),
        )


@dataclass(frozen=True, slots=True)
class Service:
    """A Service of the API group ``v1``; policies and affinity as the API spells them.

    ``cluster_ip`` is ``""`` when none is set and ``"None"`` for a headless Service;
    ``session_affinity_timeout`` is in seconds.
    """

    name: str
    namespace: str = "default"
    type: str = "ClusterIP"
    cluster_ip: str = ""
    cluster_ips: tuple[str, ...] = ()
    ip_families: tuple[str, ...] = ()
    ports: tuple[ServicePort, ...] = ()
    selector: Pairs = ()
    session_affinity: str = "None"
    session_affinity_timeout: int = DEFAULT_AFFINITY_TIMEOUT
    internal_traffic_policy: str = "Cluster"
    external_traffic_policy: str = "Cluster"
    external_ips: tuple[str, ...] = ()
    load_balancer_ingress: tuple[LoadBalancerIngress, ...] = ()
    load_balancer_source_ranges: tuple[str, ...] = ()
    health_check_node_port: int = 0
    publish_not_ready_addresses: bool = False
    external_name: str = ""
    labels: Pairs = ()

    @property
    def key(self) -> str:
        """``namespace/name``, as kube-proxy's comments write it."""
        return f"{self.namespace}/{self.name}"

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> Service:
        """Read a ``v1`` Service.  Raises :class:`FieldError` for a value no API would take."""
        top = Fields.of_object(obj, "Service")
        meta, spec = top.section("metadata"), top.section("spec")
        affinity = spec.section("sessionAffinityConfig").section("clientIP")
        ingress = top.section("status").section("loadBalancer").items("ingress")
        ips = spec.texts("clusterIPs")
        return cls(
            name=meta.name("name"),
            namespace=meta.name("namespace", optional=True) or "default",
            type=spec.choice("type", SERVICE_TYPES, "ClusterIP"),
            cluster_ip=spec.text("clusterIP") or (ips[0] if ips else ""),
            cluster_ips=ips,
            ip_families=spec.choices("ipFamilies", IP_FAMILIES),
            ports=tuple(ServicePort.from_fields(item) for item in spec.items("ports")),
            selector=spec.pairs("selector"),
            session_affinity=spec.choice("sessionAffinity", ("None", "ClientIP"), "None"),
            session_affinity_timeout=affinity.number("timeoutSeconds", DEFAULT_AFFINITY_TIMEOUT),
            internal_traffic_policy=spec.choice(
                "internalTrafficPolicy", TRAFFIC_POLICIES, "Cluster"
            ),
            external_traffic_policy=spec.choice(
                "externalTrafficPolicy", TRAFFIC_POLICIES, "Cluster"
            ),
            external_ips=spec.texts("externalIPs"),
            load_balancer_ingress=tuple(LoadBalancerIngress.from_fields(i) for i in ingress),
            load_balancer_source_ranges=spec.texts("loadBalancerSourceRanges"),
            health_check_node_port=spec.port("healthCheckNodePort"),
            publish_not_ready_addresses=spec.flag("publishNotReadyAddresses", False),
            external_name=spec.text("externalName"),
            labels=meta.pairs("labels"),
        )


@dataclass(frozen=True, slots=True)
class EndpointPort:
    """A port of a slice.  The number is the Pod's; the name is that of the Service's port.

    ``name`` None (never so behind an API server) and ``port`` None or 0 are passed over.
    """

    port: int | None
    name: str | None = ""
    protocol: str = "TCP"

    @classmethod
    def from_fields(cls, fields: Fields) -> EndpointPort:
        """Read one entry; a missing name is the empty one, as the API server defaults it."""
        return cls(
            port=fields.port("port"),
            name=fields.name("name", optional=True),
            protocol=fields.choice("protocol", PROTOCOLS, "TCP"),
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of a slice.  kube-proxy uses the first of its addresses only."""

    addresses: tuple[str, ...]
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    node_name: str = ""
    zone: str = ""
    zone_hints: tuple[str, ...] = ()
    node_hints: tuple[str, ...] = ()
    target: str = ""

    @classmethod
    def from_fields(cls, fields: Fields) -> Endpoint:
        """Read one entry; ``target`` is the name of the Pod behind it."""
        conditions, hints = fields.section("conditions"), fields.section("hints")
        return cls(
            addresses=fields.texts("addresses"),
            ready=conditions.flag("ready", True),
            serving=conditions.flag("serving", True),
            terminating=conditions.flag("terminating", False),
            node_name=fields.text("nodeName"),
            zone=fields.text("zone"),
            zone_hints=tuple(item.text("name") for item in hints.items("forZones")),
            node_hints=tuple(item.text("name") for item in hints.items("forNodes")),
            target=fields.section("targetRef").text("name"),
        )


@dataclass(frozen=True, slots=True)
class EndpointSlice:
    """A slice of ``discovery.k8s.io/v1``; ``service_name`` is its label of that meaning."""

    name: str
    namespace: str = "default"
    service_name: str = ""
    address_type: str = "IPv4"
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()
    labels: Pairs = ()

    @property
    def service_key(self) -> str:
        """``namespace/name`` of the Service that it belongs to."""
        return f"{self.namespace}/{self.service_name}"

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> EndpointSlice:
        """Read an EndpointSlice.  Raises :class:`labkit.model.fields.FieldError`."""
        top = Fields.of_object(obj, "EndpointSlice")
        meta = top.section("metadata")
        labels = meta.pairs("labels")
        return cls(
            name=meta.name("name"),
            namespace=meta.name("namespace", optional=True) or "default",
            service_name=dict(labels).get(SERVICE_NAME_LABEL, ""),
            address_type=top.choice("addressType", ("IPv4", "IPv6", "FQDN"), "IPv4"),
            endpoints=tuple(Endpoint.from_fields(item) for item in top.items("endpoints")),
            ports=tuple(EndpointPort.from_fields(item) for item in top.items("ports")),
            labels=labels,
        )


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What kube-proxy wants to know of its own Node."""

    name: str
    internal_ips: tuple[str, ...] = ()
    external_ips: tuple[str, ...] = ()
    pod_cidrs: tuple[str, ...] = ()
    labels: Pairs = ()

    @property
    def zone(self) -> str:
        """The Node's zone, ``""`` without the label."""
        return dict(self.labels).get(ZONE_LABEL, "")

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> NodeInfo:
        """Read a ``v1`` Node.  Raises :class:`labkit.model.fields.FieldError`."""
        top = Fields.of_object(obj, "Node")
        meta, spec = top.section("metadata"), top.section("spec")
        addresses = [
            (item.text("type"), item.text("address"))
            for item in top.section("status").items("addresses")
        ]
        one = spec.text("podCIDR")
        return cls(
            name=meta.name("name"),
            internal_ips=tuple(ip for kind, ip in addresses if kind == "InternalIP"),
            external_ips=tuple(ip for kind, ip in addresses if kind == "ExternalIP"),
            pod_cidrs=spec.texts("podCIDRs") or ((one,) if one else ()),
            labels=meta.pairs("labels"),
        )


@dataclass(frozen=True, slots=True)
class ServiceCidr:
    """A network from which ClusterIPs are given out (kube-proxy looks at it in nftables mode)."""

    name: str
    cidrs: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> ServiceCidr:
        """Read a ``networking.k8s.io/v1`` ServiceCIDR.  Raises ``FieldError``."""
        top = Fields.of_object(obj, "ServiceCIDR")
        return cls(top.section("metadata").name("name"), top.section("spec").texts("cidrs"))
