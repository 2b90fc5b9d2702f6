"""Endpoints that are written by hand are mirrored into slices."""

from __future__ import annotations

import pytest

from tests.conformance.pods import agnhost, ask_until, running
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

NAME = "example-custom-endpoints"


@pytest.fixture
def service(api: Api, namespace: str) -> Body:
    """A Service without a selector, with two ports."""
    ports = [{"name": f"port{port}", "port": port, "protocol": "TCP"} for port in (80, 81)]
    made: Body = api.post(
        f"/api/v1/namespaces/{namespace}/services",
        {"metadata": {"name": NAME}, "spec": {"ports": ports}},
    )
    return made


@pytest.mark.conformance(
    "endpointslicemirroring",
    "should mirror a custom Endpoints resource through create update and delete",
)
def test_a_mirror(api: Api, namespace: str, service: Body) -> None:
    """The slice says what the Endpoints say; an update without a version is taken."""
    path = f"/api/v1/namespaces/{namespace}/endpoints"
    endpoints = _endpoints("10.1.2.3")
    api.post(path, endpoints)
    (mirror,) = eventually(lambda: _slices(api, namespace))
    assert mirror["ports"] == [{"name": "", "port": 80, "protocol": "TCP"}]
    assert mirror["endpoints"] == [{"addresses": ["10.1.2.3"], "conditions": {"ready": True}}]
    labels = mirror["metadata"]["labels"]
    managed = labels["endpointslice.kubernetes.io/managed-by"]
    assert managed == "endpointslicemirroring-controller.k8s.io"
    assert mirror["metadata"]["ownerReferences"][0]["kind"] == "Endpoints"
    api.put(f"{path}/{NAME}", _endpoints("10.2.3.4"))
    eventually(lambda: _addresses(api, namespace) == ["10.2.3.4"])
    assert len(_slices(api, namespace)) == 1
    api.delete(f"{path}/{NAME}")
    eventually(lambda: not _slices(api, namespace))


def test_traffic_through_a_mirror(
    api: Api, cluster: Cluster, namespace: str, service: Body
) -> None:
    """Two subsets with one address: both ports of the Service lead to their own server."""
    pod = agnhost(
        "server", ("netexec", "--http-port", "8090", "--udp-port", "-1"),
        ("netexec", "--http-port", "9090", "--udp-port", "-1"),
    )  # fmt: skip
    ip = running(api, namespace, pod)["status"]["podIP"]
    subsets = [
        {"addresses": [{"ip": ip}], "ports": [{"name": name, "port": port}]}
        for name, port in (("port80", 8090), ("port81", 9090))
    ]
    endpoints = {"metadata": {"name": NAME}, "subsets": subsets}
    api.post(f"/api/v1/namespaces/{namespace}/endpoints", endpoints)
    running(api, namespace, agnhost("client", ("pause",)))
    for port in (80, 81):
        url = f"{service['spec']['clusterIP']}:{port}/hostname"
        ask_until(cluster, namespace, "client", url, "server")


def test_what_is_not_mirrored(api: Api, namespace: str, service: Body) -> None:
    """Not what says that it should not be; and a Service that gets a selector loses its mirror."""
    where = f"/api/v1/namespaces/{namespace}"
    api.post(f"{where}/endpoints", _endpoints("10.1.2.3"))
    eventually(lambda: _addresses(api, namespace) == ["10.1.2.3"])
    skip = {"metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}}
    api.patch(f"{where}/endpoints/{NAME}", skip)
    eventually(lambda: not _slices(api, namespace))
    skip["metadata"]["labels"] = {"endpointslice.kubernetes.io/skip-mirror": None}  # type: ignore[dict-item]
    api.patch(f"{where}/endpoints/{NAME}", skip)
    eventually(lambda: _addresses(api, namespace) == ["10.1.2.3"])
    api.patch(f"{where}/services/{NAME}", {"spec": {"selector": {"app": "nobody"}}})
    eventually(lambda: _addresses(api, namespace) == [] and _slices(api, namespace))
    (own,) = _slices(api, namespace)
    managed = own["metadata"]["labels"]["endpointslice.kubernetes.io/managed-by"]
    assert managed == "endpointslice-controller.k8s.io"


def _endpoints(ip: str) -> Body:
    subsets = [{"addresses": [{"ip": ip}], "ports": [{"port": 80}]}]
    return {"metadata": {"name": NAME}, "subsets": subsets}


def _slices(api: Api, namespace: str) -> list[Body]:
    path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
    found: list[Body] = api.get(path, labelSelector=f"kubernetes.io/service-name={NAME}")["items"]
    return found


def _addresses(api: Api, namespace: str) -> list[str]:
    return [
        address
        for each in _slices(api, namespace)
        for endpoint in each["endpoints"] or []
        for address in endpoint["addresses"]
    ]
