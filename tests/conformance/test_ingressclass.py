"""IngressClasses through every verb, their defaults, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conformance import operations
from tests.conformance.rest import Api, Body
from tests.support import eventually

pytestmark = pytest.mark.kubectl

CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class"


def _class(name: str, label: str = "") -> Body:
    return {
        "metadata": {"name": name, "labels": {"ingressclass": label, "special-label": "generic"}},
        "spec": {"controller": "example.com/controller"},
    }


@pytest.mark.conformance("ingressclass", "should support creating IngressClass API operations")
def test_every_verb(api: Api, namespace: str) -> None:
    """Discovery, create, get, list, watch, patch, update, delete and deletecollection."""
    resource = operations.Resource(
        api, "networking.k8s.io", "ingressclasses", "IngressClass", CLASSES,
        f"ingressclass={namespace}",
    )  # fmt: skip
    operations.check_discovery(resource)
    made = operations.three(resource, lambda number: _class(f"ingressclass{number + 1}", namespace))
    listed = operations.check_reads(resource, made)
    name = made[0]["metadata"]["name"]
    operations.check_changes(resource, name, listed["metadata"]["resourceVersion"])
    operations.check_deletions(resource, name)


def test_parameters(api: Api) -> None:
    """Parameters are of the cluster unless they say otherwise; a namespace goes with its scope."""
    parameters = {"kind": "fookind", "name": "fooname", "apiGroup": "example.com"}
    wanted = _class("with-parameters")
    wanted["spec"]["parameters"] = parameters
    assert api.post(CLASSES, wanted)["spec"]["parameters"]["scope"] == "Cluster"
    api.delete(f"{CLASSES}/with-parameters")
    wanted["spec"]["parameters"] = {**parameters, "scope": "Namespace", "namespace": "foo-ns"}
    assert api.post(CLASSES, wanted)["spec"]["parameters"]["namespace"] == "foo-ns"
    other = {"spec": {"controller": "example.com/other"}}
    refused = api.ask("PATCH", f"{CLASSES}/with-parameters", other, "application/merge-patch+json")
    assert (refused.status, refused.body["reason"]) == (422, "Invalid")
    assert refused.body["details"]["causes"][0]["field"] == "spec.controller"
    api.delete(f"{CLASSES}/with-parameters")
    wanted["spec"]["parameters"] = {**parameters, "scope": "Namespace"}
    refused = api.ask("POST", CLASSES, wanted)
    assert refused.body["details"]["causes"][0]["field"] == "spec.parameters.namespace"


def test_the_default_class(api: Api, namespace: str) -> None:
    """A new Ingress gets the one default class; the newest of several; none without."""
    with _made(api, "plain", is_default=False):
        assert _class_of_new(api, namespace, "none") is None
        with _made(api, "first", is_default=True):
            assert _class_of_new(api, namespace, "one") == "first"
    assert _class_of_new(api, namespace, "gone") is None


@contextmanager
def _made(api: Api, name: str, *, is_default: bool) -> Iterator[None]:
    wanted = _class(name)
    if is_default:
        wanted["metadata"]["annotations"] = {IS_DEFAULT: "true"}
    api.post(CLASSES, wanted)
    try:
        yield
    finally:
        api.delete(f"{CLASSES}/{name}")


def _class_of_new(api: Api, namespace: str, name: str) -> str | None:
    backend = {"service": {"name": "defaultbackend", "port": {"number": 80}}}
    path = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    made = api.post(path, {"metadata": {"name": name}, "spec": {"defaultBackend": backend}})
    found: str | None = made["spec"].get("ingressClassName")
    return found


@pytest.mark.parametrize("policy", ["Foreground", "Orphan", "Background"])
def test_every_way_to_delete(api: Api, policy: str) -> None:
    """What lies in no namespace goes too, whatever is to become of its dependants."""
    name = f"deleted-{policy.lower()}"
    api.post(CLASSES, _class(name))
    api.delete(f"{CLASSES}/{name}", {"propagationPolicy": policy})
    eventually(lambda: api.ask("GET", f"{CLASSES}/{name}").status == 404)
