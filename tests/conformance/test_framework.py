"""What the framework of the conformance tests asks of a cluster before, around and after a test.

After test/e2e/e2e.go (``setupSuite``) and test/e2e/framework: each request that it sends, in order.
"""

from __future__ import annotations

import base64
import json
import re
import uuid

import pytest

from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

pytestmark = pytest.mark.kubectl

INITIAL = {"allowWatchBookmarks": "true", "sendInitialEvents": "true"}
"""How informers begin since WatchList: what exists comes as ADDED, then a bookmark ends it."""


def is_true(obj: Body, kind: str) -> bool:
    """Is the condition of that type True?"""
    conditions = obj["status"].get("conditions", [])
    return any((c["type"], c["status"]) == (kind, "True") for c in conditions)


def test_every_node_can_be_scheduled_to(api: Api) -> None:
    """Ready, without taints, with the network up, by the list that comes from the cache."""
    query = {"resourceVersion": "0", "fieldSelector": "spec.unschedulable=false"}
    nodes = api.get("/api/v1/nodes", **query)["items"]
    assert len(nodes) == len(api.get("/api/v1/nodes")["items"]) >= 2
    for node in nodes:
        assert is_true(node, "Ready")
        assert not is_true(node, "NetworkUnavailable")
        assert not node["spec"].get("taints")
        addresses = {a["type"]: a["address"] for a in node["status"]["addresses"]}
        assert addresses["InternalIP"]
        assert addresses["Hostname"] == node["metadata"]["labels"]["kubernetes.io/hostname"]


def test_the_system_is_up(api: Api) -> None:
    """In kube-system every replica is ready, every Pod runs, every DaemonSet is complete."""

    def complete() -> bool:
        core, apps = "/api/v1/namespaces/kube-system", "/apis/apps/v1/namespaces/kube-system"
        controllers = api.get(f"{core}/replicationcontrollers")["items"]
        controllers += api.get(f"{apps}/replicasets")["items"]
        if any(c["spec"]["replicas"] != c["status"].get("readyReplicas", 0) for c in controllers):
            return False
        sets = [each["status"] for each in api.get(f"{apps}/daemonsets")["items"]]
        pods = api.get(f"{core}/pods")["items"]
        return all(is_true(pod, "Ready") for pod in pods) and all(
            each["numberReady"] == each["desiredNumberScheduled"] for each in sets
        )

    eventually(complete)
    names = [
        pod["spec"]["nodeName"]
        for pod in api.get(
            "/api/v1/namespaces/kube-system/pods", labelSelector="k8s-app=kube-proxy"
        )["items"]
    ]
    assert sorted(names) == sorted(
        node["metadata"]["name"] for node in api.get("/api/v1/nodes")["items"]
    )


def test_what_the_cluster_says_of_itself(api: Api, cluster: Cluster) -> None:
    """The version, the address family of the default Service, and kubectl's view of both."""
    version = api.get("/version")
    assert re.fullmatch(r"v1\.\d+\.\d+.*", version["gitVersion"])
    assert (version["major"], version["minor"].rstrip("+")) == tuple(
        version["gitVersion"].removeprefix("v").split(".")[:2]
    )
    service = api.get("/api/v1/namespaces/default/services/kubernetes")["spec"]
    assert service["ipFamilies"] == ["IPv4"]
    said = cluster.kubectl("version", "-o", "json")
    assert json.loads(said.out)["serverVersion"]["gitVersion"] == version["gitVersion"]


def test_a_namespace_for_a_test(api: Api) -> None:
    """It gets a name, its account and its certificate within moments, and goes with all it has."""
    run = uuid.uuid4().hex
    labels = {"e2e-framework": "services", "e2e-run": run}
    labels |= {f"pod-security.kubernetes.io/{mode}": "baseline" for mode in ("enforce", "warn")}
    body = {"metadata": {"name": f"services-{run[:4]}", "labels": labels}, "status": {}}
    made = api.post("/api/v1/namespaces", body)
    name = made["metadata"]["name"]
    assert (made["status"]["phase"], made["spec"]["finalizers"]) == ("Active", ["kubernetes"])
    assert made["metadata"]["labels"]["kubernetes.io/metadata.name"] == name
    again = api.ask("POST", "/api/v1/namespaces", body)
    assert (again.status, again.body["reason"]) == (409, "AlreadyExists")
    for plural, wanted in (("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")):
        path = f"/api/v1/namespaces/{name}/{plural}"
        assert _appears(api, path, wanted)["metadata"]["name"] == wanted
    api.delete(f"/api/v1/namespaces/{name}")
    eventually(lambda: api.ask("GET", f"/api/v1/namespaces/{name}").status == 404)


def _appears(api: Api, path: str, name: str) -> Body:
    """As ``watchtools.UntilWithSync``: an informer of one name sees the object come."""
    query = {"fieldSelector": f"metadata.name={name}", "resourceVersionMatch": "NotOlderThan"}
    with api.watch(path, **query, **INITIAL) as events:
        for event in events:
            if event["type"] in ("ADDED", "MODIFIED"):
                found: Body = event["object"]
                return found
    raise AssertionError(f"{name} never came")


def test_an_informer_is_told_when_it_has_everything(api: Api, namespace: str) -> None:
    """The bookmark carries ``k8s.io/initial-events-end`` and the version to go on from."""
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    api.post(path, {"metadata": {"name": "first"}})
    eventually(lambda: len(api.get(path)["items"]) == 2)
    with api.watch(path, resourceVersionMatch="NotOlderThan", **INITIAL) as events:
        first = [next(events) for _ in range(3)]
        assert [event["type"] for event in first] == ["ADDED", "ADDED", "BOOKMARK"]
        data = first[-1]["object"]["metadata"]
        assert data["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert "creationTimestamp" not in data, "since v1.34 a time that is zero is not written"
        newest = max(int(e["object"]["metadata"]["resourceVersion"]) for e in first[:2])
        assert int(data["resourceVersion"]) >= newest
        api.post(path, {"metadata": {"name": "second"}})
        event = next(events)
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "second")


def test_what_is_gathered_when_a_test_fails(api: Api, namespace: str, cluster: Cluster) -> None:
    """Events, Pods and logs of the namespace; events of a node; the dump of kubectl."""
    container = {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", "echo hi; exit 3"]}
    pod = {"restartPolicy": "Never", "containers": [container]}
    api.post(f"/api/v1/namespaces/{namespace}/pods", {"metadata": {"name": "p"}, "spec": pod})
    path = f"/api/v1/namespaces/{namespace}/pods/p"
    eventually(lambda: api.get(path)["status"]["phase"] == "Failed")
    events = api.get(f"/api/v1/namespaces/{namespace}/events")["items"]
    assert {"Scheduled", "Pulled", "Created", "Started"} <= {e["reason"] for e in events}
    assert all(event["involvedObject"]["name"] == "p" for event in events)
    log = api.ask("GET", f"{path}/log", container="c", previous="false")
    assert (log.status, log.body) == (200, "hi\n")
    node = api.get(path)["spec"]["nodeName"]
    selector = f"involvedObject.kind=Node,involvedObject.name={node},source=kubelet"
    selector += ",involvedObject.namespace="
    api.get("/api/v1/namespaces/kube-system/events", fieldSelector=selector)
    assert cluster.kubectl("describe", "pod", "p", "-n", namespace).status == 0
    assert '"kind": "EventList"' in cluster.kubectl("cluster-info", "dump", "-n", namespace).out


def test_commands_in_pods(api: Api, cluster: Cluster, namespace: str) -> None:
    """``RunHostCmd``: a shell in a Pod through exec, its output and its exit status."""
    container = {"name": "agnhost", "image": "registry.k8s.io/e2e-test-images/agnhost:2.53"}
    spec = {"containers": [{**container, "args": ["pause"]}]}
    body = {"metadata": {"name": "host"}, "spec": spec}
    api.post(f"/api/v1/namespaces/{namespace}/pods", body)
    path = f"/api/v1/namespaces/{namespace}/pods/host"
    eventually(lambda: is_true(api.get(path), "Ready"))
    words = ["exec", "host", "--namespace", namespace, "--", "/bin/sh", "-x", "-c"]
    good = cluster.kubectl(*words, "echo hostName && exit 0")
    assert (good.status, good.out) == (0, "hostName\n")
    bad = cluster.kubectl(*words, "exit 7")
    assert bad.status == 7
    assert "command terminated with exit code 7" in bad.err


def test_access_is_reviewed(api: Api) -> None:
    """The administrator may do anything; who the user is can be asked."""
    attributes = {"namespace": "default", "verb": "create", "resource": "pods"}
    review = {"spec": {"resourceAttributes": attributes}}
    done = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
    assert done["status"]["allowed"] is True
    who = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    assert who["status"]["userInfo"]["username"] == "kubernetes-admin"


def test_a_token_of_a_service_account(api: Api, cluster: Cluster, namespace: str) -> None:
    """``kubectl create token``: a JSON Web Token that names the account, for as long as asked."""
    account = api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default")
    said = cluster.done("create", "token", "default", "-n", namespace, "--duration=20m")
    claims = json.loads(base64.urlsafe_b64decode(said.split(".")[1] + "=="))
    assert claims["sub"] == f"system:serviceaccount:{namespace}:default"
    assert claims["exp"] - claims["iat"] == 1200
    named = claims["kubernetes.io"]["serviceaccount"]
    assert named == {"name": "default", "uid": account["metadata"]["uid"]}
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    made = api.post(path, {"spec": {}})
    assert (made["kind"], made["spec"]["expirationSeconds"]) == ("TokenRequest", 3600)
    short = api.ask("POST", path, {"spec": {"expirationSeconds": 60}})
    assert (short.status, short.body["reason"]) == (422, "Invalid")
    assert api.ask("POST", path.replace("default/token", "none/token"), {}).status == 404


def test_namespaces_go_quickly(api: Api) -> None:
    """A namespace with a workload is gone within the grace of its Pods, not minutes."""
    name = f"conformance-{uuid.uuid4().hex[:8]}"
    api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    template = {
        "metadata": {"labels": {"app": "a"}},
        "spec": {"containers": [{"name": "c", "image": "registry.k8s.io/pause:3.10"}]},
    }
    spec = {"replicas": 3, "selector": {"matchLabels": {"app": "a"}}, "template": template}
    path = f"/apis/apps/v1/namespaces/{name}/deployments"
    api.post(path, {"metadata": {"name": "d"}, "spec": spec})
    eventually(lambda: api.get(f"{path}/d")["status"].get("readyReplicas") == 3)
    api.delete(f"/api/v1/namespaces/{name}")
    eventually(lambda: api.ask("GET", f"/api/v1/namespaces/{name}").status == 404, within=20)
