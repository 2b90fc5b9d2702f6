"""Counts and cases that kube-proxy's documents promise."""

from __future__ import annotations

import pytest

from labkit.kubeproxy.config import HostFacts, KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.model.service import (
    Endpoint,
    EndpointPort,
    EndpointSlice,
    LoadBalancerIngress,
    NodeInfo,
    Service,
    ServicePort,
)
from tests.golden.kubeproxy.ruletext import chains

PROXY = KubeProxy(
    NodeInfo("node-1", internal_ips=("192.168.0.2",)),
    KubeProxyConfig(cluster_cidrs=("10.244.0.0/16",)),
)


def web(number: int = 1, **fields: object) -> Service:
    """A Service with one port."""
    values: dict[str, object] = {
        "cluster_ip": f"10.96.0.{number}",
        "ports": (ServicePort(80),),
        **fields,
    }
    return Service(f"web-{number}", **values)  # type: ignore[arg-type]


def slice_of(service: Service, *endpoints: Endpoint) -> EndpointSlice:
    """Its only slice."""
    return EndpointSlice(
        f"{service.name}-1",
        service_name=service.name,
        endpoints=endpoints,
        ports=(EndpointPort(8080),),
    )


def at(number: int, node: str = "node-1", **fields: object) -> Endpoint:
    """A ready endpoint."""
    address = f"10.244.{number // 250}.{number % 250}"
    return Endpoint((address,), node_name=node, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("services", "endpoints", "nat", "filtered"),
    [(0, 0, 5, 4), (1, 0, 5, 5), (10, 0, 5, 14), (1, 1, 10, 4), (1, 10, 37, 4), (10, 10, 325, 4)],
)
def test_number_of_rules(services: int, endpoints: int, nat: int, filtered: int) -> None:
    """ClusterIP Services cost what kube-proxy's own test of rule counts pins down:
    5 + S(2 + 3E) rules in nat, and one in filter for each Service without endpoints."""
    all_services = [web(number) for number in range(1, services + 1)]
    slices = [slice_of(one, *(at(n) for n in range(endpoints))) for one in all_services]
    found = chains(PROXY.restore_text(all_services, slices))
    counts = {
        table: sum(len(lines) for (where, _), lines in found.items() if where == table)
        for table in ("nat", "filter")
    }
    assert counts == {"nat": nat, "filter": filtered}


def lines_with(word: str, *objects: Service | EndpointSlice, proxy: KubeProxy = PROXY) -> list[str]:
    """The rules of a full sync that contain a word."""
    services = [item for item in objects if isinstance(item, Service)]
    slices = [item for item in objects if isinstance(item, EndpointSlice)]
    return [line for line in proxy.restore_text(services, slices).splitlines() if word in line]


def test_the_thousandth_endpoint_still_has_its_comment() -> None:
    """Beyond 1,000 endpoints, unready ones included, the comments of endpoints are left out."""
    service = web()
    small = slice_of(service, *(at(n, ready=n < 10) for n in range(1000)))
    large = slice_of(service, *(at(n, ready=n < 10) for n in range(1001)))
    assert len(lines_with("-> 10.244", service, small)) == 10
    assert lines_with("-> 10.244", service, large) == []
    assert len(lines_with("-j DNAT", service, large)) == 10


def test_a_source_range_around_the_node_lets_the_node_in_by_its_vip() -> None:
    """Where the node's own address is allowed, so is the VIP as a source."""
    fields = {
        "type": "LoadBalancer",
        "load_balancer_ingress": (LoadBalancerIngress("203.0.113.1"),),
    }
    near = web(load_balancer_source_ranges=("192.168.0.9/24",), **fields)
    far = web(load_balancer_source_ranges=("192.168.1.0/24",), **fields)
    ends = []
    for service in (near, far):
        lines = lines_with("-A KUBE-FW-", service, slice_of(service, at(1)))
        ends.append([line.partition('" ')[2].partition(" -j")[0] for line in lines])
    assert ends == [["-s 192.168.0.0/24", "-s 203.0.113.1", ""], ["-s 192.168.1.0/24", ""]]


def test_cluster_ip_with_external_ips_obeys_the_external_policy() -> None:
    """externalTrafficPolicy Local counts on a ClusterIP Service if it has external IPs."""
    service = web(external_traffic_policy="Local", external_ips=("203.0.113.1",))
    plain = web(external_traffic_policy="Local")
    remote = at(1, "node-2")
    assert lines_with("has no local endpoints", service, slice_of(service, remote))
    assert not lines_with("has no local endpoints", plain, slice_of(plain, remote))


@pytest.mark.parametrize(
    ("hints", "used"),
    [
        ({"node_hints": ("node-1",)}, 1),
        ({"node_hints": ("node-2",)}, 2),
        ({"node_hints": ()}, 2),
        ({"zone_hints": ("zone-a",)}, 1),
        ({"zone_hints": ("zone-b",)}, 2),
    ],
)
def test_hints_count_if_all_have_one_and_one_is_for_here(
    hints: dict[str, tuple[str, ...]], used: int
) -> None:
    """PreferSameNode and PreferSameZone (KEP-3015): else all endpoints are used."""
    other = dict.fromkeys(hints, ("elsewhere",))
    node = NodeInfo("node-1", labels=(("topology.kubernetes.io/zone", "zone-a"),))
    service = web()
    one = slice_of(service, at(1, **hints), at(2, **other))  # type: ignore[arg-type]
    assert len(lines_with("-j DNAT", service, one, proxy=KubeProxy(node))) == used


def test_same_node_goes_before_same_zone() -> None:
    """With hints of both kinds for this place the node's decide."""
    node = NodeInfo("node-1", labels=(("topology.kubernetes.io/zone", "zone-a"),))
    service = web()
    one = slice_of(
        service,
        at(1, node_hints=("node-1",), zone_hints=("zone-a",)),
        at(2, node_hints=("node-2",), zone_hints=("zone-a",)),
    )
    lines = lines_with("-j DNAT", service, one, proxy=KubeProxy(node))
    assert [line.rpartition(" ")[2] for line in lines] == ["10.244.0.1:8080"]


@pytest.mark.parametrize("label", ["service-proxy-name", "headless"])
def test_objects_for_another_proxy_are_not_seen(label: str) -> None:
    """kube-proxy's watches leave out Services and slices with either label."""
    labels = ((f"service.kubernetes.io/{label}", "mine"),)
    assert not lines_with("web-1", web(labels=labels))
    service = web()
    one = slice_of(service, at(1))
    foreign = EndpointSlice(
        one.name,
        one.namespace,
        one.service_name,
        one.address_type,
        one.endpoints,
        one.ports,
        labels,
    )
    assert lines_with("has no endpoints", service, foreign)


def test_a_hole_in_the_data_costs_only_itself() -> None:
    """Bad addresses, nameless ports and port 0 are passed over, the rest is served."""
    service = web(external_ips=("nonsense", "203.0.113.1"))
    one = EndpointSlice(
        "web-1-1",
        service_name="web-1",
        endpoints=(
            Endpoint(()),
            Endpoint(("10.244.0.x", "10.244.0.7")),
            Endpoint(("fd00::1",)),
            at(1),
        ),
        ports=(EndpointPort(8080), EndpointPort(0), EndpointPort(None), EndpointPort(1, None)),
    )
    assert len(lines_with("-j DNAT", service, one)) == 1
    assert len(lines_with("external IP", service, one)) == 1
    assert not lines_with("-j DNAT", web(), EndpointSlice("lost", endpoints=(at(1),)))


def test_an_external_name_has_no_rules_even_with_an_address() -> None:
    """Type ExternalName is passed over, whatever clusterIP an old object still holds."""
    assert lines_with("web-1", web())
    assert not lines_with("web-1", web(type="ExternalName"))


@pytest.mark.parametrize(
    ("type_", "policy", "rules"),
    [("LoadBalancer", "Local", 1), ("LoadBalancer", "Cluster", 0), ("NodePort", "Local", 0)],
)
def test_health_is_asked_for_by_load_balancers_with_local_policy(
    type_: str, policy: str, rules: int
) -> None:
    """healthCheckNodePort counts for type LoadBalancer with policy Local only."""
    service = web(type=type_, external_traffic_policy=policy, health_check_node_port=32000)
    assert len(lines_with("health check node port", service)) == rules


def test_local_policy_without_a_way_in_makes_no_chain() -> None:
    """A load balancer still pending, without NodePort, has nothing that could use SVL."""
    service = web(type="LoadBalancer", external_traffic_policy="Local")
    one = slice_of(service, at(1))
    assert lines_with("KUBE-SVC-", service, one)
    assert not lines_with("KUBE-SVL-", service, one)


def test_of_two_alike_the_local_endpoint_counts() -> None:
    """The same address in two slices is one endpoint, local if either says so."""
    service = web(internal_traffic_policy="Local")
    here, there = slice_of(service, at(1)), slice_of(service, at(1, "node-2"))
    for slices in ((here, there), (there, here)):
        assert len(lines_with("-j DNAT", service, *slices)) == 1


@pytest.mark.parametrize(
    ("cluster_ips", "families", "expected"),
    [
        (("10.96.0.1", "fd96::1"), ("IPv4", "IPv6"), ("10.96.0.1", "fd96::1")),
        (("fd96::1", "10.96.0.1"), ("IPv6", "IPv4"), ("10.96.0.1", "fd96::1")),
        (("fd96::1",), (), ("", "fd96::1")),
        (("10.96.0.1",), ("IPv4",), ("10.96.0.1", "")),
    ],
)
def test_each_family_takes_its_own_cluster_ip(
    cluster_ips: tuple[str, ...], families: tuple[str, ...], expected: tuple[str, str]
) -> None:
    """Dual stack: a kube-proxy of one family writes the ClusterIP of that family only."""
    service = web(cluster_ip=cluster_ips[0], cluster_ips=cluster_ips, ip_families=families)
    for family, address in zip(("ipv4", "ipv6"), expected, strict=True):
        proxy = KubeProxy("node-1", family=family)  # type: ignore[arg-type]
        lines = lines_with("has no endpoints", service, proxy=proxy)
        assert [line.partition(" -d ")[2].partition(" ")[0] for line in lines] == (
            [address] if address else []
        )


def test_counters_are_there_only_if_linux_has_them() -> None:
    """Without nfacct the rule for 127.0.0.1 and the counter of INVALID fall away."""
    service = web(type="NodePort", ports=(ServicePort(80, node_port=30080),))
    one = slice_of(service, at(1))
    assert len(lines_with("nfacct", service, one)) == 2
    without = KubeProxy("node-1", host=HostFacts(nfacct=False))
    assert lines_with("nfacct", service, one, proxy=without) == []
    assert len(lines_with("-A KUBE-NODEPORTS", service, one, proxy=without)) == 1
