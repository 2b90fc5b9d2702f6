"""Services, as sig-network's service.go uses them."""

from __future__ import annotations

import time

import pytest

from tests.conformance.agnhost import exec_pod, sh
from tests.conformance.rest import STRATEGIC, Api, Body
from tests.conformance.services import HOSTNAME_PORT, Jig, node_addresses
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

HTTP = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": HOSTNAME_PORT}
SAME = 15
"""So many answers in a row from one Pod are affinity; by chance one in seven million of three."""


@pytest.mark.conformance("service", "should serve a basic endpoint from pods")
def test_endpoints_follow_the_pods(api: Api, cluster: Cluster, namespace: str) -> None:
    """Endpoints, slices and traffic know each Pod that comes and goes."""
    jig = Jig(api, cluster, namespace, "endpoint-test2")
    service = jig.create(ports=[{"port": 80, "protocol": "TCP"}])
    jig.endpoints({})
    jig.serve("pod1", 80)
    jig.endpoints({"pod1": [80]})
    exec_pod(api, namespace)
    jig.reach(service, "execpod")
    jig.serve("pod2", 80)
    jig.endpoints({"pod1": [80], "pod2": [80]})
    jig.reach(service, "execpod")
    jig.remove("pod1")
    jig.endpoints({"pod2": [80]})
    jig.reach(service, "execpod")
    jig.remove("pod2")
    jig.endpoints({})


@pytest.mark.conformance("service", "should serve multiport endpoints from pods")
def test_ports_by_the_names_that_pods_give_them(api: Api, cluster: Cluster, namespace: str) -> None:
    """Each Pod stands behind the port whose name it knows, and behind no other."""
    jig = Jig(api, cluster, namespace, "multi-endpoint-test")
    ports = [
        {"name": "portname1", "port": 80, "targetPort": "svc1"},
        {"name": "portname2", "port": 81, "targetPort": "svc2"},
    ]
    service = jig.create(ports=ports)
    jig.endpoints({})
    jig.serve("pod1", 100, "svc1")
    jig.endpoints({"pod1": [100]})
    jig.serve("pod2", 101, "svc2")
    jig.endpoints({"pod1": [100], "pod2": [101]})
    exec_pod(api, namespace)
    jig.reach(service, "execpod")
    jig.remove("pod1")
    jig.endpoints({"pod2": [101]})


@pytest.mark.conformance("service", "should serve endpoints on same port and different protocols")
def test_one_port_by_tcp_and_by_udp(api: Api, cluster: Cluster, namespace: str) -> None:
    """A number is served by both protocols; each can be moved to other Pods, or taken away."""
    jig = Jig(api, cluster, namespace, "multiprotocol-test")
    tcp = {"name": "tcp-port", "port": 80, "protocol": "TCP", "targetPort": HOSTNAME_PORT}
    udp = {"name": "udp-port", "port": 80, "protocol": "UDP", "targetPort": HOSTNAME_PORT}
    service = jig.create(ports=[tcp, udp])
    jig.pods(1)
    exec_pod(api, namespace)
    jig.reach(service, "execpod")
    for kept, lost in ((tcp, "-u"), (udp, "-t")):
        service = jig.update(lambda spec, kept=kept: spec.update(ports=[kept]))  # type: ignore[misc]
        jig.reach(service, "execpod")
        refused = f"echo hostName | nc {lost} -w 1 {service['spec']['clusterIP']} 80 || true"
        eventually(lambda asked=refused: sh(cluster, namespace, "execpod", asked) == "")  # type: ignore[misc]


@pytest.mark.conformance("service", "should be able to create a functioning NodePort service")
def test_a_node_port(api: Api, cluster: Cluster, namespace: str) -> None:
    """A NodePort is reached by name, by ClusterIP, and at every node, from a Pod and a node."""
    jig = Jig(api, cluster, namespace, "nodeport-test")
    service = jig.create(type="NodePort", ports=[HTTP])
    jig.pods(2)
    exec_pod(api, namespace)
    jig.reach(service, "execpod")
    exec_pod(api, namespace, "on-node", hostNetwork=True)
    port = service["spec"]["ports"][0]["nodePort"]
    for address in node_addresses(api):
        asked = f"echo hostName | nc -t -w 2 {address} {port}"
        assert sh(cluster, namespace, "on-node", asked)


@pytest.mark.conformance(
    "service", "should be able to change the type from ExternalName to ClusterIP"
)
@pytest.mark.conformance(
    "service", "should be able to change the type from ExternalName to NodePort"
)
@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort"])
def test_from_external_name(api: Api, cluster: Cluster, namespace: str, kind: str) -> None:
    """It gets an address, or that and a port of the nodes, and answers there."""
    jig = Jig(api, cluster, namespace, "externalname-service")
    jig.create(type="ExternalName", externalName="foo.example.com")
    assert not api.get(jig.path)["spec"].get("clusterIP")

    def change(spec: Body) -> None:
        spec.pop("externalName")
        spec.update(type=kind, ports=[HTTP])

    service = jig.update(change)
    assert service["spec"]["type"] == kind
    jig.pods(2)
    exec_pod(api, namespace)
    jig.reach(service, "execpod")


@pytest.mark.conformance(
    "service", "should be able to change the type from ClusterIP to ExternalName"
)
@pytest.mark.conformance(
    "service", "should be able to change the type from NodePort to ExternalName"
)
@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort"])
def test_to_external_name(api: Api, cluster: Cluster, namespace: str, kind: str) -> None:
    """Address and node port are given back, and the name leads to another Service."""
    jig = Jig(api, cluster, namespace, "a-service")
    before = jig.create(type=kind, ports=[HTTP])["spec"]
    other = Jig(api, cluster, namespace, "externalsvc")
    other.create(ports=[{"port": 80, "targetPort": HOSTNAME_PORT}])
    other.pods(2, "--http=true")
    name = f"externalsvc.{namespace}.svc.cluster.local"
    service = jig.update(lambda spec: spec.update(type="ExternalName", externalName=name))
    assert "clusterIP" not in service["spec"]
    assert "clusterIPs" not in service["spec"]
    assert not any(port.get("nodePort") for port in service["spec"]["ports"])
    exec_pod(api, namespace)
    jig.reach(service, "execpod")
    taken = api.ask(
        "POST",
        f"/api/v1/namespaces/{namespace}/services",
        {"metadata": {"name": "heir"}, "spec": {"clusterIP": before["clusterIP"], "ports": [HTTP]}},
    )
    assert taken.status == 201, "the address is free again"


def _affinity(jig: Jig, kind: str) -> tuple[str, int]:
    """A Service of three Pods with affinity; where it is asked."""
    port = {"port": 80, "targetPort": HOSTNAME_PORT, "protocol": "TCP"}
    jig.create(type=kind, sessionAffinity="ClientIP", ports=[port])
    service = jig.api.get(jig.path)
    assert service["spec"]["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    jig.pods(3, "--http=true")
    exec_pod(jig.api, jig.namespace, "execpod-affinity")
    if kind == "NodePort":
        return node_addresses(jig.api)[0], service["spec"]["ports"][0]["nodePort"]
    return service["spec"]["clusterIP"], 80


def _asked(jig: Jig, where: tuple[str, int]) -> list[str]:
    curl = f"curl -q -s --connect-timeout 2 http://{where[0]}:{where[1]}/"
    command = f"for i in $(seq 0 {SAME}); do echo; {curl} ; done"
    said = sh(jig.cluster, jig.namespace, "execpod-affinity", command)
    return [line.strip() for line in said.split("\n") if line.strip()]


def _sticks(jig: Jig, where: tuple[str, int]) -> bool:
    hosts = _asked(jig, where)
    return len(hosts) == SAME + 1 and len(set(hosts)) == 1


KINDS = pytest.mark.parametrize("kind", ["ClusterIP", "NodePort"])


@pytest.mark.conformance(
    "service", "should have session affinity work for service with type clusterIP [LinuxOnly]"
)
@pytest.mark.conformance(
    "service", "should have session affinity work for NodePort service [LinuxOnly]"
)
@pytest.mark.conformance(
    "service",
    "should be able to switch session affinity for service with type clusterIP [LinuxOnly]",
)
@pytest.mark.conformance(
    "service", "should be able to switch session affinity for NodePort service [LinuxOnly]"
)
@KINDS
def test_affinity_on_off_and_on(api: Api, cluster: Cluster, namespace: str, kind: str) -> None:
    """With ClientIP one Pod answers all, without it several do, and with it one again."""
    jig = Jig(api, cluster, namespace, "affinity")
    where = _affinity(jig, kind)
    eventually(lambda: _sticks(jig, where))
    assert _sticks(jig, where)

    def off(spec: Body) -> None:
        spec["sessionAffinity"] = "None"  # the configuration stays, as a Go client leaves it

    def on(spec: Body) -> None:
        spec["sessionAffinity"] = "ClientIP"

    jig.update(off)
    eventually(lambda: len(set(_asked(jig, where))) > 1)
    jig.update(on)
    eventually(lambda: _sticks(jig, where))
    assert _sticks(jig, where)


@pytest.mark.conformance("service", "should complete a service status lifecycle")
def test_the_status_of_a_service(api: Api, namespace: str) -> None:
    """Its status is read, patched and updated by its own path; a watch sees each step.  No one here
    serves its class, so that nothing but the client writes the status."""
    where = f"/api/v1/namespaces/{namespace}/services"
    label = "test-service-static=true"
    since = api.get("/api/v1/services", labelSelector=label)["metadata"]["resourceVersion"]
    port = {"name": "http", "protocol": "TCP", "port": 80, "targetPort": 80}
    labels = {"test-service-static": "true"}
    spec = {"type": "LoadBalancer", "loadBalancerClass": "example.com/internal-vip"}
    made = {"metadata": {"name": "one", "labels": labels}, "spec": {**spec, "ports": [port]}}
    with api.watch(where, labelSelector=label, resourceVersion=since) as events:
        api.post(where, made)
        assert next(events)["type"] == "ADDED"
        assert api.get(f"{where}/one/status")["status"] == {"loadBalancer": {}}
        balancer = {"ingress": [{"ip": "203.0.113.1"}]}
        change = {
            "metadata": {"annotations": {"patchedstatus": "true"}},
            "status": {"loadBalancer": balancer},
        }
        api.patch(f"{where}/one/status", change)
        seen = next(events)["object"]
        assert seen["metadata"]["annotations"] == {"patchedstatus": "true"}
        assert seen["status"]["loadBalancer"]["ingress"] == [{"ip": "203.0.113.1", "ipMode": "VIP"}]
        service = api.get(f"{where}/one")
        service["status"]["conditions"] = [
            {
                "type": "StatusUpdate", "status": "True", "lastTransitionTime": None,
                "reason": "E2E", "message": "Set from e2e test",
            }
        ]  # fmt: skip
        api.put(f"{where}/one/status", service)
        assert next(events)["object"]["status"]["conditions"][0]["reason"] == "E2E"
        empty: Body = {
            "metadata": {"creationTimestamp": None, "labels": {"test-service": "patched"}}
        }
        empty |= {"spec": {}, "status": {"loadBalancer": {}}}
        api.patch(f"{where}/one", empty, STRATEGIC)
        assert next(events)["object"]["metadata"]["labels"]["test-service"] == "patched"
        api.delete(f"{where}/one")
        assert next(events)["type"] == "DELETED"


def test_a_status_that_is_refused(api: Api, namespace: str) -> None:
    """Only a load balancer has ingress points, and each is an address or a DNS name."""
    where = f"/api/v1/namespaces/{namespace}/services"
    for name, kind in (("plain", "ClusterIP"), ("balanced", "LoadBalancer")):
        api.post(where, {"metadata": {"name": name}, "spec": {"type": kind, "ports": [HTTP]}})
    for name, point, field in (
        ("plain", {"ip": "203.0.113.1"}, ""),
        ("balanced", {"ip": "203.0.113"}, "[0].ip"),
        ("balanced", {"hostname": "203.0.113.1"}, "[0].hostname"),
        ("balanced", {"hostname": "lb.example.com", "ipMode": "VIP"}, "[0].ipMode"),
        ("balanced", {"ip": "203.0.113.1", "ipMode": "Both"}, "[0].ipMode"),
    ):
        change = {"status": {"loadBalancer": {"ingress": [point]}}}
        path = f"{where}/{name}/status"
        refused = api.ask("PATCH", path, change, "application/merge-patch+json")
        assert (refused.status, refused.body["reason"]) == (422, "Invalid"), point
        fields = [cause["field"] for cause in refused.body["details"]["causes"]]
        assert fields == [f"status.loadBalancer.ingress{field}"]


def test_what_no_longer_applies(api: Api, namespace: str) -> None:
    """Whoever is no load balancer any more has no points, no class and no policy of one."""
    where = f"/api/v1/namespaces/{namespace}/services"
    spec = {"type": "LoadBalancer", "loadBalancerClass": "example.com/lb", "ports": [HTTP]}
    api.post(where, {"metadata": {"name": "one"}, "spec": spec})
    points = {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}}}
    api.patch(f"{where}/one/status", points)
    changed = api.patch(f"{where}/one", {"spec": {"type": "ClusterIP"}})
    assert changed["status"] == {"loadBalancer": {}}
    gone = {"loadBalancerClass", "allocateLoadBalancerNodePorts", "externalTrafficPolicy"}
    assert not gone & set(changed["spec"])
    assert "nodePort" not in changed["spec"]["ports"][0]
    outside = api.patch(f"{where}/one", {"spec": {"externalIPs": ["192.0.2.1"]}})
    assert outside["spec"]["externalTrafficPolicy"] == "Cluster"
    inside = api.patch(f"{where}/one", {"spec": {"externalIPs": None}})
    assert "externalTrafficPolicy" not in inside["spec"]


def test_node_ports_that_nobody_chose(api: Api, namespace: str) -> None:
    """One number by TCP and by UDP is one node port; a balancer that wants local endpoints gets a
    port for health checks, and keeps it."""
    where = f"/api/v1/namespaces/{namespace}/services"
    ports = [{"name": kind, "port": 53, "protocol": kind.upper()} for kind in ("tcp", "udp")]
    ports.append({"name": "other", "port": 54, "protocol": "TCP"})
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": ports}
    made = api.post(where, {"metadata": {"name": "dns"}, "spec": spec})["spec"]
    tcp, udp, other = (port["nodePort"] for port in made["ports"])
    health = made["healthCheckNodePort"]
    assert tcp == udp
    assert len({tcp, other, health}) == 3
    again = api.put(f"{where}/dns", {"metadata": {"name": "dns"}, "spec": spec})["spec"]
    assert (again["ports"], again["healthCheckNodePort"]) == (made["ports"], health)
    greedy = {**spec, "healthCheckNodePort": health}
    taken = api.ask("POST", where, {"metadata": {"name": "greedy"}, "spec": greedy})
    assert taken.body["details"]["causes"][0]["field"] == "spec.healthCheckNodePort"
    change = {"spec": {"healthCheckNodePort": health - 1 if health > 30000 else 30001}}
    refused = api.ask("PATCH", f"{where}/dns", change, "application/merge-patch+json")
    assert refused.body["details"]["causes"][0]["field"] == "spec.healthCheckNodePort"
    changed = api.patch(f"{where}/dns", {"spec": {"externalTrafficPolicy": "Cluster"}})
    assert "healthCheckNodePort" not in changed["spec"]
    chosen = [{"name": "a", "port": 1, "protocol": "TCP"}]
    chosen.append({"name": "b", "port": 1, "protocol": "UDP", "nodePort": 30123})  # type: ignore[dict-item]
    body = {"metadata": {"name": "chosen"}, "spec": {"type": "NodePort", "ports": chosen}}
    assert [port["nodePort"] for port in api.post(where, body)["spec"]["ports"]] == [30123, 30123]


@pytest.mark.conformance("service", "should delete a collection of services")
def test_a_collection_of_services(api: Api, namespace: str) -> None:
    """DELETE with a label selector takes those that match, and no others."""
    where = f"/api/v1/namespaces/{namespace}/services"
    for number in range(3):
        labels = {"svc-label": "value" if number else "other"}
        spec = {"ports": [{"port": 80}], "selector": {"a": "b"}}
        api.post(where, {"metadata": {"name": f"s{number}", "labels": labels}, "spec": spec})
    assert len(api.get(where)["items"]) == 3
    answer = api.delete(where, labelSelector="svc-label=value")
    assert answer["kind"] in ("ServiceList", "Status")
    eventually(lambda: [one["metadata"]["name"] for one in api.get(where)["items"]] == ["s0"])


@pytest.mark.conformance("service", "should find a service from listing all namespaces")
def test_services_of_all_namespaces(api: Api) -> None:
    """``kubernetes`` in ``default`` is among all of the cluster."""
    found = {
        (one["metadata"]["namespace"], one["metadata"]["name"])
        for one in api.get("/api/v1/services")["items"]
    }
    assert ("default", "kubernetes") in found


@pytest.mark.conformance("service_latency", "should not be very high")
def test_endpoints_come_at_once(api: Api, namespace: str) -> None:
    """Two hundred Services for one Pod: a watch sees the endpoints of every one."""
    jig_pods = {
        "metadata": {"name": "pause", "labels": {"name": "svc-latency"}},
        "spec": {"containers": [{"name": "pause", "image": "registry.k8s.io/pause:3.10.1"}]},
    }
    where = f"/api/v1/namespaces/{namespace}"
    api.post(f"{where}/pods", jig_pods)
    eventually(lambda: api.get(f"{where}/pods/pause")["status"].get("podIP"))
    spec = {"selector": {"name": "svc-latency"}, "ports": [{"port": 80, "protocol": "TCP"}]}
    missing = set()
    with api.watch(f"{where}/endpoints", timeout=60) as events:
        for _ in range(200):
            made = api.post(
                f"{where}/services", {"metadata": {"generateName": "latency-svc-"}, "spec": spec}
            )
            missing.add(made["metadata"]["name"])
        end = time.monotonic() + 50
        for event in events:
            if any(subset.get("addresses") for subset in event["object"].get("subsets") or []):
                missing.discard(event["object"]["metadata"]["name"])
            if not missing or time.monotonic() > end:
                break
    assert not missing
