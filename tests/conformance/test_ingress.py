"""Ingresses through every verb, their status too."""

from __future__ import annotations

import pytest

from tests.conformance import operations
from tests.conformance.rest import Api, Body

pytestmark = pytest.mark.kubectl


def _ingress(namespace: str) -> Body:
    backend = {"service": {"name": "default-backend", "port": {"number": 80}}}
    paths = [{"path": "/", "pathType": "ImplementationSpecific", "backend": backend}]
    return {
        "metadata": {"generateName": "example-ing-", "labels": {"special-label": namespace}},
        "spec": {
            "defaultBackend": backend,
            "rules": [{"host": "foo.bar.com", "http": {"paths": paths}}],
        },
    }


@pytest.mark.conformance("ingress", "should support creating Ingress API operations")
def test_every_verb(api: Api, namespace: str) -> None:
    """The verbs, and the status by patch and update: it may bring annotations along."""
    resource = operations.Resource(
        api, "networking.k8s.io", "ingresses", "Ingress",
        f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses",
        f"special-label={namespace}",
    )  # fmt: skip
    operations.check_discovery(resource)
    made = operations.three(resource, lambda _: _ingress(namespace))
    listed = operations.check_reads(resource, made)
    name = made[2]["metadata"]["name"]
    operations.check_changes(resource, name, listed["metadata"]["resourceVersion"])
    _check_status(api, resource.at(name))
    operations.check_deletions(resource, name)


def _check_status(api: Api, path: str) -> None:
    before = api.get(path)
    change = {
        "metadata": {"annotations": {"patchedstatus": "true"}},
        "status": {"loadBalancer": {"ingress": [{"ip": "169.1.1.1"}]}},
        "spec": {"ingressClassName": "not-by-status"},
    }
    patched = api.patch(f"{path}/status", change)
    assert patched["status"]["loadBalancer"]["ingress"] == [{"ip": "169.1.1.1"}]
    assert patched["metadata"]["annotations"]["patchedstatus"] == "true"
    assert patched["spec"] == before["spec"]
    assert patched["metadata"]["generation"] == before["metadata"]["generation"]
    wanted = api.get(path)
    wanted["status"]["loadBalancer"] = {"ingress": [{"ip": "169.1.1.2"}]}
    updated = api.put(f"{path}/status", wanted)
    assert updated["status"]["loadBalancer"]["ingress"] == [{"ip": "169.1.1.2"}]
    status = api.get(f"{path}/status")
    assert (status["kind"], status["apiVersion"]) == ("Ingress", "networking.k8s.io/v1")
    assert status["metadata"]["uid"] == before["metadata"]["uid"]
    change = {"status": {"loadBalancer": {"ingress": [{"hostname": "169.1.1.3"}]}}}
    refused = api.ask("PATCH", f"{path}/status", change, "application/merge-patch+json")
    (cause,) = refused.body["details"]["causes"]
    assert cause["field"] == "status.loadBalancer.ingress[0].hostname"
    ordinary = api.get(path)
    ordinary["status"] = {"loadBalancer": {}}
    assert api.put(path, ordinary)["status"]["loadBalancer"] == {"ingress": [{"ip": "169.1.1.2"}]}
