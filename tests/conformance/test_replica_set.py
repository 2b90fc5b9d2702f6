"""ReplicaSets: adoption, scale, patches, collections, status."""

from __future__ import annotations

import pytest

from tests.conformance.rest import STRATEGIC, Api, Body
from tests.conformance.workloads import (
    AGNHOST,
    HTTPD,
    PAUSE,
    answers_with_its_name,
    controlled,
    pods,
    replica_set,
    retried,
    running,
    scale_is_read_written_and_patched,
    status_conditions_are_kept,
    until,
)
from tests.support import eventually

pytestmark = pytest.mark.kubectl

LABELS = {"name": "sample-pod", "pod": "httpd"}
EVERYWHERE = "/apis/apps/v1/replicasets"


def home(namespace: str, name: str = "") -> str:
    """The path of the ReplicaSets of a namespace, or of one of them."""
    path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
    return f"{path}/{name}" if name else path


@pytest.mark.conformance(
    "replica_set", "should serve a basic image on each replica with a public image"
)
def test_each_replica_says_its_name(api: Api, namespace: str) -> None:
    """A Pod of a ReplicaSet answers with its own name when the API server's proxy asks."""
    ports = [{"containerPort": 9376}]
    labels = {"name": "hostnames"}
    made = replica_set("hostnames", 1, labels, AGNHOST, args=["serve-hostname"], ports=ports)
    api.post(home(namespace), made)
    (pod,) = running(api, namespace, "hostnames", 1)
    eventually(lambda: answers_with_its_name(api, pod))


@pytest.mark.conformance(
    "replica_set", "should adopt matching pods on creation and release no longer matching pods"
)
def test_pods_are_adopted_and_let_go(api: Api, namespace: str) -> None:
    """An orphan gets the ReplicaSet as its controller, and loses it with its label."""
    where = f"/api/v1/namespaces/{namespace}/pods"
    labels = {"name": "adopted"}
    containers = [{"name": "adopted", "image": HTTPD}]
    metadata = {"name": "adopted", "labels": labels}
    api.post(where, {"metadata": metadata, "spec": {"containers": containers}})
    running(api, namespace, "adopted", 1)
    owner = api.post(home(namespace), replica_set("adopted", 1, labels, HTTPD))
    eventually(lambda: controlled(api.get(f"{where}/adopted"), owner))
    assert len(pods(api, namespace)) == 1

    def other(obj: Body) -> None:
        obj["metadata"]["labels"] = {"name": "not-matching-name"}

    retried(api, f"{where}/adopted", other)
    eventually(lambda: not controlled(api.get(f"{where}/adopted"), owner))
    eventually(lambda: len(pods(api, namespace, "name=adopted")) == 1)


@pytest.mark.conformance("replica_set", "Replicaset should have a working scale subresource")
def test_the_scale_is_read_written_and_patched(api: Api, namespace: str) -> None:
    """By PUT without a resourceVersion and by a strategic merge patch, once its Pod is there."""
    api.post(home(namespace), replica_set("test-rs", 1, LABELS, HTTPD))
    running(api, namespace, "sample-pod", 1)
    scale_is_read_written_and_patched(api, home(namespace, "test-rs"))


@pytest.mark.conformance("replica_set", "Replace and Patch tests")
def test_replaced_and_patched(api: Api, namespace: str) -> None:
    """Scaled by PUT, then patched to three with another container in front; a watch from before
    it existed sees it complete."""
    label = "test-rs=patched"
    version = api.get(EVERYWHERE, labelSelector=label)["metadata"]["resourceVersion"]
    path = home(namespace, "test-rs")
    api.post(home(namespace), replica_set("test-rs", 1, LABELS, HTTPD))
    running(api, namespace, "sample-pod", 1)

    def two(obj: Body) -> None:
        obj["spec"]["replicas"] = 2

    retried(api, path, two)
    containers = [{"name": "test-rs", "image": PAUSE}]
    spec = {"terminationGracePeriodSeconds": 0, "containers": containers}
    change = {
        "metadata": {"labels": {"test-rs": "patched"}},
        "spec": {"replicas": 3, "template": {"spec": spec}},
    }
    api.patch(path, change, STRATEGIC)

    def complete(event: Body) -> bool:
        found = event["object"]
        counts = [found["status"].get(f) for f in ("readyReplicas", "availableReplicas")]
        image = found["spec"]["template"]["spec"]["containers"][0]["image"]
        return counts == [3, 3] and image == PAUSE

    with api.watch(home(namespace), resourceVersion=version, labelSelector=label) as events:
        until(events, complete)


@pytest.mark.conformance("replica_set", "should list and delete a collection of ReplicaSets")
def test_deleted_as_a_collection(api: Api, namespace: str) -> None:
    """Gone at once, and the Pods after it."""
    labels = {**LABELS, "e2e": namespace}
    api.post(home(namespace), replica_set("test-rs", 3, labels, HTTPD))
    running(api, namespace, "sample-pod", 3)
    query = {"labelSelector": f"e2e={namespace}"}
    assert len(api.get(EVERYWHERE, **query)["items"]) == 1
    api.delete(home(namespace), {"gracePeriodSeconds": 1}, **query)
    assert api.get(EVERYWHERE, **query)["items"] == []
    eventually(lambda: pods(api, namespace) == [])


@pytest.mark.conformance("replica_set", "should validate Replicaset Status endpoints")
def test_the_status_is_a_part_of_its_own(api: Api, namespace: str) -> None:
    """Conditions of others can be added to the status and patched, and watches see it."""
    selector = "name=sample-pod,pod=httpd"
    version = api.get(EVERYWHERE, labelSelector=selector)["metadata"]["resourceVersion"]
    api.post(home(namespace), replica_set("test-rs", 1, LABELS, HTTPD))
    running(api, namespace, "sample-pod", 1)
    status_conditions_are_kept(api, home(namespace, "test-rs"), version, selector)
