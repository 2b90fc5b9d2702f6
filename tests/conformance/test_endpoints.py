"""Endpoints: the older API by hand, and as its controller keeps it."""

from __future__ import annotations

import pytest

from tests.conformance.pods import exposing
from tests.conformance.rest import STRATEGIC, Api
from tests.support import eventually

pytestmark = pytest.mark.kubectl

LABEL = "test-endpoint-static=true"


@pytest.mark.conformance("endpoints", "should test the lifecycle of an Endpoint")
def test_lifecycle(api: Api, namespace: str) -> None:
    """Created, updated, patched and deleted as a collection; a watch from each list sees it."""
    path = f"/api/v1/namespaces/{namespace}/endpoints"
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}]
    made = {
        "metadata": {"name": "testservice", "labels": {"test-endpoint-static": "true"}},
        "subsets": [{"addresses": [{"ip": "10.0.0.24"}], "ports": ports}],
    }
    before = api.get("/api/v1/endpoints", labelSelector=LABEL)["metadata"]["resourceVersion"]
    created = api.post(path, made)
    assert _first(api, path, before) == "ADDED"
    everywhere = api.get("/api/v1/endpoints", labelSelector=LABEL)
    (found,) = [e for e in everywhere["items"] if e["metadata"]["namespace"] == namespace]
    found["metadata"]["labels"]["test-service"] = "updated"
    api.put(f"{path}/testservice", found)
    assert _first(api, path, everywhere["metadata"]["resourceVersion"]) == "MODIFIED"
    read = api.get(f"{path}/testservice")
    assert read["metadata"]["labels"]["test-service"] == "updated"
    change = {
        "metadata": {"labels": {"test-service": "patched"}},
        "subsets": [
            {"addresses": [{"ip": "10.0.0.25"}], "ports": [{"name": "http-test", "port": 8080}]}
        ],
    }
    patched = api.patch(f"{path}/testservice", change, STRATEGIC)
    assert int(patched["metadata"]["resourceVersion"]) > int(created["metadata"]["resourceVersion"])
    assert _first(api, path, read["metadata"]["resourceVersion"]) == "MODIFIED"
    read = api.get(f"{path}/testservice")
    (subset,) = read["subsets"]
    assert subset["addresses"] == [{"ip": "10.0.0.25"}]
    assert subset["ports"] == [{"name": "http-test", "port": 8080, "protocol": "TCP"}]
    api.delete(path, labelSelector=LABEL)
    assert _first(api, path, read["metadata"]["resourceVersion"]) == "DELETED"
    assert api.ask("GET", f"{path}/testservice").status == 404


@pytest.mark.conformance(
    "endpoints",
    "should create and delete Endpoints for a Service with a selector that matches no pods",
)
def test_a_selector_that_matches_nothing(api: Api, namespace: str) -> None:
    """The Endpoints come and go with the Service, though there is nothing in them."""
    where = f"/api/v1/namespaces/{namespace}"
    service = exposing("example-empty-selector", {"matches": "nothing"}, "example")
    api.post(f"{where}/services", service)
    path = f"{where}/endpoints/example-empty-selector"
    eventually(lambda: api.ask("GET", path).status == 200)
    assert not api.get(path).get("subsets")
    api.delete(f"{where}/services/example-empty-selector")
    eventually(lambda: api.ask("GET", path).status == 404)


def _first(api: Api, path: str, since: str) -> str:
    """The type of the first event after a resource version."""
    with api.watch(path, resourceVersion=since, labelSelector=LABEL) as events:
        return str(next(events)["type"])
