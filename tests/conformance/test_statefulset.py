"""StatefulSets of web servers whose readiness is the page that they serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.rest import STRATEGIC, Api, Body
from tests.conformance.workloads import (
    AGNHOST,
    HTTPD,
    NEWER_HTTPD,
    PAUSE,
    pods,
    retried,
    scale_is_read_written_and_patched,
    status_conditions_are_kept,
    until,
)
from tests.support import eventually

pytestmark = pytest.mark.kubectl

LABELS = {"foo": "bar", "baz": "blah"}
SELECTOR = "baz=blah,foo=bar"
REVISION = "controller-revision-hash"
OLDER_AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.52"


@dataclass(frozen=True)
class Web:
    """A web server in two editions, and the page whose presence makes it ready."""

    image: str
    newer: str
    page: str
    folder: str = "/"
    args: tuple[str, ...] = ()

    @property
    def container(self) -> Body:
        """The container, without a probe."""
        made: Body = {"name": "webserver", "image": self.image, "resources": {}}
        return {**made, "args": list(self.args)} if self.args else made

    @property
    def probe(self) -> Body:
        """Ready while the page is there."""
        get = {"path": f"/{self.page}", "port": 80}
        return {"httpGet": get, "periodSeconds": 1, "successThreshold": 1, "failureThreshold": 1}

    @property
    def hides(self) -> str:
        """The command that takes the page away."""
        return f"mv -v {self.folder}{self.page} /tmp/ || true"

    @property
    def shows(self) -> str:
        """The command that brings it back."""
        return f"mv -v /tmp/{self.page} {self.folder} || true"


APACHE = Web(HTTPD, NEWER_HTTPD, "index.html", "/usr/local/apache2/htdocs/")
FILES = Web(OLDER_AGNHOST, AGNHOST, "localhost.crt", args=("test-webserver",))


class Stateful:
    """One StatefulSet with its headless Service, and what the tests do with it."""

    def __init__(self, api: Api, cluster: Any, namespace: str, web: Web) -> None:
        self.api, self.cluster, self.namespace, self.web = api, cluster, namespace, web
        self.name = "ss"
        self.home = f"/apis/apps/v1/namespaces/{namespace}/statefulsets"
        self.path = f"{self.home}/{self.name}"
        self.labels = LABELS

    def create(self, replicas: int, *, probe: bool = True, **spec: Any) -> Body:
        """Post the Service and the StatefulSet."""
        ports = [{"port": 80, "name": "http", "protocol": "TCP"}]
        headless = {"clusterIP": "None", "selector": self.labels, "ports": ports}
        services = f"/api/v1/namespaces/{self.namespace}/services"
        self.api.post(services, {"metadata": {"name": "test"}, "spec": headless})
        container = self.web.container
        if probe:
            container["readinessProbe"] = self.web.probe
        template = {
            "metadata": {"labels": self.labels, "annotations": {}},
            "spec": {"containers": [container]},
        }
        made: Body = {
            "kind": "StatefulSet",
            "apiVersion": "apps/v1",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {
                "selector": {"matchLabels": self.labels},
                "replicas": replicas,
                "template": template,
                "updateStrategy": {"type": "RollingUpdate"},
                "serviceName": "test",
                **spec,
            },
            "status": {"replicas": 0, "availableReplicas": 0},
        }
        return self.api.post(self.home, made)  # type: ignore[no-any-return]

    def get(self) -> Body:
        """The StatefulSet now."""
        return self.api.get(self.path)  # type: ignore[no-any-return]

    def pods(self) -> list[Body]:
        """Its Pods in the order of their names, as the server lists them."""
        selector = ",".join(f"{key}={value}" for key, value in sorted(self.labels.items()))
        return pods(self.api, self.namespace, selector)

    def ready(self) -> list[bool]:
        """Whether each Pod runs and is ready."""
        return [
            pod["status"].get("phase") == "Running"
            and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions(pod))
            for pod in self.pods()
        ]

    def await_ready(self, *wanted: bool) -> None:
        """Exactly so many Pods, ready or not as said; never more of them."""

        def ask() -> bool:
            found = self.ready()
            assert len(found) <= len(wanted), found
            return found == list(wanted)

        eventually(ask)

    def await_counts(self, **wanted: int) -> None:
        """Counts of the status, once this generation is observed."""

        def ask() -> bool:
            found = self.observed()["status"]
            return all(found.get(field, 0) == value for field, value in wanted.items())

        eventually(ask)

    def observed(self) -> Body:
        """The StatefulSet as soon as its controller has seen its newest generation."""

        def ask() -> Body | None:
            found = self.get()
            seen = found["status"].get("observedGeneration", 0) >= found["metadata"]["generation"]
            return found if seen else None

        found = eventually(ask)
        assert found is not None
        return found

    def revisions(self) -> tuple[str, str]:
        """The present and the newest revision, once observed."""
        status = self.observed()["status"]
        return status["currentRevision"], status["updateRevision"]

    def update(self, change: Callable[[Body], None]) -> Body:
        """Read, change, write."""
        return retried(self.api, self.path, change)

    def scale(self, replicas: int) -> None:
        """Set ``spec.replicas``."""

        def change(obj: Body) -> None:
            obj["spec"]["replicas"] = replicas

        self.update(change)

    def image(self, image: str) -> None:
        """Set the image of the template."""

        def change(obj: Body) -> None:
            obj["spec"]["template"]["spec"]["containers"][0]["image"] = image

        self.update(change)

    def shell(self, command: str, *numbers: int) -> str:
        """``/bin/sh -x -c`` in some of its Pods."""
        return "".join(
            self.cluster.done(
                "-n",
                self.namespace,
                "exec",
                f"{self.name}-{n}",
                "--",
                "/bin/sh",
                "-x",
                "-c",
                command,
            )
            for n in numbers
        )

    def delete_pod(self, number: int) -> None:
        """Delete one at once."""
        path = f"/api/v1/namespaces/{self.namespace}/pods/{self.name}-{number}"
        self.api.delete(path, {"gracePeriodSeconds": 0})

    def shown(self) -> list[tuple[str, str]]:
        """Image and revision of each Pod."""
        return [
            (pod["spec"]["containers"][0]["image"], pod["metadata"]["labels"][REVISION])
            for pod in self.pods()
        ]


def conditions(obj: Body) -> list[Body]:
    """Those of its status."""
    found: list[Body] = (obj.get("status") or {}).get("conditions") or []
    return found


@pytest.fixture
def stateful(api: Api, cluster: Any, namespace: str, request: pytest.FixtureRequest) -> Stateful:
    """A StatefulSet that is not there yet; of agnhost, unless a test asks for another server."""
    return Stateful(api, cluster, namespace, getattr(request, "param", FILES))


@pytest.mark.conformance(
    "statefulset",
    "Scaling should happen in predictable order and halt if any stateful pod is unhealthy",
)
def test_scaling_in_order_waits_for_the_unhealthy(stateful: Stateful, api: Api) -> None:
    """0, 1, 2 up and 2, 1, 0 down; while a Pod is not ready no other comes or goes."""
    where = f"/api/v1/namespaces/{stateful.namespace}/pods"
    listed = api.get(where, labelSelector=SELECTOR)["metadata"]["resourceVersion"]
    order: list[tuple[str, str]] = []
    with api.watch(where, timeout=120, resourceVersion=listed, labelSelector=SELECTOR) as events:

        def seen(kind: str, count: int) -> None:
            for _ in range(count):
                found = until(events, lambda event: event["type"] == kind)
                order.append((kind, found["object"]["metadata"]["name"]))

        stateful.create(1)
        stateful.await_ready(True)
        moved = stateful.shell(stateful.web.hides, 0)
        assert moved == "'/localhost.crt' -> '/tmp/localhost.crt'\n"
        stateful.await_ready(False)
        stateful.await_counts(readyReplicas=0)
        stateful.scale(3)
        stateful.observed()
        assert len(stateful.pods()) == 1
        stateful.shell(stateful.web.shows, 0)
        eventually(lambda: stateful.ready() == [True, True, True])
        seen("ADDED", 3)
        stateful.shell(stateful.web.hides, 0, 1, 2)
        stateful.await_counts(readyReplicas=0)
        stateful.scale(0)
        stateful.observed()
        assert stateful.ready() == [False, False, False]
        stateful.shell(stateful.web.shows, 0, 1, 2)
        seen("DELETED", 3)
    names = [name for _, name in order]
    assert names == ["ss-0", "ss-1", "ss-2", "ss-2", "ss-1", "ss-0"]
    stateful.await_counts(replicas=0)


@pytest.mark.conformance(
    "statefulset", "Burst scaling should run to completion even with unhealthy pods"
)
@pytest.mark.parametrize("stateful", [APACHE], ids=["httpd"], indirect=True)
def test_parallel_scaling_does_not_wait(stateful: Stateful) -> None:
    """With podManagementPolicy Parallel Pods come and go although some are not ready."""
    stateful.create(1, podManagementPolicy="Parallel")
    stateful.await_ready(True)
    stateful.shell(stateful.web.hides, 0)
    stateful.await_ready(False)
    stateful.await_counts(readyReplicas=0)
    stateful.scale(3)
    eventually(lambda: len(stateful.pods()) == 3)
    stateful.shell(stateful.web.shows, 0)
    stateful.await_ready(True, True, True)
    stateful.shell(stateful.web.hides, 0, 1, 2)
    stateful.await_counts(readyReplicas=0)
    stateful.await_ready(False, False, False)
    stateful.scale(0)
    eventually(lambda: not stateful.pods())
    stateful.await_counts(replicas=0)


@pytest.mark.conformance(
    "statefulset", "should perform rolling updates and roll backs of template modifications"
)
def test_a_roll_out_and_a_roll_back(stateful: Stateful) -> None:
    """A new image reaches every Pod once the unhealthy one is well; the old image brings the old
    revision back instead of a new one."""
    web = stateful.web
    stateful.create(3)
    stateful.await_ready(True, True, True)
    first, newest = stateful.revisions()
    assert first == newest
    assert stateful.shown() == [(web.image, first)] * 3

    def rolled(image: str) -> tuple[str, str]:
        stateful.shell(stateful.web.hides, 1)
        stateful.await_ready(True, False, True)
        stateful.image(image)
        before, after = stateful.revisions()
        stateful.shell(stateful.web.shows, 1)
        eventually(lambda: len(set(stateful.revisions())) == 1)
        eventually(lambda: stateful.ready() == [True] * 3)
        return before, after

    old, second = rolled(web.newer)
    assert old == first != second
    assert stateful.revisions() == (second, second)
    assert stateful.shown() == [(web.newer, second)] * 3
    assert rolled(web.image) == (second, first)
    assert stateful.revisions() == (first, first)
    assert stateful.shown() == [(web.image, first)] * 3


@pytest.mark.conformance(
    "statefulset",
    "should perform canary updates and phased rolling updates of template modifications",
)
def test_partitions_hold_back_a_roll_out(stateful: Stateful) -> None:
    """Only Pods from the partition on are renewed; one that is deleted comes back as it was."""

    def strategy(partition: int) -> Body:
        return {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}

    def partition(number: int) -> None:
        def change(obj: Body) -> None:
            obj["spec"]["updateStrategy"] = strategy(number)

        stateful.update(change)

    stateful.create(3, updateStrategy=strategy(3))
    stateful.await_ready(True, True, True)
    first, newest = stateful.revisions()
    assert first == newest
    web = stateful.web
    stateful.image(web.newer)
    current, second = stateful.revisions()
    assert current == first != second
    old, new = (web.image, first), (web.newer, second)
    assert stateful.shown() == [old, old, old]
    partition(2)
    eventually(lambda: stateful.shown() == [old, old, new])
    stateful.await_ready(True, True, True)
    stateful.delete_pod(0)
    stateful.delete_pod(2)
    stateful.await_ready(True, True, True)
    assert stateful.shown() == [old, old, new]
    partition(1)
    eventually(lambda: stateful.shown() == [old, new, new])
    partition(0)
    eventually(lambda: stateful.shown() == [new, new, new])
    eventually(lambda: stateful.revisions() == (second, second))


@pytest.mark.conformance("statefulset", "Should recreate evicted statefulset")
def test_a_pod_that_the_node_refuses_is_made_anew(stateful: Stateful, api: Api) -> None:
    """Placed on a node whose port another Pod has, the Pod fails; it is made anew, and runs when
    the port is free."""
    where = f"/api/v1/namespaces/{stateful.namespace}/pods"
    port = {"hostPort": 21017, "containerPort": 21017, "name": "conflict"}
    node = api.get("/api/v1/nodes")["items"][-1]["metadata"]["name"]
    web = {**stateful.web.container, "ports": [port]}
    other = {"metadata": {"name": "test-pod"}, "spec": {"nodeName": node, "containers": [web]}}
    api.post(where, other)
    eventually(lambda: api.get(f"{where}/test-pod")["status"].get("phase") == "Running")
    template = {"metadata": {"labels": LABELS}, "spec": {"nodeName": node, "containers": [web]}}
    stateful.create(1, template=template)
    with api.watch(where, fieldSelector="metadata.name=ss-0", resourceVersion="0") as events:
        failed = until(events, lambda e: e["object"]["status"].get("phase") == "Failed")["object"]
        assert failed["status"]["reason"] == "NodePorts"
        assert failed["status"]["message"] == (
            "Pod was rejected: Predicate NodePorts failed: "
            "node(s) didn't have free ports for the requested pod ports"
        )
        gone = until(events, lambda e: e["type"] == "DELETED")["object"]
        assert gone["metadata"]["uid"] == failed["metadata"]["uid"]
    api.delete(f"{where}/test-pod", {"gracePeriodSeconds": 0})

    def runs() -> Body | None:
        answer = api.ask("GET", f"{where}/ss-0")
        running = answer.status == 200 and answer.body["status"].get("phase") == "Running"
        found: Body = answer.body
        return found if running else None

    again = eventually(runs)
    assert again is not None
    assert again["metadata"]["uid"] != gone["metadata"]["uid"]


@pytest.mark.conformance("statefulset", "should have a working scale subresource")
def test_the_scale_is_read_written_and_patched(stateful: Stateful, api: Api) -> None:
    """By PUT without a resourceVersion and by a strategic merge patch, once its Pod is there."""
    stateful.create(1)
    stateful.await_ready(True)
    stateful.await_counts(replicas=1)
    scale_is_read_written_and_patched(api, stateful.path)


@pytest.mark.conformance(
    "statefulset", "should list, patch and delete a collection of StatefulSets"
)
def test_listed_patched_and_deleted_as_a_collection(stateful: Stateful, api: Api) -> None:
    """A patch that brings a container puts it first, as the patch's order says; a field that is
    misspelt is dropped with a warning."""
    stateful.create(1)
    stateful.await_ready(True)
    change = {
        "metadata": {"labels": {"test-ss": "patched"}},
        "spec": {
            "replicas": 2,
            "template": {
                "spec": {
                    "TerminationGracePeriodSeconds": 1,
                    "containers": [{"name": "test-ss", "image": PAUSE}],
                }
            },
        },
    }
    answer = api.ask("PATCH", stateful.path, change, content_type=STRATEGIC)
    assert answer.status == 200, answer
    found = stateful.get()["spec"]
    assert found["replicas"] == 2
    containers = found["template"]["spec"]["containers"]
    assert [c["image"] for c in containers] == [PAUSE, stateful.web.image]
    assert found["template"]["spec"]["terminationGracePeriodSeconds"] == 30
    eventually(lambda: stateful.ready() == [True, True])
    everywhere, query = "/apis/apps/v1/statefulsets", {"labelSelector": "test-ss=patched"}
    assert len(api.get(everywhere, **query)["items"]) == 1
    api.delete(stateful.home, {"gracePeriodSeconds": 1}, **query)
    assert api.get(everywhere, **query)["items"] == []


@pytest.mark.conformance("statefulset", "should validate Statefulset Status endpoints")
def test_the_status_is_a_part_of_its_own(stateful: Stateful, api: Api) -> None:
    """Conditions of others can be added to the status and patched, and watches see it."""
    version = api.get("/apis/apps/v1/statefulsets", labelSelector="e2e=testing")["metadata"]
    stateful.create(1)
    stateful.await_ready(True)
    stateful.observed()
    api.patch(stateful.path, {"metadata": {"labels": {"e2e": "testing"}}}, STRATEGIC)
    status_conditions_are_kept(api, stateful.path, version["resourceVersion"], "e2e=testing")
