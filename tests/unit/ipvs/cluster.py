"""A small cluster for the tests of IPVS mode: two nodes, a few Services."""

from __future__ import annotations

from labkit.ipvs import read_table
from labkit.kubeproxy.config import KubeProxyConfig
from labkit.kubeproxy.ipvs import IpvsTexts, ipvs_texts
from labkit.model.service import (
    Endpoint,
    EndpointPort,
    EndpointSlice,
    LoadBalancerIngress,
    NodeInfo,
    Service,
    ServicePort,
)
from labkit.netfilter.ipvsnode import IpvsNode

NODE = NodeInfo("worker", internal_ips=("172.18.0.3",))
CONFIG = KubeProxyConfig(mode="ipvs", cluster_cidrs=("10.244.0.0/16",))
ELSEWHERE, HERE, ALSO_HERE = "10.244.0.5", "10.244.1.5", "10.244.1.6"

WEB = Service(
    "web",
    type="LoadBalancer",
    cluster_ip="10.96.0.10",
    ports=(ServicePort(80, "http", node_port=30080),),
    external_ips=("1.2.3.4",),
    load_balancer_ingress=(LoadBalancerIngress("5.6.7.8"),),
    load_balancer_source_ranges=("9.0.0.0/8", "7.7.7.7/32"),
)
LOCAL = Service(
    "local",
    type="NodePort",
    cluster_ip="10.96.0.11",
    ports=(ServicePort(80, "x", node_port=30081),),
    external_traffic_policy="Local",
    external_ips=("1.2.3.5",),
)
FAR = Service(
    "far",
    type="NodePort",
    cluster_ip="10.96.0.12",
    ports=(ServicePort(80, "x", node_port=30082),),
    external_traffic_policy="Local",
)
NAMES = Service(
    "names",
    cluster_ip="10.96.0.13",
    ports=(ServicePort(53, "dns", protocol="UDP"),),
    session_affinity="ClientIP",
)
EMPTY = Service("empty", cluster_ip="10.96.0.14", ports=(ServicePort(80, "x"),))
SIGNAL = Service(
    "signal",
    type="NodePort",
    cluster_ip="10.96.0.15",
    ports=(ServicePort(80, "x", protocol="SCTP", node_port=30083),),
    external_traffic_policy="Local",
)
SERVICES = (WEB, LOCAL, FAR, NAMES, EMPTY, SIGNAL)


def slice_of(service: Service, port: int, *ips: str) -> EndpointSlice:
    """One slice of a Service; Pods of 10.244.1.0/24 are on this node."""
    named = service.ports[0]
    return EndpointSlice(
        name=f"{service.name}-a",
        namespace="default",
        service_name=service.name,
        address_type="IPv4",
        ports=(EndpointPort(name=named.name, port=port, protocol=named.protocol),),
        endpoints=tuple(
            Endpoint(addresses=(ip,), node_name="worker" if ip.startswith("10.244.1.") else "other")
            for ip in ips
        ),
    )


SLICES = (
    slice_of(WEB, 8080, ELSEWHERE, HERE, ALSO_HERE),
    slice_of(LOCAL, 8080, ELSEWHERE, HERE, ALSO_HERE),
    slice_of(FAR, 8080, ELSEWHERE),
    slice_of(NAMES, 53, ELSEWHERE, HERE),
    slice_of(SIGNAL, 80, ELSEWHERE, HERE),
)


def texts(scheduler: str = "rr", config: KubeProxyConfig = CONFIG) -> IpvsTexts:
    """What kube-proxy sets up on the worker."""
    return ipvs_texts(NODE, SERVICES, SLICES, config, scheduler=scheduler)


def node(scheduler: str = "rr") -> IpvsNode:
    """The worker with all of that, read from the texts."""
    made = texts(scheduler)
    return IpvsNode(
        read_table(made.servers, made.names),
        sets=made.sets,
        rules=made.saved,
        addresses=("172.18.0.3",),
    )
