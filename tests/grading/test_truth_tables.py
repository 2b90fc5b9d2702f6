"""The truth behind typed answers, held against a cluster and not against our own tables.

02.1: after each of its events the EndpointSlice of an embedded cluster is read.  09.1: each pair of
origin and target is asked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from labkit.clock import SystemClock
from labkit.cluster.embedded import EmbeddedCluster
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import Home
from labkit.grading.draw import Draw
from labkit.grading.exercises import x02_1, x09_1
from labkit.grading.stage import Stage
from labkit.words import Words


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An embedded cluster of the module's own."""
    words, clock = Words("en"), SystemClock()
    home = Home(tmp_path_factory.mktemp("truth"), chosen=True)
    cluster = EmbeddedCluster(home, os.environ, clock, words)
    cluster.up()
    kubectl = Kubectl(find_program(os.environ, words), cluster.environment(), clock, words)
    made = Stage(cluster, kubectl, clock)
    yield made
    made.close()
    cluster.down()


def pod(name: str, labels: dict[str, str], *, ready: bool = True) -> dict[str, Any]:
    """A Pod that is ready as long as a file is there."""
    start = "touch /tmp/ready; " if ready else ""
    probe = {
        "exec": {"command": ["cat", "/tmp/ready"]},
        "periodSeconds": 1,
        "failureThreshold": 1,
    }
    command = ["sh", "-c", f"{start}sleep 3600"]
    container = {"name": "web", "image": "busybox:1.36", "command": command}
    return _pod(name, labels, {**container, "readinessProbe": probe})


def server(ready: bool) -> dict[str, Any]:
    """A web server on 8080; its probe asks there, or where nobody listens."""
    probe = {"httpGet": {"port": 8080 if ready else 9999, "path": "/"}, "periodSeconds": 1}
    container = {
        "name": "web",
        "image": "hashicorp/http-echo:1.0.0",
        "args": ["-listen=:8080", "-text=hello"],
        "readinessProbe": probe,
    }
    return _pod("web", {"app": "web"}, container)


def _pod(name: str, labels: dict[str, str], container: dict[str, Any]) -> dict[str, Any]:
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0}
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def service(name: str, selector: dict[str, str], kind: str = "ClusterIP") -> dict[str, Any]:
    """A Service on port 80."""
    spec = {"type": kind, "selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def empty_deployment(name: str) -> dict[str, Any]:
    """A Deployment without Pods, to be labelled."""
    labels = {"app": f"{name}-none"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": "busybox:1.36"}]},
    }
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": {"app": f"{name}-none"}},
        "template": template,
    }
    metadata = {"name": name, "labels": {"app": name}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def ready_endpoints(stage: Stage, name: str) -> set[str]:
    """The Pods that the Service's slices list as ready."""
    return {
        one["targetRef"]["name"]
        for piece in stage.items("endpointslices", f"kubernetes.io/service-name={name}")
        for one in piece.get("endpoints") or ()
        if one["conditions"]["ready"]
    }


def happen(stage: Stage, what: str, name: str, app: str) -> None:
    """One event of 02.1, as a learner would cause it."""
    if what == "unready":
        stage.shell("rm /tmp/ready", name)
    elif what == "relabel":
        stage.run("label", "pod", name, "app=archive", "--overwrite")
    elif what == "delete":
        stage.run("delete", "pod", name)
    elif what == "deployment":
        stage.run("label", "deployment", name or app, "app=archive", "--overwrite")
    else:
        stage.apply(json.dumps(pod(name, {"app": app}, ready=False)))


@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_slices_after_each_event(stage: Stage, seed: str) -> None:
    """The lists that 02.1 holds for right are those of the cluster's own EndpointSlices."""
    task = x02_1.task(Draw(seed))
    app, pods = task.truth["app"], task.truth["pods"]
    stage.open(f"truth-02-{seed}")
    items = [pod(name, {"app": app}) for name in pods]
    items += [service(app, {"app": app}), empty_deployment(app)]
    stage.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    assert stage.endpoints(app, len(pods)) == len(pods)
    for step, (what, name) in enumerate(task.truth["events"], start=1):
        happen(stage, what, name, app)
        if what == "new":
            stage.until(lambda: len(stage.pods(f"app={app}")), 1)
        wanted = x02_1.after(task.truth, step)
        stage.until(lambda wanted=wanted: int(ready_endpoints(stage, app) == wanted), 1, 10.0)
        assert ready_endpoints(stage, app) == wanted, (step, what, name)


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort"])
def test_who_reaches_what(stage: Stage, kind: str, ready: bool) -> None:
    """The table that 09.1 holds for right is what requests from each place meet."""
    home, other = stage.open(f"truth-09-{kind.lower()}-{ready}".lower(), "truth-09-other")
    stage.apply(json.dumps(server(ready)))
    stage.apply(json.dumps(service("web", {"app": "web"}, kind)))
    for namespace in (home, other):
        stage.client(namespace=namespace)
    stage.until(lambda: int(stage.pods("app=web")[0]["status"].get("phase") == "Running"), 1)
    if ready:
        assert stage.endpoints("web", 1) == 1
    spec = stage.items("services")[0]["spec"]
    (found,) = stage.pods("app=web")
    node = json.loads(stage.run_anywhere("get", "nodes", "-o", "json").stdout)["items"][0]
    node_ip = next(
        one["address"] for one in node["status"]["addresses"] if one["type"] == "InternalIP"
    )
    targets = {
        "cluster-ip": (spec["clusterIP"], 80),
        "node-port": (node_ip, spec["ports"][0].get("nodePort", 30080)),
        "pod-ip": (found["status"]["podIP"], 8080),
    }
    places = {
        "pod": f"pod/{home}/labkit-asks",
        "other-namespace": f"pod/{other}/labkit-asks",
        "node": f"node/{node['metadata']['name']}",
        "laptop": "outside",
    }
    cluster: Any = stage.cluster
    table = {
        place: {
            name: cluster.ask_from(origin, host, port, "/", 1.0).get("status") == 200
            for name, (host, port) in targets.items()
        }
        for place, origin in places.items()
    }
    assert table == x09_1.truth(kind, ready)
    stage.close()
