"""Rulesets to measure with: what kube-proxy writes for so many Services and endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.kubeproxy.config import KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import Endpoint, EndpointPort, EndpointSlice, Service, ServicePort

VIP = "10.96.0.0"


def kube_rules(services: int, endpoints: int) -> str:
    """What iptables-save prints, without the nfacct match (its objects are not everywhere)."""
    proxy = KubeProxy("node", KubeProxyConfig(cluster_cidrs=("10.244.0.0/16",)))
    text = proxy.save_text(*cluster(services, endpoints))
    return "".join(f"{line}\n" for line in text.splitlines() if "-m nfacct" not in line)


def cluster(services: int, endpoints: int) -> tuple[list[Service], list[EndpointSlice]]:
    """So many Services with so many endpoints each, and their slices."""
    return (
        [_service(i) for i in range(services)],
        [slice_of(i, endpoints) for i in range(services)],
    )


def address_of(number: int) -> str:
    """The cluster IP of a Service."""
    return f"10.{96 + number // 65536}.{number // 256 % 256}.{number % 256}"


def _service(number: int) -> Service:
    return Service(
        f"svc-{number}",
        cluster_ip=address_of(number),
        ports=(ServicePort(80, "http", target_port=8080),),
    )


def slice_of(number: int, count: int) -> EndpointSlice:
    """The slice of one Service."""
    return EndpointSlice(
        f"svc-{number}-a",
        service_name=f"svc-{number}",
        ports=(EndpointPort(8080, "http"),),
        endpoints=tuple(Endpoint((ip,), node_name="node") for ip in _pods(number, count)),
    )


def _pods(number: int, count: int) -> Iterator[str]:
    for i in range(number * count, (number + 1) * count):
        yield f"10.244.{i // 250 % 250}.{1 + i % 250}"
