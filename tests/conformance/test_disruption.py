"""PodDisruptionBudgets as the conformance tests of sig-apps drive them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.conformance.rest import MERGE, Api, Body
from tests.support import eventually

pytestmark = pytest.mark.kubectl

LABELS = {"foo": "bar"}
PAUSE = "registry.k8s.io/pause:3.10.1"


class Budgets:
    """The PodDisruptionBudgets of one namespace, and the Pods that they are about."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api, self.namespace = api, namespace
        self.path = f"/apis/policy/v1/namespaces/{namespace}/poddisruptionbudgets"
        self.pods_path = f"/api/v1/namespaces/{namespace}/pods"

    def create(self, name: str, at_least: int | str, **labels: str) -> Body:
        spec = {"selector": {"matchLabels": LABELS}, "minAvailable": at_least}
        made = self.api.post(
            self.path, {"metadata": {"name": name, "labels": labels}, "spec": spec}
        )
        self.processed(name)
        return dict(made)

    def get(self, name: str = "foo") -> Body:
        found: Body = self.api.get(f"{self.path}/{name}")
        return found

    def processed(self, name: str = "foo") -> None:
        """Wait until the controller has seen the last change."""

        def seen() -> bool:
            found = self.get(name)
            generation = int(found["metadata"]["generation"])
            return int(found["status"].get("observedGeneration", 0)) >= generation

        eventually(seen)

    def update(self, subresource: str = "", **changes: Body) -> Body:
        """Read, change and replace, again if someone else was quicker."""

        def replaced() -> Body:
            found = self.get()
            for part, change in changes.items():
                found[part] |= change
            answer = self.api.ask("PUT", f"{self.path}/foo{subresource}", found)
            assert answer.status in (200, 409), answer
            return answer.body if answer.status == 200 else {}

        updated = eventually(replaced)
        self.processed()
        return updated

    def ready(self, count: int) -> list[Body]:
        """The Pods once so many are ready and stay."""

        def found() -> list[Body]:
            listed = self.api.get(self.pods_path, labelSelector="foo=bar")["items"]
            ready = [pod for pod in listed if _ready(pod)]
            return ready if len(ready) >= count else []

        return eventually(found)

    def evict(self, pod: Body) -> tuple[int, Body]:
        data = {"name": pod["metadata"]["name"], "namespace": self.namespace}
        body = {"kind": "Eviction", "apiVersion": "policy/v1", "metadata": data}
        answer = self.api.ask("POST", f"{self.pods_path}/{data['name']}/eviction", body)
        assert "retry-after" not in answer.headers, "clients would wait and try again"
        return answer.status, answer.body


def _ready(pod: Body) -> bool:
    conditions = pod["status"].get("conditions", [])
    ready = any((c["type"], c["status"]) == ("Ready", "True") for c in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def pod(name: str) -> Body:
    """A Pod that the budgets select."""
    spec = {"containers": [{"name": "donothing", "image": PAUSE}], "restartPolicy": "Always"}
    return {"metadata": {"name": name, "labels": LABELS}, "spec": spec}


def replica_set() -> Body:
    """Three such Pods, which are replaced."""
    template = {"metadata": {"labels": LABELS}, "spec": pod("")["spec"]}
    spec = {"replicas": 3, "selector": {"matchLabels": LABELS}, "template": template}
    return {"metadata": {"name": "rs"}, "spec": spec}


@pytest.fixture
def budgets(api: Api, namespace: str) -> Budgets:
    """The budgets of the test's own namespace."""
    return Budgets(api, namespace)


@pytest.fixture
def elsewhere(api: Api) -> Iterator[Budgets]:
    """The budgets of a second namespace."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    yield Budgets(api, name)
    api.delete(f"/api/v1/namespaces/{name}")


@pytest.mark.conformance(
    "disruption", "should list and delete a collection of PodDisruptionBudgets"
)
def test_collections(budgets: Budgets, elsewhere: Budgets, api: Api) -> None:
    """Labels select over all namespaces; a collection is deleted in its own namespace only."""
    budgets.create("foo", 2, foo_pdb="bar_pdb")
    budgets.create("foo2", "1%", foo_pdb="bar_pdb")
    elsewhere.create("foo3", 2, foo_pdb="bar_pdb")
    for path, names in (
        ("/apis/policy/v1/poddisruptionbudgets", ["foo", "foo2", "foo3"]),
        (budgets.path, ["foo", "foo2"]),
    ):
        listed = api.get(path, labelSelector="foo_pdb=bar_pdb")["items"]
        assert sorted(one["metadata"]["name"] for one in listed) == names
    api.delete(budgets.path)
    assert eventually(lambda: not api.get(budgets.path)["items"])
    assert [one["metadata"]["name"] for one in api.get(elsewhere.path)["items"]] == ["foo3"]


@pytest.mark.conformance("disruption", "should create a PodDisruptionBudget")
def test_create_update_patch_delete(budgets: Budgets, api: Api) -> None:
    """Each verb is answered with the object as it is then."""
    budgets.create("foo", "1%")
    assert budgets.update(spec={"minAvailable": "2%"})["spec"]["minAvailable"] == "2%"
    patched = api.patch(f"{budgets.path}/foo", {"spec": {"minAvailable": "3%"}}, MERGE)
    assert (patched["spec"]["minAvailable"], patched["metadata"]["generation"]) == ("3%", 3)
    budgets.processed()
    api.delete(f"{budgets.path}/foo")
    assert eventually(lambda: api.ask("GET", f"{budgets.path}/foo").status == 404)


@pytest.mark.conformance("disruption", "should observe PodDisruptionBudget status updated")
def test_the_status_follows_the_pods(budgets: Budgets, api: Api) -> None:
    """Of three healthy Pods that are nobody's two may go when one must stay."""
    budgets.create("foo", 1)
    assert budgets.get()["status"]["disruptionsAllowed"] == 0
    for number in range(3):
        api.post(budgets.pods_path, pod(f"pod-{number}"))
    eventually(lambda: budgets.get()["status"]["disruptionsAllowed"] == 2)
    status = budgets.get()["status"]
    found = [status[key] for key in ("currentHealthy", "desiredHealthy", "expectedPods")]
    assert found == [3, 1, 3]


@pytest.mark.conformance("disruption", "should update/patch PodDisruptionBudget status")
def test_disrupted_pods_are_written_by_clients(budgets: Budgets, api: Api) -> None:
    """A Pod that exists stays among the disrupted ones until a patch takes it out."""
    budgets.create("foo", 1)
    api.post(budgets.pods_path, pod("pod-0"))
    (running,) = budgets.ready(1)
    name = running["metadata"]["name"]
    when = api.get("/api/v1/nodes")["items"][0]["status"]["conditions"][-1]["lastHeartbeatTime"]
    budgets.update("/status", status={"disruptedPods": {name: when}})
    assert list(api.get(f"{budgets.path}/foo/status")["status"]["disruptedPods"]) == [name]
    patched = api.patch(f"{budgets.path}/foo/status", {"status": {"disruptedPods": None}}, MERGE)
    assert not patched["status"].get("disruptedPods")


@pytest.mark.conformance(
    "disruption", "should block an eviction until the PDB is updated to allow it"
)
def test_evictions(budgets: Budgets, api: Api, namespace: str) -> None:
    """429 with the cause DisruptionBudget while the budget forbids it; afterwards the Pod goes."""
    budgets.create("foo", 3)
    api.post(f"/apis/apps/v1/namespaces/{namespace}/replicasets", replica_set())
    first = budgets.ready(3)[0]
    eventually(lambda: budgets.get()["status"]["currentHealthy"] == 3)
    _refused(budgets, first, "needs 3 healthy pods and has 3 currently")
    budgets.update(spec={"minAvailable": 2})
    budgets.ready(3)
    eventually(lambda: budgets.get()["status"]["desiredHealthy"] == 2)
    status, body = budgets.evict(first)
    assert (status, body["status"]) == (201, "Success")
    tight = {"spec": {"minAvailable": None, "maxUnavailable": 0}}
    api.patch(f"{budgets.path}/foo", tight, MERGE)
    budgets.processed()
    last = budgets.ready(3)[0]
    assert last["metadata"]["uid"] != first["metadata"]["uid"]
    eventually(lambda: budgets.get()["status"]["currentHealthy"] == 3)
    _refused(budgets, last, "needs 3 healthy pods and has 3 currently")
    api.delete(f"{budgets.path}/foo")
    eventually(lambda: api.ask("GET", f"{budgets.path}/foo").status == 404)
    assert budgets.evict(last)[0] == 201


def _refused(budgets: Budgets, pod: Body, why: str) -> None:
    status, body = budgets.evict(pod)
    assert (status, body["code"], body["reason"]) == (429, 429, "TooManyRequests")
    (cause,) = body["details"]["causes"]
    assert cause == {"reason": "DisruptionBudget", "message": f"The disruption budget foo {why}"}
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    assert body["message"] == message


def test_unready_pods_go_when_the_budget_says_so(budgets: Budgets, api: Api) -> None:
    """AlwaysAllow lets a Pod go that is not ready, which the usual policy holds back."""
    made = pod("sick")
    probe = {"exec": {"command": ["/pause-that-is-not-there"]}, "periodSeconds": 1}
    made["spec"]["containers"][0]["readinessProbe"] = probe
    sick = api.post(budgets.pods_path, made)
    eventually(lambda: api.get(f"{budgets.pods_path}/sick")["status"]["phase"] == "Running")
    budgets.create("foo", 1)
    assert budgets.evict(sick)[0] == 429
    budgets.update(spec={"unhealthyPodEvictionPolicy": "AlwaysAllow"})
    assert budgets.evict(sick)[0] == 201
