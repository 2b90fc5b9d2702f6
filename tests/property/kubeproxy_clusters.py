"""Random clusters for Hypothesis: Services of every kind, with slices that fit or do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import strategies as st

from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.ports import cluster_ip
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.packet import Packet
from labkit.model.service import (
    Endpoint,
    EndpointPort,
    EndpointSlice,
    LoadBalancerIngress,
    NodeInfo,
    Service,
    ServicePort,
)

NODES = ("node-1", "node-2", "node-3")
ZONES = ("zone-a", "zone-b")
NETWORK = {
    "ipv4": {
        "pod": "10.244.{}.{}",
        "service": "10.96.0.{}",
        "outside": "203.0.113.{}",
        "node": "192.168.0.2",
        "cidr": "10.244.0.0/16",
        "ranges": ("0.0.0.0/0", "192.168.0.0/24", "198.51.100.7/24", "203.0.113.9/32"),
    },
    "ipv6": {
        "pod": "fd00:{}::{}",
        "service": "fd96::{}",
        "outside": "2001:db8:9::{}",
        "node": "2001:db8::2",
        "cidr": "fd00::/16",
        "ranges": ("::/0", "2001:db8::/64", "2001:db8:7::1/48", "2001:db8:8::1/128"),
    },
}


@dataclass(frozen=True)
class Cluster:
    """A kube-proxy and what it is told."""

    proxy: KubeProxy
    services: tuple[Service, ...]
    slices: tuple[EndpointSlice, ...]


def hosts(family: str, *, nfacct: bool) -> st.SearchStrategy[KubeProxy]:
    """A kube-proxy on node-1 with a random configuration; ``nfacct`` False: never counters."""
    net = NETWORK[family]
    config = st.builds(
        KubeProxyConfig,
        cluster_cidrs=st.sampled_from([(), (net["cidr"],), (net["cidr"],), (net["ranges"][0],)]),
        detect_local_mode=st.sampled_from(
            ["ClusterCIDR", "ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"]
        ),
        bridge_interface=st.just("cbr0"),
        interface_name_prefix=st.just("veth"),
        masquerade_all=st.booleans(),
        masquerade_bit=st.sampled_from([0, 14, 15, 31]),
        localhost_node_ports=st.booleans(),
        node_port_addresses=st.sampled_from(
            [
                (),
                ("primary",),
                (net["ranges"][1],),
                ("127.0.0.0/8", "192.168.0.0/24"),
                ("0.0.0.0/0",),
            ]
        ),
    )
    facts = st.builds(
        HostFacts,
        nfacct=st.booleans() if nfacct else st.just(False),
        random_fully=st.booleans(),
        tcp_be_liberal=st.booleans(),
    )
    node = NodeInfo(
        "node-1",
        internal_ips=(net["node"],),
        pod_cidrs=(net["pod"].format(1, 0) + ("/24" if family == "ipv4" else "/64"),),
        labels=(("topology.kubernetes.io/zone", "zone-a"),),
    )
    return st.builds(
        KubeProxy,
        st.just(node),
        config,
        facts,
        st.just(family),
        st.sampled_from(["legacy", "nft"]),
    )


@st.composite
def service(draw: st.DrawFn, index: int, family: str) -> Service:
    """A Service with its own addresses and ports, so that no two of a cluster collide."""
    net = NETWORK[family]
    count = draw(st.integers(0, 3))
    outside = [net["outside"].format(10 * index + n) for n in range(3)]
    affinity = draw(st.sampled_from(["None", "None", "ClientIP"]))
    type_ = draw(
        st.sampled_from(
            ["ClusterIP", "ClusterIP", "NodePort", "LoadBalancer", "LoadBalancer", "ExternalName"]
        )
    )
    return Service(
        name=f"svc-{index}",
        namespace=draw(st.sampled_from(["default", "shop"])),
        type=type_,
        cluster_ip=draw(st.sampled_from([net["service"].format(index + 1)] * 5 + ["None", ""])),
        ports=tuple(
            ServicePort(
                port=draw(st.sampled_from([80, 443, 5353])) + n,
                name=f"p{n}" if count > 1 else "",
                protocol=draw(st.sampled_from(["TCP", "TCP", "UDP", "SCTP"])),
                node_port=(
                    30000 + 10 * index + n
                    if type_ in ("NodePort", "LoadBalancer") and draw(st.booleans())
                    else 0
                ),
            )
            for n in range(count)
        ),
        session_affinity=affinity,
        session_affinity_timeout=draw(st.sampled_from([1, 120, 10800])),
        internal_traffic_policy=draw(st.sampled_from(["Cluster", "Local"])),
        external_traffic_policy=draw(st.sampled_from(["Cluster", "Local"])),
        external_ips=tuple(draw(st.sampled_from([[], [], outside[:1], [*outside[1:2], "x"]]))),
        load_balancer_ingress=(
            (LoadBalancerIngress(outside[2], ip_mode=draw(st.sampled_from(["VIP", "Proxy"]))),)
            if type_ == "LoadBalancer" and draw(st.booleans())
            else ()
        ),
        load_balancer_source_ranges=tuple(
            draw(st.lists(st.sampled_from(net["ranges"]), max_size=2, unique=True))
        ),
        health_check_node_port=32000 + index,
    )


@st.composite
def endpoint(draw: st.DrawFn, family: str) -> Endpoint:
    """An endpoint from a small pool of addresses, so that slices overlap."""
    pod = NETWORK[family]["pod"]
    node = draw(st.integers(1, 3))
    return Endpoint(
        addresses=(pod.format(node, draw(st.integers(1, 12))),),
        ready=draw(st.sampled_from([True, True, False])),
        serving=draw(st.booleans()),
        terminating=draw(st.booleans()),
        node_name=NODES[node - 1],
        zone=ZONES[node % 2],
        zone_hints=draw(st.sampled_from([(), (ZONES[0],), (ZONES[1],)])),
        node_hints=draw(st.sampled_from([(), (), (NODES[node - 1],)])),
    )


@st.composite
def slices_for(draw: st.DrawFn, owner: Service, family: str) -> tuple[EndpointSlice, ...]:
    """Up to two slices with the Service's ports, under their names."""
    return tuple(
        EndpointSlice(
            name=f"{owner.name}-{number}",
            namespace=owner.namespace,
            service_name=owner.name,
            address_type="IPv6" if family == "ipv6" else "IPv4",
            endpoints=tuple(draw(st.lists(endpoint(family), max_size=4))),
            ports=tuple(
                EndpointPort(8080 + n, port.name, port.protocol)
                for n, port in enumerate(owner.ports)
            ),
        )
        for number in range(draw(st.integers(0, 2)))
    )


@st.composite
def objects(draw: st.DrawFn, family: str) -> tuple[tuple[Service, ...], tuple[EndpointSlice, ...]]:
    """Some Services and their slices."""
    indices = draw(st.lists(st.integers(0, 4), max_size=4, unique=True))
    services = tuple(draw(service(index, family)) for index in indices)
    slices = tuple(one for owner in services for one in draw(slices_for(owner, family)))
    return services, slices


@st.composite
def clusters(draw: st.DrawFn, *, nfacct: bool = True) -> Cluster:
    """A kube-proxy of either family with random objects."""
    family = draw(st.sampled_from(["ipv4", "ipv6"]))
    services, slices = draw(objects(family))
    return Cluster(draw(hosts(family, nfacct=nfacct)), services, slices)


def probes(services: tuple[Service, ...], family: str) -> Iterator[tuple[Packet, str]]:
    """First packets to every address and port of the Services, and beside them."""
    net = NETWORK[family]
    clients = (net["pod"].format(1, 200), net["outside"].format(201))
    own = net["node"]
    for service in services:
        address = cluster_ip(service, family)  # type: ignore[arg-type]
        for port in service.ports:
            proto = port.protocol.lower()
            goals = [(address, port.port), (address, port.port + 1000)] if address else []
            goals += [(ip, port.port) for ip in service.external_ips if ip != "x"]
            goals += [(one.ip, port.port) for one in service.load_balancer_ingress]
            goals += [(own, port.node_port)] if port.node_port else []
            for goal, number in goals:
                for client in clients:
                    yield Packet(client, goal, proto, 40000, number), "prerouting"
                yield Packet(own, goal, proto, 40000, number), "output"
