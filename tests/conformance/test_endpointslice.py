"""EndpointSlices: made by the controller, by hand, and through every verb."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance import operations
from tests.conformance.pods import NGINX, agnhost, ask_until, endpoint_ports, exposing, running
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


def slices(api: Api, namespace: str, service: str) -> list[Body]:
    """The slices of a Service."""
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    found: list[Body] = api.get(path, labelSelector=f"{SERVICE_NAME}={service}")["items"]
    return found


@pytest.mark.conformance("endpointslice", "should support creating EndpointSlice API operations")
def test_every_verb(api: Api, namespace: str) -> None:
    """Discovery, create, get, list, watch, patch, update, delete and deletecollection."""
    resource = operations.Resource(
        api, "discovery.k8s.io", "endpointslices", "EndpointSlice",
        f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        f"special-label={namespace}",
    )  # fmt: skip
    operations.check_discovery(resource)
    made = operations.three(
        resource,
        lambda _: {
            "metadata": {"generateName": "slice-", "labels": {"special-label": namespace}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["1.2.3.4", "5.6.7.8"]}, {"addresses": ["2.2.3.4"]}],
            "ports": [],
        },
    )
    listed = operations.check_reads(resource, made)
    name = made[2]["metadata"]["name"]
    operations.check_changes(resource, name, listed["metadata"]["resourceVersion"])
    operations.check_deletions(resource, name)


@pytest.mark.conformance(
    "endpointslice",
    "should create and delete EndpointSlices for a Service with a selector that matches no pods",
)
def test_an_empty_slice(api: Api, namespace: str) -> None:
    """A Service that selects nothing has one slice of the controller's; both go together."""
    where = f"/api/v1/namespaces/{namespace}/services"
    api.post(where, exposing("example-empty-selector", {"matches": "nothing"}, "example"))
    (found,) = eventually(lambda: slices(api, namespace, "example-empty-selector"))
    assert found["metadata"]["labels"][MANAGED_BY] == "endpointslice-controller.k8s.io"
    assert not found["endpoints"]
    assert not found["ports"]
    api.delete(f"{where}/example-empty-selector")
    eventually(lambda: not slices(api, namespace, "example-empty-selector"))


@pytest.mark.conformance(
    "endpointslice", "should create Endpoints and EndpointSlices for Pods matching a Service"
)
@pytest.mark.conformance("endpoints", "should create Endpoints for Pods matching a Service")
def test_pods_that_match(api: Api, namespace: str) -> None:
    """Ports by number and by name; slices that are deleted come back, Endpoints too."""
    where = f"/api/v1/namespaces/{namespace}"
    pods = [_nginx(api, namespace, "pod1", 3000), _nginx(api, namespace, "pod2", 3001, 3002)]
    wanted: dict[str, tuple[dict[str, str], int | str, list[str]]] = {
        "int": ({"pod1": "on"}, 3000, pods[:1]),
        "named": ({"shared12": "on"}, "example-name", pods),
        "no-match": ({"pod3": "on"}, 8080, []),
    }
    for name, (selector, target, _) in wanted.items():
        service = exposing(name, selector, "http", target=target)
        service["spec"]["publishNotReadyAddresses"] = True
        api.post(f"{where}/services", service)
    for name, (_, _, behind) in wanted.items():
        _check_both(api, namespace, name, behind)
    assert len(slices(api, namespace, "named")) == 2
    assert len(slices(api, namespace, "no-match")) == 1
    before = {each["metadata"]["uid"] for each in slices(api, namespace, "named")}
    for each in slices(api, namespace, "named"):
        path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        api.delete(f"{path}/{each['metadata']['name']}")
    api.delete(f"{where}/endpoints/named")
    _check_both(api, namespace, "named", pods)
    after = slices(api, namespace, "named")
    assert before.isdisjoint(each["metadata"]["uid"] for each in after)
    assert {each["endpoints"][0]["targetRef"]["kind"] for each in after} == {"Pod"}


@pytest.mark.conformance(
    "endpointslice",
    "should support a Service with multiple ports specified in multiple EndpointSlices",
)
def test_ports_in_two_slices(api: Api, cluster: Cluster, namespace: str) -> None:
    """Each port of a Service without a selector leads where its own slice says."""
    service = _service_of_two_ports(api, namespace)
    pod = agnhost(
        "server", ("netexec", "--http-port", "8090", "--udp-port", "-1"),
        ("netexec", "--http-port", "9090", "--udp-port", "-1"),
    )  # fmt: skip
    ip = running(api, namespace, pod)["status"]["podIP"]
    _slice(api, namespace, ip, "port80", 8090)
    _slice(api, namespace, ip, "port81", 9090)
    running(api, namespace, agnhost("client", ("pause",)))
    for port in (80, 81):
        ask_until(cluster, namespace, "client", f"{service}:{port}/hostname", "server")


@pytest.mark.conformance(
    "endpointslice",
    "should support a Service with multiple endpoint IPs specified in multiple EndpointSlices",
)
def test_addresses_in_two_slices(api: Api, cluster: Cluster, namespace: str) -> None:
    """Two slices with other addresses and other ports: each port has its own server."""
    service = _service_of_two_ports(api, namespace)
    for name, port in (("server1", "port80"), ("server2", "port81")):
        pod = agnhost(name, ("netexec", "--http-port", "8090", "--udp-port", "-1"))
        ip = running(api, namespace, pod)["status"]["podIP"]
        _slice(api, namespace, ip, port, 8090)
    running(api, namespace, agnhost("client", ("pause",)))
    ask_until(cluster, namespace, "client", f"{service}:80/hostname", "server1")
    ask_until(cluster, namespace, "client", f"{service}:81/hostname", "server2")


def _nginx(api: Api, namespace: str, name: str, *ports: int) -> str:
    """A Pod of the image that those tests name; the first of its ports is ``example-name``."""
    names = ("example-name", "other-port")
    listed = [{"name": n, "containerPort": port} for n, port in zip(names, ports, strict=False)]
    pod = {
        "metadata": {"name": name, "labels": {name: "on", "shared12": "on"}},
        "spec": {"containers": [{"name": "container1", "image": NGINX, "ports": listed}]},
    }
    created: Body = api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    return str(created["metadata"]["name"])


def _address(api: Api, namespace: str, pod: str) -> Any:
    return api.get(f"/api/v1/namespaces/{namespace}/pods/{pod}").get("status", {}).get("podIP")


def _first_port(api: Api, namespace: str, pod: str) -> int:
    found = api.get(f"/api/v1/namespaces/{namespace}/pods/{pod}")
    return int(found["spec"]["containers"][0]["ports"][0]["containerPort"])


def _check_both(api: Api, namespace: str, service: str, pods: list[str]) -> None:
    """Slices and Endpoints come to name these Pods, each with its own first port."""
    for pod in pods:
        eventually(lambda: _address(api, namespace, pod))  # noqa: B023
    wanted = {_address(api, namespace, pod): _first_port(api, namespace, pod) for pod in pods}
    eventually(lambda: _in_slices(api, namespace, service) == wanted)
    eventually(lambda: _in_endpoints(api, namespace, service) == wanted)


def _in_slices(api: Api, namespace: str, service: str) -> dict[str, int]:
    """Addresses and where they lead, by the slices."""
    return {
        address: port
        for each in slices(api, namespace, service)
        for endpoint in each["endpoints"] or []
        for address in endpoint["addresses"]
        for port in endpoint_ports(each)
    }


def _in_endpoints(api: Api, namespace: str, service: str) -> dict[str, int]:
    """Addresses and where they lead, by the Endpoints."""
    answer = api.ask("GET", f"/api/v1/namespaces/{namespace}/endpoints/{service}")
    if answer.status == 404:
        return {}
    return {
        address["ip"]: port
        for subset in answer.body.get("subsets") or []
        for address in [*subset.get("addresses", []), *subset.get("notReadyAddresses", [])]
        for port in endpoint_ports(subset)
    }


def _service_of_two_ports(api: Api, namespace: str) -> str:
    """Its ClusterIP."""
    ports = [{"name": f"port{port}", "port": port, "protocol": "TCP"} for port in (80, 81)]
    service = {"metadata": {"name": "example-custom-endpoints"}, "spec": {"ports": ports}}
    made = api.post(f"/api/v1/namespaces/{namespace}/services", service)
    return str(made["spec"]["clusterIP"])


def _slice(api: Api, namespace: str, ip: str, port: str, number: int) -> None:
    made_by_hand = {
        "metadata": {
            "generateName": "custom-slice-",
            "labels": {SERVICE_NAME: "example-custom-endpoints", MANAGED_BY: "by-hand"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [ip], "conditions": {"ready": True}}],
        "ports": [{"name": port, "port": number, "protocol": "TCP"}],
    }
    api.post(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", made_by_hand)
