"""How the API server stands in its own cluster, as sig-network's tests look at it."""

from __future__ import annotations

import pytest

from tests.conformance.rest import Api

pytestmark = pytest.mark.kubectl

NAME = "/api/v1/namespaces/default/{}/kubernetes"


@pytest.mark.conformance("apiserver", "should provide secure master service")
def test_the_service_of_the_api_server(api: Api) -> None:
    """``default/kubernetes`` offers HTTPS on port 443."""
    ports = api.get(NAME.format("services"))["spec"]["ports"]
    assert [(port["name"], port["port"]) for port in ports] == [("https", 443)]


@pytest.mark.conformance(
    "apiserver", "should have Endpoints and EndpointSlices pointing to API Server"
)
def test_both_forms_of_its_endpoints(api: Api) -> None:
    """Endpoints and slices of ``default/kubernetes`` hold the same addresses and ports."""
    subsets = api.get(NAME.format("endpoints"))["subsets"]
    slices = api.get(
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        labelSelector="kubernetes.io/service-name=kubernetes",
    )["items"]
    old = {
        (address["ip"], port["name"], port["port"], port["protocol"])
        for subset in subsets
        for address in subset["addresses"]
        for port in subset["ports"]
    }
    new = {
        (address, port["name"], port["port"], port["protocol"])
        for one in slices
        for endpoint in one["endpoints"]
        for address in endpoint["addresses"]
        for port in one["ports"]
    }
    assert old == new
    assert old
    assert {one["addressType"] for one in slices} == {"IPv4"}
