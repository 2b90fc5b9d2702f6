"""DaemonSets: one Pod on each node that they may run on, and their revisions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conformance.rest import STRATEGIC, Api, Body
from tests.conformance.workloads import (
    AGNHOST,
    HTTPD,
    controlled,
    pods,
    retried,
    status_conditions_are_kept,
)
from tests.support import eventually

pytestmark = pytest.mark.kubectl

HASH = "controller-revision-hash"
NAME = "daemon-set"
SELECTOR = f"daemonset-name={NAME}"


def daemon(**spec: Any) -> Body:
    """As the tests write one: no arguments, an empty security context."""
    labels = {"daemonset-name": NAME}
    ports = [{"containerPort": 9376}]
    container = {
        "name": "app", "image": HTTPD, "ports": ports, "resources": {}, "securityContext": {},
    }  # fmt: skip
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [container], "securityContext": {}},
    }
    return {
        "metadata": {"name": NAME, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": template,
            "updateStrategy": {},
            **spec,
        },
        "status": {
            "currentNumberScheduled": 0, "numberMisscheduled": 0,
            "desiredNumberScheduled": 0, "numberReady": 0,
        },
    }  # fmt: skip


def home(namespace: str) -> str:
    """The path of the DaemonSets of a namespace."""
    return f"/apis/apps/v1/namespaces/{namespace}/daemonsets"


def nodes(api: Api) -> list[str]:
    """The names of all nodes."""
    return [node["metadata"]["name"] for node in api.get("/api/v1/nodes")["items"]]


def seats(api: Api, namespace: str, owner: Body) -> list[str]:
    """The nodes on which a ready Pod of the owner is that nobody deletes."""
    return sorted(
        pod["spec"]["nodeName"]
        for pod in pods(api, namespace)
        if controlled(pod, owner) and "deletionTimestamp" not in pod["metadata"] and ready(pod)
    )


def ready(pod: Body) -> bool:
    """Is it available?"""
    conditions = pod["status"].get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


@pytest.fixture
def everywhere(api: Api, namespace: str) -> Body:
    """A DaemonSet whose Pods run on all nodes, and whose status says so."""
    owner: Body = api.post(home(namespace), daemon())
    eventually(lambda: seats(api, namespace, owner) == sorted(nodes(api)))
    path, count = f"{home(namespace)}/{NAME}", len(nodes(api))

    def told() -> bool:
        found = api.get(path)["status"]
        counts = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady")
        return all(found.get(field) == count for field in counts)

    eventually(told)
    return owner


@pytest.mark.conformance("daemon_set", "should run and stop simple daemon")
def test_a_daemon_that_is_deleted_comes_back(api: Api, namespace: str, everywhere: Body) -> None:
    """A Pod that someone deletes is replaced on its node."""
    gone = pods(api, namespace, SELECTOR)[0]["metadata"]
    api.delete(f"/api/v1/namespaces/{namespace}/pods/{gone['name']}")
    eventually(lambda: seats(api, namespace, everywhere) == sorted(nodes(api)))
    eventually(lambda: gone["uid"] not in [p["metadata"]["uid"] for p in pods(api, namespace)])


@pytest.mark.conformance("daemon_set", "should run and stop complex daemon")
def test_a_daemon_follows_the_labels_of_nodes(api: Api, namespace: str) -> None:
    """No Pod while no node has the colour; one where it has; none again; one after the selector
    of the DaemonSet changed."""
    made = daemon()
    made["spec"]["template"]["spec"]["nodeSelector"] = {"daemonset-color": "blue"}
    owner = api.post(home(namespace), made)
    node = nodes(api)[-1]

    def paint(color: str | None) -> None:
        def change(obj: Body) -> None:
            obj["metadata"]["labels"].pop("daemonset-color", None)
            if color:
                obj["metadata"]["labels"]["daemonset-color"] = color

        retried(api, f"/api/v1/nodes/{node}", change)

    path = f"{home(namespace)}/{NAME}"
    eventually(lambda: api.get(path)["status"].get("observedGeneration") == 1)
    assert pods(api, namespace) == []
    try:
        paint("blue")
        eventually(lambda: seats(api, namespace, owner) == [node])
        paint("green")
        eventually(lambda: pods(api, namespace) == [])
        chosen = {"template": {"spec": {"nodeSelector": {"daemonset-color": "green"}}}}
        change = {"spec": {**chosen, "updateStrategy": {"type": "RollingUpdate"}}}
        api.patch(path, change, STRATEGIC)
        eventually(lambda: seats(api, namespace, owner) == [node])
        eventually(lambda: api.get(path)["status"]["numberReady"] == 1)
    finally:
        paint(None)
    eventually(lambda: pods(api, namespace) == [])


@pytest.mark.conformance("daemon_set", "should retry creating failed daemon pods")
def test_a_failed_daemon_is_replaced(api: Api, namespace: str, everywhere: Body) -> None:
    """A Pod whose phase someone sets to Failed is deleted, and another comes."""
    pod = pods(api, namespace, SELECTOR)[0]
    path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
    pod["metadata"]["resourceVersion"] = ""
    pod["status"]["phase"] = "Failed"
    assert api.put(f"{path}/status", pod)["status"]["phase"] == "Failed"
    eventually(lambda: api.ask("GET", path).status == 404)
    eventually(lambda: seats(api, namespace, everywhere) == sorted(nodes(api)))


@pytest.mark.conformance(
    "daemon_set", "should update pod when spec was updated and update strategy is RollingUpdate"
)
def test_a_new_image_goes_from_node_to_node(api: Api, namespace: str, everywhere: Body) -> None:
    """One Pod is away at a time; each revision has its hash, which its Pods carry."""
    revisions = f"/apis/apps/v1/namespaces/{namespace}/controllerrevisions"
    path = f"{home(namespace)}/{NAME}"
    (first,) = api.get(revisions, labelSelector=SELECTOR)["items"]
    assert first["revision"] == 1
    assert present(api, path, revisions)["metadata"]["name"] == first["metadata"]["name"]
    assert hashes(api, namespace) == {first["metadata"]["labels"][HASH]}
    containers = [{"name": "app", "image": AGNHOST}]
    change = {"spec": {"template": {"spec": {"containers": containers}}}}
    api.patch(path, change, STRATEGIC)
    eventually(lambda: images(api, namespace, everywhere, HTTPD, AGNHOST) == {AGNHOST})
    eventually(lambda: seats(api, namespace, everywhere) == sorted(nodes(api)))
    assert len(api.get(revisions, labelSelector=SELECTOR)["items"]) == 2
    second = present(api, path, revisions)
    assert second["revision"] == 2
    assert hashes(api, namespace) == {second["metadata"]["labels"][HASH]}


def hashes(api: Api, namespace: str) -> set[str]:
    """The revisions of the Pods."""
    return {pod["metadata"]["labels"][HASH] for pod in pods(api, namespace, SELECTOR)}


def images(api: Api, namespace: str, owner: Body, *known: str) -> set[str]:
    """The images of the Pods, of which no more than one may be away at any moment."""
    found = [pod for pod in pods(api, namespace) if controlled(pod, owner)]
    assert len([pod for pod in found if not ready(pod)]) <= 1
    assert len(found) >= len(nodes(api)) - 1
    shown = {pod["spec"]["containers"][0]["image"] for pod in found}
    assert shown <= set(known)
    return shown


def present(api: Api, path: str, revisions: str) -> Body:
    """The one revision whose data are the DaemonSet's template, byte by byte: Go's clients
    compare the JSON text, with sorted keys and no spaces."""
    template = {**api.get(path)["spec"]["template"], "$patch": "replace"}
    wanted = json.dumps({"spec": {"template": template}}, sort_keys=True, separators=(",", ":"))
    found: list[Body] = []
    for revision in api.get(revisions, labelSelector=SELECTOR)["items"]:
        data = json.dumps(revision["data"], separators=(",", ":"))
        if data == wanted:
            found.append(revision)
    (one,) = found
    return one


@pytest.mark.conformance("daemon_set", "should rollback without unnecessary restarts")
def test_a_roll_back_leaves_alone_what_was_not_renewed(
    api: Api, namespace: str, everywhere: Body
) -> None:
    """Half-way to an image that does not exist, back to the old one: Pods that were still old
    are the same Pods afterwards."""
    path = f"{home(namespace)}/{NAME}"

    def image(name: str) -> None:
        def change(obj: Body) -> None:
            obj["spec"]["template"]["spec"]["containers"][0]["image"] = name

        retried(api, path, change)

    image("foo:non-existent")
    eventually(
        lambda: "foo:non-existent" in images(api, namespace, everywhere, HTTPD, "foo:non-existent")
    )
    untouched = {
        pod["metadata"]["name"]
        for pod in pods(api, namespace, SELECTOR)
        if pod["spec"]["containers"][0]["image"] == HTTPD
    }
    assert untouched
    image(HTTPD)
    eventually(lambda: seats(api, namespace, everywhere) == sorted(nodes(api)))
    assert untouched <= {pod["metadata"]["name"] for pod in pods(api, namespace, SELECTOR)}
    assert images(api, namespace, everywhere, HTTPD) == {HTTPD}


@pytest.mark.conformance("daemon_set", "should list and delete a collection of DaemonSets")
def test_deleted_as_a_collection(api: Api, namespace: str, everywhere: Body) -> None:
    """Gone at once, and the Pods after it."""
    query = {"labelSelector": SELECTOR}
    assert len(api.get("/apis/apps/v1/daemonsets", **query)["items"]) == 1
    api.delete(home(namespace), {"gracePeriodSeconds": 1}, **query)
    assert api.get("/apis/apps/v1/daemonsets", **query)["items"] == []
    eventually(lambda: pods(api, namespace) == [])


@pytest.mark.conformance("daemon_set", "should verify changes to a daemon set status")
def test_the_status_is_a_part_of_its_own(api: Api, namespace: str) -> None:
    """Conditions of others can be added to the status and patched, and watches see it."""
    listed = api.get("/apis/apps/v1/daemonsets", labelSelector=SELECTOR)["metadata"]
    owner = api.post(home(namespace), daemon())
    eventually(lambda: seats(api, namespace, owner) == sorted(nodes(api)))
    path = f"{home(namespace)}/{NAME}"
    status_conditions_are_kept(api, path, listed["resourceVersion"], SELECTOR)


@pytest.mark.conformance(
    "controller_revision", "should manage the lifecycle of a ControllerRevision"
)
def test_the_life_of_a_revision(api: Api, namespace: str, everywhere: Body) -> None:
    """Patched, a second one made by hand, the first deleted, the second updated, a third by a
    new template, the second deleted as a collection; no Pod is restarted for the second."""
    revisions = f"/apis/apps/v1/namespaces/{namespace}/controllerrevisions"
    path = f"{home(namespace)}/{NAME}"

    def names() -> list[str]:
        found = api.get(revisions, labelSelector=SELECTOR)["items"]
        return [revision["metadata"]["name"] for revision in found]

    (first,) = api.get("/apis/apps/v1/controllerrevisions", labelSelector=SELECTOR)["items"]
    title = first["metadata"]["name"]
    assert first["metadata"]["ownerReferences"][0]["uid"] == everywhere["metadata"]["uid"]
    change = {"metadata": {"labels": {title: "patched"}}}
    patched = api.patch(f"{revisions}/{title}", change, STRATEGIC)
    assert patched["metadata"]["labels"][title] == "patched"
    before = {pod["metadata"]["uid"] for pod in pods(api, namespace)}
    second = {
        "metadata": {
            "name": f"{NAME}-6b6db8f4c",
            "labels": {"daemonset-name": NAME, HASH: "6b6db8f4c"},
            "ownerReferences": first["metadata"]["ownerReferences"],
        },
        "data": first["data"],
        "revision": 2,
    }
    api.post(revisions, second)
    assert sorted(names()) == sorted([title, f"{NAME}-6b6db8f4c"])
    api.delete(f"{revisions}/{title}")
    eventually(lambda: names() == [f"{NAME}-6b6db8f4c"])

    def label(obj: Body) -> None:
        obj["metadata"]["labels"][obj["metadata"]["name"]] = "updated"

    retried(api, f"{revisions}/{NAME}-6b6db8f4c", label)
    assert {pod["metadata"]["uid"] for pod in pods(api, namespace)} == before
    template = {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}
    wrong = {"spec": template, "updateStrategy": {"type": "RollingUpdate"}}
    answer = api.ask("PATCH", path, wrong, content_type=STRATEGIC)
    assert answer.status == 200, answer
    assert "unknown field" in answer.headers["warning"]
    eventually(lambda: len(names()) == 2)
    api.delete(revisions, {}, labelSelector=f"{NAME}-6b6db8f4c=updated")
    eventually(lambda: len(names()) == 1)
    (third,) = api.get(revisions)["items"]
    assert third["revision"] == 3
    eventually(lambda: seats(api, namespace, everywhere) == sorted(nodes(api)))


def test_with_a_surge_new_pods_come_before_old_ones_go(api: Api, namespace: str) -> None:
    """maxSurge 1 and maxUnavailable 0: every node has a ready Pod at every moment, and never more
    than one node has two."""
    rolling = {"maxSurge": 1, "maxUnavailable": 0}
    made = daemon(updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    owner = api.post(home(namespace), made)
    everywhere = sorted(nodes(api))
    eventually(lambda: seats(api, namespace, owner) == everywhere)

    def image(obj: Body) -> None:
        obj["spec"]["template"]["spec"]["containers"][0]["image"] = AGNHOST

    where = f"/api/v1/namespaces/{namespace}/pods"
    listed = api.get(where)
    now = {pod["metadata"]["uid"]: pod for pod in listed["items"]}
    retried(api, f"{home(namespace)}/{NAME}", image)
    most = 0
    with api.watch(where, resourceVersion=listed["metadata"]["resourceVersion"]) as events:
        for event in events:
            pod = event["object"]
            now[pod["metadata"]["uid"]] = pod
            if event["type"] == "DELETED":
                del now[pod["metadata"]["uid"]]
            staying = [p for p in now.values() if "deletionTimestamp" not in p["metadata"]]
            assert {p["spec"]["nodeName"] for p in staying if ready(p)} == set(everywhere)
            most = max(most, len(staying))
            shown = {p["spec"]["containers"][0]["image"] for p in now.values()}
            if shown == {AGNHOST} and len(now) == len(everywhere):
                break
    assert most == len(everywhere) + 1
