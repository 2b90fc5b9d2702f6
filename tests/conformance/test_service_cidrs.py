"""ServiceCIDRs and IPAddresses."""

from __future__ import annotations

import pytest

from tests.conformance import operations
from tests.conformance.pods import agnhost, ask_until, running
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

CIDRS = "/apis/networking.k8s.io/v1/servicecidrs"
ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses"


@pytest.mark.conformance("service_cidrs", "should support ServiceCIDR API operations")
def test_the_default_cidr(api: Api) -> None:
    """The one called kubernetes is there and ready, its status can be read, listed, watched."""
    path = f"{CIDRS}/kubernetes"
    default = eventually(lambda: _when_ready(api.get(path)))
    assert default["metadata"]["finalizers"] == ["networking.k8s.io/service-cidr-finalizer"]
    status = api.get(f"{path}/status")
    assert (status["kind"], status["apiVersion"]) == ("ServiceCIDR", "networking.k8s.io/v1")
    assert status["metadata"]["uid"] == default["metadata"]["uid"]
    (listed,) = api.get(CIDRS)["items"]
    assert listed["metadata"]["name"] == "kubernetes"
    with api.watch(CIDRS) as events:
        assert next(events)["object"]["metadata"]["name"] == "kubernetes"


def test_what_is_no_network(api: Api) -> None:
    """Not two of one family, not in another form, and not another network later on."""
    for wrong in ([], ["203.0.113.0/24", "198.51.100.0/24"], ["203.0.113.7/24"], ["203.0.113.0"]):
        body = {"metadata": {"name": "wrong"}, "spec": {"cidrs": wrong}}
        refused = api.ask("POST", CIDRS, body)
        assert (refused.status, refused.body["reason"]) == (422, "Invalid"), wrong
    change = {"spec": {"cidrs": ["203.0.113.0/24"]}}
    refused = api.ask("PATCH", f"{CIDRS}/kubernetes", change, "application/merge-patch+json")
    assert refused.status == 422


def test_another_cidr(api: Api, cluster: Cluster, namespace: str) -> None:
    """A Service serves on an address of it, and holds it until the Service is gone."""
    api.post(CIDRS, {"metadata": {"name": "test"}, "spec": {"cidrs": ["203.0.113.0/24"]}})
    eventually(lambda: _when_ready(api.get(f"{CIDRS}/test")))
    spec: Body = {"clusterIP": "203.0.113.10", "selector": {"app": "server"}}
    spec["ports"] = [{"port": 80, "targetPort": 9376}]
    service = {"metadata": {"name": "there"}, "spec": spec}
    api.post(f"/api/v1/namespaces/{namespace}/services", service)
    pod = agnhost("server", ("serve-hostname",))
    pod["metadata"]["labels"] = {"app": "server"}
    running(api, namespace, pod)
    running(api, namespace, agnhost("client", ("pause",)))
    ask_until(cluster, namespace, "client", "203.0.113.10/", "server")
    eventually(lambda: api.ask("GET", f"{ADDRESSES}/203.0.113.10").status == 200)
    api.delete(f"{CIDRS}/test")
    ready = eventually(lambda: _ready(api.get(f"{CIDRS}/test"), "False"))
    assert ready["reason"] == "Terminating"
    service["metadata"] = {"name": "too-late"}
    spec["clusterIP"] = "203.0.113.11"
    refused = api.ask("POST", f"/api/v1/namespaces/{namespace}/services", service)
    assert (refused.status, refused.body["reason"]) == (422, "Invalid")
    api.delete(f"/api/v1/namespaces/{namespace}/services/there")
    eventually(lambda: api.ask("GET", f"{ADDRESSES}/203.0.113.10").status == 404)
    eventually(lambda: api.ask("GET", f"{CIDRS}/test").status == 404)


@pytest.mark.conformance("service_cidrs", "should support IPAddress API operations")
def test_addresses_through_every_verb(api: Api, namespace: str) -> None:
    """Both families; names are addresses in their one form; the parent stays."""
    resource = operations.Resource(
        api, "networking.k8s.io", "ipaddresses", "IPAddress", ADDRESSES, f"test={namespace}"
    )
    operations.check_discovery(resource)
    names = ("255.255.255.255", "fe80::42:1dff:fe84:f9e2", "192.0.2.1")
    made = operations.three(resource, lambda number: _address(names[number], namespace))
    listed = operations.check_reads(resource, made)
    operations.check_changes(resource, names[0], listed["metadata"]["resourceVersion"])
    for wrong in ("fe80:0::1", "010.0.0.1", "no-address"):
        refused = api.ask("POST", ADDRESSES, _address(wrong, namespace))
        assert refused.status == 422
        assert refused.body["details"]["causes"][0]["field"] == "metadata.name"
    change = {"spec": {"parentRef": {"name": "other"}}}
    path = f"{ADDRESSES}/{names[0]}"
    refused = api.ask("PATCH", path, change, "application/merge-patch+json")
    assert refused.body["details"]["causes"][0]["field"] == "spec.parentRef"
    operations.check_deletions(resource, names[0])


def test_the_address_of_a_service(api: Api, cluster: Cluster, namespace: str) -> None:
    """Each ClusterIP is an object that names its Service, and comes back when it is deleted."""
    where = f"/api/v1/namespaces/{namespace}/services"
    ip = api.post(where, {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}})["spec"][
        "clusterIP"
    ]
    found = eventually(lambda: _when_there(api, f"{ADDRESSES}/{ip}"))
    parent = {"resource": "services", "namespace": namespace, "name": "web"}
    assert found["spec"]["parentRef"] == parent
    assert found["metadata"]["labels"] == {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    }
    assert f"services/{namespace}/web" in cluster.done("get", "ip", ip)
    api.delete(f"{ADDRESSES}/{ip}")
    again = eventually(lambda: _when_there(api, f"{ADDRESSES}/{ip}"))
    assert again["metadata"]["uid"] != found["metadata"]["uid"]
    api.delete(f"{where}/web")
    eventually(lambda: api.ask("GET", f"{ADDRESSES}/{ip}").status == 404)


def test_a_reserved_address(api: Api, namespace: str) -> None:
    """No Service gets an address of which somebody made an IPAddress."""
    api.post(ADDRESSES, _address("10.96.77.77", namespace))
    spec = {"clusterIP": "10.96.77.77", "ports": [{"port": 80}]}
    service = {"metadata": {"name": "web"}, "spec": spec}
    where = f"/api/v1/namespaces/{namespace}/services"
    refused = api.ask("POST", where, service)
    assert (refused.status, refused.body["reason"]) == (422, "Invalid")
    api.delete(f"{ADDRESSES}/10.96.77.77")
    assert api.post(where, service)["spec"]["clusterIP"] == "10.96.77.77"


def _address(name: str, label: str) -> Body:
    parent = {"group": "mygroup", "resource": "myresources", "namespace": "foo", "name": "bar"}
    return {"metadata": {"name": name, "labels": {"test": label}}, "spec": {"parentRef": parent}}


def _ready(cidr: Body, status: str) -> Body:
    conditions = cidr.get("status", {}).get("conditions", [])
    found = [each for each in conditions if (each["type"], each["status"]) == ("Ready", status)]
    return found[0] if found else {}


def _when_ready(cidr: Body) -> Body:
    return cidr if _ready(cidr, "True") else {}


def _when_there(api: Api, path: str) -> Body:
    answer = api.ask("GET", path)
    found: Body = answer.body if answer.status == 200 else {}
    return found
