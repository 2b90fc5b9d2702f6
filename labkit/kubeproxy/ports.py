"""What kube-proxy sees of a Service: one entry per port and family.

Follows ``newBaseServiceInfo`` and ``ServicePortInfo`` (``pkg/proxy/serviceport.go``) and
``ShouldSkipService`` and ``GetClusterIPByFamily`` (``pkg/proxy/util/utils.go``).
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit.kubeproxy import names
from labkit.kubeproxy.addresses import (
    KUBERNETES_FAMILY,
    Family,
    Network,
    ips_of_family,
    networks_of_family,
)
from labkit.model.service import Service, ServicePort

PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name"
HEADLESS_LABEL = "service.kubernetes.io/headless"
"""Services and slices with either label never reach kube-proxy (its watches leave them out)."""


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One port of one Service in one family.

    ``name`` is ``ns/name:port`` and ``protocol`` lower case, as in the rules.
    ``affinity_seconds`` is 0 without session affinity.
    """

    service_key: str
    port_name: str
    name: str
    protocol: str
    cluster_ip: str
    port: int
    node_port: int
    external_ips: tuple[str, ...]
    load_balancer_vips: tuple[str, ...]
    source_ranges: tuple[Network, ...]
    health_check_node_port: int
    affinity_seconds: int
    external_local: bool
    internal_local: bool

    @property
    def externally_accessible(self) -> bool:
        """Whether anything but the ClusterIP leads to it."""
        return bool(self.node_port or self.load_balancer_vips or self.external_ips)

    @property
    def uses_cluster_endpoints(self) -> bool:
        """Whether traffic ever goes to endpoints of the whole cluster.

        External traffic policy Local needs them too, for the short cut of local clients.
        """
        return not self.internal_local or self.externally_accessible

    @property
    def uses_local_endpoints(self) -> bool:
        """Whether traffic ever goes to endpoints of this node only."""
        return self.internal_local or (self.external_local and self.externally_accessible)

    def chain(self, prefix: str) -> str:
        """The name of one of its chains."""
        return names.service_chain(prefix, self.name, self.protocol)


def is_watched(labels: tuple[tuple[str, str], ...]) -> bool:
    """Whether an object with these labels reaches kube-proxy at all."""
    return not {PROXY_NAME_LABEL, HEADLESS_LABEL} & {name for name, _ in labels}


def is_served(service: Service) -> bool:
    """Whether the Service has rules: not without ClusterIP, headless, or ExternalName."""
    return (
        is_watched(service.labels)
        and service.cluster_ip not in ("", "None")
        and service.type != "ExternalName"
    )


def cluster_ip(service: Service, family: Family) -> str:
    """The ClusterIP of one family in canonical spelling, ``""`` if there is none."""
    candidates: tuple[str, ...] = (service.cluster_ip,)
    if service.ip_families:
        pairs = zip(service.ip_families, service.cluster_ips or candidates, strict=False)
        candidates = tuple(ip for named, ip in pairs if named == KUBERNETES_FAMILY[family])
    found = ips_of_family(candidates, family)
    return found[0] if found else ""


def port_infos(service: Service, family: Family) -> tuple[PortInfo, ...]:
    """One entry per port, in the order of the Service; empty if it is passed over."""
    address = cluster_ip(service, family) if is_served(service) else ""
    if not address:
        return ()
    return tuple(_port_info(service, port, address, family) for port in service.ports)


def _port_info(service: Service, port: ServicePort, address: str, family: Family) -> PortInfo:
    ingress = [item.ip for item in service.load_balancer_ingress if item.ip_mode == "VIP"]
    sticky = service.session_affinity == "ClientIP"
    external_local = _external_policy_local(service)
    return PortInfo(
        service_key=service.key,
        port_name=port.name,
        name=names.service_port_name(service.key, port.name),
        protocol=port.protocol.lower(),
        cluster_ip=address,
        port=port.port,
        node_port=port.node_port,
        external_ips=ips_of_family(service.external_ips, family),
        load_balancer_vips=ips_of_family(ingress, family),
        source_ranges=networks_of_family(service.load_balancer_source_ranges, family),
        health_check_node_port=(
            service.health_check_node_port
            if service.type == "LoadBalancer" and external_local
            else 0
        ),
        affinity_seconds=service.session_affinity_timeout if sticky else 0,
        external_local=external_local,
        internal_local=service.internal_traffic_policy == "Local",
    )


def _external_policy_local(service: Service) -> bool:
    """``externalTrafficPolicy: Local``, which counts only where traffic can come from outside."""
    outside = service.type in ("NodePort", "LoadBalancer") or (
        service.type == "ClusterIP" and bool(service.external_ips)
    )
    return outside and service.external_traffic_policy == "Local"
