"""Deployments: roll-outs of every kind, scale, status."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.rest import STRATEGIC, Api, Body
from tests.conformance.workloads import (
    AGNHOST,
    HTTPD,
    PAUSE,
    pods,
    replica_set,
    retried,
    running,
    scale_is_read_written_and_patched,
    status_conditions_are_kept,
    template,
    until,
)
from tests.support import eventually

pytestmark = pytest.mark.kubectl

EVERYWHERE = "/apis/apps/v1/deployments"
REVISION = "deployment.kubernetes.io/revision"


def deployment(name: str, replicas: int, labels: Body, image: str, **strategy: Any) -> Body:
    """As the tests write one, with what Go adds to it."""
    container = "agnhost" if image == AGNHOST else "httpd"
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "RollingUpdate", **strategy},
            "template": template(labels, container, image),
        },
        "status": {},
    }


class Rollout:
    """One Deployment, and what is asked of it."""

    def __init__(self, api: Api, namespace: str, name: str = "test") -> None:
        self.api, self.namespace, self.name = api, namespace, name
        self.home = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        self.sets_home = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
        self.path = f"{self.home}/{name}"

    def create(self, *about: Any, **strategy: Any) -> Body:
        """Post it: replicas, labels, image."""
        return self.api.post(self.home, deployment(self.name, *about, **strategy))  # type: ignore[no-any-return]

    def get(self) -> Body:
        """The Deployment now."""
        return self.api.get(self.path)  # type: ignore[no-any-return]

    def sets(self) -> list[Body]:
        """Its ReplicaSets, the oldest first."""
        uid = self.get()["metadata"]["uid"]
        found = [
            owned
            for owned in self.api.get(self.sets_home)["items"]
            if any(r["uid"] == uid for r in owned["metadata"].get("ownerReferences", []))
        ]
        return sorted(found, key=_revision)

    def image(self, name: str, image: str) -> Body:
        """Set the first container's name and image."""

        def change(obj: Body) -> None:
            obj["spec"]["template"]["spec"]["containers"][0] |= {"name": name, "image": image}

        return retried(self.api, self.path, change)

    def complete(self, replicas: int) -> bool:
        """Every Pod is updated and available, no old one is left (``DeploymentComplete``)."""
        found = self.get()
        status = found["status"]
        fields = ("updatedReplicas", "replicas", "availableReplicas")
        counts = {status.get(field, 0) for field in fields}
        observed = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        return bool(observed) and counts == {replicas}

    def at_revision(self, revision: str, image: str) -> bool:
        """The Deployment and its newest ReplicaSet have this revision and this image."""
        if self.get()["metadata"].get("annotations", {}).get(REVISION) != revision:
            return False
        newest = self.sets()[-1]
        shown = newest["spec"]["template"]["spec"]["containers"][0]["image"]
        noted: str = newest["metadata"]["annotations"][REVISION]
        return noted == revision and shown == image


def _revision(owned: Body) -> int:
    return int(owned["metadata"].get("annotations", {}).get(REVISION, "0"))


@pytest.fixture
def rollout(api: Api, namespace: str) -> Rollout:
    """A Deployment that is not there yet."""
    return Rollout(api, namespace)


def old_set(api: Api, namespace: str, name: str, **annotations: str) -> Body:
    """A ReplicaSet with one Pod that the Deployment will adopt."""
    made = replica_set("old", 1, {"name": name, "pod": "httpd"}, HTTPD)
    made["metadata"]["annotations"] = annotations
    path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
    api.post(path, made)
    running(api, namespace, name, 1)
    eventually(lambda: api.get(f"{path}/old")["status"].get("readyReplicas") == 1)
    found: Body = api.get(f"{path}/old")
    return found


@pytest.mark.conformance(
    "deployment", "RollingUpdateDeployment should delete old pods and create new ones"
)
def test_an_adopted_set_gives_the_next_revision(api: Api, namespace: str, rollout: Rollout) -> None:
    """Revisions are 64-bit numbers: the one after that of the ReplicaSet that was there."""
    old_set(api, namespace, "sample-pod", **{REVISION: "3546343826724305832"})
    rollout.create(1, {"name": "sample-pod"}, AGNHOST)
    eventually(lambda: rollout.at_revision("3546343826724305833", AGNHOST))
    eventually(lambda: rollout.complete(1))
    assert [owned["spec"]["replicas"] for owned in rollout.sets()] == [0, 1]


@pytest.mark.conformance(
    "deployment", "RecreateDeployment should delete old pods and create new ones"
)
def test_recreate_runs_no_new_pod_beside_an_old_one(
    api: Api, namespace: str, rollout: Rollout
) -> None:
    """At no moment does the status count updated Pods and others."""
    rollout.create(1, {"name": "sample-pod-3"}, AGNHOST, type="Recreate")
    eventually(lambda: rollout.at_revision("1", AGNHOST))
    eventually(lambda: rollout.complete(1))
    version = rollout.image("httpd", HTTPD)["metadata"]["resourceVersion"]

    def over(event: Body) -> bool:
        found = event["object"]
        counts = [found["status"].get(f, 0) for f in ("updatedReplicas", "replicas")]
        assert counts[0] == 0 or counts[0] == counts[1], counts
        seen = found["status"]["observedGeneration"] >= found["metadata"]["generation"]
        return seen and counts == [1, 1]

    asked = f"metadata.name={rollout.name}"
    with api.watch(rollout.home, resourceVersion=version, fieldSelector=asked) as events:
        until(events, over)


@pytest.mark.conformance("deployment", "deployment should delete old replica sets")
def test_no_history_means_no_old_sets(api: Api, namespace: str, rollout: Rollout) -> None:
    """With revisionHistoryLimit 0 the adopted ReplicaSet goes; one Pod is made in all."""
    old_set(api, namespace, "cleanup-pod")
    where = f"/api/v1/namespaces/{namespace}/pods"
    version = api.get(where)["metadata"]["resourceVersion"]
    made = deployment(rollout.name, 1, {"name": "cleanup-pod"}, AGNHOST)
    made["spec"]["revisionHistoryLimit"] = 0
    api.post(rollout.home, made)
    eventually(lambda: len(rollout.sets()) == 1)
    eventually(lambda: rollout.complete(1))
    with api.watch(where, timeout=1, resourceVersion=version) as events:
        added = [event["object"] for event in events if event["type"] == "ADDED"]
    assert [pod["spec"]["containers"][0]["name"] for pod in added] == ["agnhost"]


@pytest.mark.conformance("deployment", "deployment should support rollover")
def test_a_roll_out_that_is_stuck_rolls_over(api: Api, namespace: str, rollout: Rollout) -> None:
    """Stuck with an image that does not exist, the next template takes over from both sets; never
    are more Pods wanted, nor fewer available, than the strategy allows."""
    old_set(api, namespace, "rollover-pod")
    rolling = {"maxUnavailable": 0, "maxSurge": 1}
    image = "gcr.io/google_samples/gb-redisslave:nonexistent"
    made = deployment(rollout.name, 1, {"name": "rollover-pod"}, image, rollingUpdate=rolling)
    made["spec"]["minReadySeconds"] = 2
    api.post(rollout.home, made)
    eventually(lambda: rollout.get()["status"].get("updatedReplicas", 0) >= 1)
    old, stuck = rollout.sets()
    eventually(lambda: [s["status"]["replicas"] for s in rollout.sets()] == [1, 1])
    assert rollout.get()["metadata"]["annotations"][REVISION] == "1"
    rollout.image("agnhost", AGNHOST)
    eventually(lambda: rollout.at_revision("2", AGNHOST))

    def done() -> bool:
        sets = rollout.sets()
        assert sum(s["spec"]["replicas"] for s in sets) <= 2
        assert sum(s["status"].get("availableReplicas", 0) for s in sets) >= 1
        return rollout.complete(1)

    eventually(done)
    for name in (old["metadata"]["name"], stuck["metadata"]["name"]):
        found = api.get(f"{rollout.sets_home}/{name}")
        assert (found["spec"]["replicas"], found["status"]["replicas"]) == (0, 0)


@pytest.mark.conformance("deployment", "deployment should support proportional scaling")
def test_scaling_half_way_is_shared_out(api: Api, namespace: str, rollout: Rollout) -> None:
    """10 Pods, 3 more and 2 fewer allowed: 8 and 5 when the new image cannot be had; scaled to 30
    the two sets get 20 and 13."""
    rollout.create(10, {"name": "httpd"}, HTTPD, rollingUpdate={"maxSurge": 3, "maxUnavailable": 2})
    running(api, namespace, "httpd", 10)
    eventually(lambda: rollout.complete(10))
    rollout.image("httpd", "webserver:404")

    def sizes(*wanted: int) -> bool:
        return [s["spec"]["replicas"] for s in rollout.sets()] == list(wanted)

    eventually(lambda: sizes(8, 5))
    eventually(lambda: [s["status"]["replicas"] for s in rollout.sets()] == [8, 5])
    assert [s["status"].get("availableReplicas", 0) for s in rollout.sets()] == [8, 0]

    def thirty(obj: Body) -> None:
        obj["spec"]["replicas"] = 30

    retried(api, rollout.path, thirty)
    eventually(lambda: sizes(20, 13))


@pytest.mark.conformance("deployment", "Deployment should have a working scale subresource")
def test_the_scale_is_read_written_and_patched(api: Api, namespace: str, rollout: Rollout) -> None:
    """By PUT without a resourceVersion and by a strategic merge patch, once its Pod is there."""
    rollout.create(1, {"name": "httpd"}, HTTPD)
    running(api, namespace, "httpd", 1)
    eventually(lambda: rollout.complete(1))
    scale_is_read_written_and_patched(api, rollout.path)


@pytest.mark.conformance("deployment", "should run the lifecycle of a Deployment")
def test_the_life_of_a_deployment(api: Api, namespace: str, rollout: Rollout) -> None:
    """Created, patched, replaced by the old object without a resourceVersion, its status patched
    (labels in such a patch are not taken), deleted as a collection: a watch from before it
    existed says all of it."""
    label = {"test-deployment-static": "true"}
    query = "test-deployment-static=true"
    version = api.get(EVERYWHERE, labelSelector=query)["metadata"]["resourceVersion"]
    made = deployment(rollout.name, 2, label, AGNHOST)
    made["spec"]["template"]["spec"]["containers"][0]["name"] = "test-deployment"
    made["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    api.post(rollout.home, made)

    def seen(since: str, replicas: int, image: str) -> None:
        def complete(event: Body) -> bool:
            status = event["object"]["status"]
            counts = {status.get(f, 0) for f in ("readyReplicas", "updatedReplicas")}
            shown = event["object"]["spec"]["template"]["spec"]["containers"][0]["image"]
            whole = counts == {replicas} and status.get("unavailableReplicas", 0) == 0
            return whole and shown == image

        with api.watch(rollout.home, resourceVersion=since, labelSelector=query) as events:
            until(events, complete)

    seen(version, 2, AGNHOST)
    containers = [{"name": "test-deployment", "image": PAUSE}]
    spec = {"terminationGracePeriodSeconds": 2, "containers": containers}
    change = {
        "metadata": {"labels": {"test-deployment": "patched"}},
        "spec": {"replicas": 1, "template": {"spec": spec}},
    }
    api.patch(rollout.path, change, STRATEGIC)
    seen(version, 1, PAUSE)
    listed = api.get(EVERYWHERE, labelSelector=query)
    assert [found["metadata"]["name"] for found in listed["items"]] == [rollout.name]
    since = listed["metadata"]["resourceVersion"]
    labels = {**label, "test-deployment": "updated"}
    made["metadata"] |= {"labels": labels, "creationTimestamp": None}
    made["spec"]["template"]["spec"]["containers"][0]["image"] = HTTPD
    api.put(rollout.path, made)
    seen(since, 2, HTTPD)
    change = {
        "metadata": {"labels": {"test-deployment": "patched-status"}},
        "status": {"readyReplicas": 0, "availableReplicas": 0},
    }
    api.patch(f"{rollout.path}/status", change, STRATEGIC)
    found = api.get(f"{rollout.path}/status")
    assert found["metadata"]["labels"]["test-deployment"] == "updated"
    assert found["spec"]["template"]["spec"]["containers"][0]["image"] == HTTPD
    eventually(lambda: rollout.complete(2))
    api.delete(rollout.home, {"gracePeriodSeconds": 1}, labelSelector=query)
    with api.watch(rollout.home, resourceVersion=since, labelSelector=query) as events:
        until(events, lambda event: event["type"] == "DELETED")
    eventually(lambda: pods(api, namespace) == [])


@pytest.mark.conformance("deployment", "should validate Deployment Status endpoints")
def test_the_status_is_a_part_of_its_own(api: Api, namespace: str, rollout: Rollout) -> None:
    """Conditions of others can be added to the status and patched, and watches see it."""
    version = api.get(EVERYWHERE, labelSelector="e2e=testing")["metadata"]["resourceVersion"]
    rollout.create(1, {"name": "httpd", "e2e": "testing"}, HTTPD)
    eventually(lambda: rollout.at_revision("1", HTTPD))
    eventually(lambda: rollout.complete(1))
    status_conditions_are_kept(api, rollout.path, version, "e2e=testing")
