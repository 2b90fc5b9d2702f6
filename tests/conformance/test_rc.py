"""ReplicationControllers, and a quota in their way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.rest import STRATEGIC, Api, Body
from tests.conformance.workloads import (
    AGNHOST,
    HTTPD,
    NGINX,
    answers_with_its_name,
    controlled,
    pods,
    retried,
    running,
    template,
    until,
)
from tests.support import eventually

pytestmark = pytest.mark.kubectl


def controller(name: str, replicas: int, image: str = HTTPD, **container: Any) -> Body:
    """A ReplicationController without a selector: that comes from the template."""
    made = template({"name": name}, "httpd", image, **container)
    spec = {"replicas": replicas, "template": made}
    return {"metadata": {"name": name}, "spec": spec, "status": {"replicas": 0}}


def home(namespace: str, name: str = "") -> str:
    """The path of the ReplicationControllers of a namespace, or of one of them."""
    path = f"/api/v1/namespaces/{namespace}/replicationcontrollers"
    return f"{path}/{name}" if name else path


@pytest.mark.conformance("rc", "should serve a basic image on each replica with a public image")
def test_each_replica_says_its_name(api: Api, namespace: str) -> None:
    """A Pod of a ReplicationController answers the API server's proxy with its own name."""
    made = controller("hostnames", 1, AGNHOST, args=["serve-hostname"])
    made["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 9376}]
    api.post(home(namespace), made)
    (pod,) = running(api, namespace, "hostnames", 1)
    eventually(lambda: answers_with_its_name(api, pod))


@pytest.mark.conformance(
    "rc", "should surface a failure condition on a common issue like exceeded quota"
)
def test_a_quota_shows_in_the_conditions(api: Api, namespace: str) -> None:
    """Three Pods where two may be: ReplicaFailure with the quota's words, until two are wanted."""
    quotas = f"/api/v1/namespaces/{namespace}/resourcequotas"
    api.post(quotas, {"metadata": {"name": "two"}, "spec": {"hard": {"pods": "2"}}})
    eventually(lambda: api.get(f"{quotas}/two").get("status", {}).get("hard") == {"pods": "2"})
    path = home(namespace, "much")
    made = api.post(home(namespace), controller("much", 3))
    assert made["spec"]["selector"] == made["metadata"]["labels"] == {"name": "much"}

    def failure() -> Body | None:
        found = api.get(path)
        observed = found["status"].get("observedGeneration", 0) >= found["metadata"]["generation"]
        conditions = found["status"].get("conditions", [])
        return next((c for c in conditions if observed and c["type"] == "ReplicaFailure"), None)

    found = eventually(failure)
    assert found is not None
    assert (found["status"], found["reason"]) == ("True", "FailedCreate")
    assert (
        "is forbidden: exceeded quota: two, requested: pods=1, used: pods=2, limited: pods=2"
        in (found["message"])
    )
    eventually(lambda: api.get(f"{quotas}/two")["status"]["used"] == {"pods": "2"})

    def two(obj: Body) -> None:
        obj["spec"]["replicas"] = 2

    retried(api, path, two)
    eventually(lambda: failure() is None and api.get(path)["status"]["replicas"] == 2)


@pytest.mark.conformance("rc", "should adopt matching pods on creation")
def test_an_orphan_is_adopted(api: Api, namespace: str) -> None:
    """A Pod that was there before gets the new ReplicationController as its controller."""
    where = f"/api/v1/namespaces/{namespace}/pods"
    containers = [{"name": "adopted", "image": HTTPD}]
    metadata = {"name": "adopted", "labels": {"name": "adopted"}}
    api.post(where, {"metadata": metadata, "spec": {"containers": containers}})
    running(api, namespace, "adopted", 1)
    owner = api.post(home(namespace), controller("adopted", 1))
    eventually(lambda: controlled(api.get(f"{where}/adopted"), owner))
    assert len(pods(api, namespace)) == 1


@pytest.mark.conformance("rc", "should release no longer matching pods")
def test_a_pod_with_other_labels_is_let_go(api: Api, namespace: str) -> None:
    """A Pod whose label changed has no controller any more, and another takes its place."""
    owner = api.post(home(namespace), controller("released", 1))
    eventually(lambda: len(pods(api, namespace, "name=released")) == 1)
    (pod,) = pods(api, namespace, "name=released")
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"

    def other(obj: Body) -> None:
        obj["metadata"]["labels"] = {"name": "not-matching-name"}

    retried(api, path, other)
    eventually(lambda: not controlled(api.get(path), owner))
    eventually(lambda: len(pods(api, namespace, "name=released")) == 1)


@pytest.mark.conformance("rc", "should get and update a ReplicationController scale")
def test_the_scale_is_read_and_written(api: Api, namespace: str) -> None:
    """The scale shows the count, takes another without a resourceVersion, and has an effect."""
    api.post(home(namespace), controller("scaled", 1))
    path = home(namespace, "scaled")
    eventually(lambda: api.get(path)["status"]["replicas"] == 1)
    scale = api.get(f"{path}/scale")
    assert scale["status"] == {"replicas": 1, "selector": "name=scaled"}
    scale["metadata"].pop("resourceVersion")
    scale["spec"]["replicas"] = 2
    assert api.put(f"{path}/scale", scale)["spec"]["replicas"] == 2
    eventually(lambda: api.get(path)["status"]["replicas"] == 2)


@pytest.mark.conformance("rc", "should test the lifecycle of a ReplicationController")
def test_the_life_of_a_replication_controller(api: Api, namespace: str) -> None:
    """Created, patched, its status patched and replaced, scaled, deleted as a collection: the
    watch says each in turn, and the controller mends a status that is wrong."""
    label = "test-rc-static=true"
    listed = api.get(home(namespace), labelSelector=label)
    made = controller("rc-test", 1, NGINX)
    made["metadata"]["labels"] = made["spec"]["selector"] = {"test-rc-static": "true"}
    made["spec"]["template"]["metadata"]["labels"] = {"test-rc-static": "true"}
    path = home(namespace, "rc-test")
    version = listed["metadata"]["resourceVersion"]

    def counts(wanted: int) -> Any:
        def check(event: Body) -> bool:
            status = event["object"]["status"]
            return bool(status["replicas"] == status.get("readyReplicas", 0) == wanted)

        return check

    def modified(event: Body) -> bool:
        return bool(event["type"] == "MODIFIED")

    with api.watch(home(namespace), resourceVersion=version, labelSelector=label) as events:
        api.post(home(namespace), made)
        until(events, lambda event: event["type"] == "ADDED")
        until(events, counts(1))
        empty = {"spec": {}, "status": {"replicas": 0}}
        change = {"metadata": {"labels": {"test-rc": "patched"}}, **empty}
        patched = api.patch(path, change, STRATEGIC)
        assert patched["metadata"]["labels"]["test-rc"] == "patched"
        until(events, modified)
        wrong = {"status": {"readyReplicas": 0, "availableReplicas": 0}}
        told = api.patch(f"{path}/status", wrong, STRATEGIC)["status"]
        assert told.get("readyReplicas", 0) == 0
        assert "availableReplicas" not in told, "a zero that Go does not write"
        until(events, modified)
        until(events, counts(1))
        assert api.get(f"{path}/status")["status"]["replicas"] == 1
        scale = {"spec": {"replicas": 2}, "status": {"replicas": 0}}
        assert api.patch(f"{path}/scale", scale, STRATEGIC)["spec"]["replicas"] == 2
        until(events, modified)
        until(events, counts(2))
        found = api.get(path)
        found["status"] |= {"availableReplicas": 1, "readyReplicas": 1}
        api.put(f"{path}/status", found)
        until(events, modified)
        (listed,) = api.get("/api/v1/replicationcontrollers", labelSelector=label)["items"]
        assert listed["metadata"]["labels"] == {"test-rc": "patched", "test-rc-static": "true"}
        api.delete(home(namespace), {}, labelSelector=label)
        until(events, lambda event: event["type"] == "DELETED")
