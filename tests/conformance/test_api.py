"""What every client asks of every resource: status, pages, watches that go on, collections."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.rest import MERGE, STRATEGIC, Api, Body
from tests.support import eventually

pytestmark = pytest.mark.kubectl

TEMPLATE: Body = {
    "metadata": {"labels": {"app": "sample"}},
    "spec": {"containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10"}]},
}
SELECTOR: Body = {"matchLabels": {"app": "sample"}}
JOB: Body = {
    "suspend": True,
    "template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}},
}
SAMPLES: dict[str, tuple[Body, Body]] = {
    "v1/pods": (
        TEMPLATE["spec"],
        {"conditions": [{"type": "Sample", "status": "True"}]},
    ),
    "v1/services": (
        {"type": "LoadBalancer", "ports": [{"port": 80}]},
        {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}},
    ),
    "v1/replicationcontrollers": (
        {"replicas": 0, "selector": {"app": "sample"}, "template": TEMPLATE},
        {"conditions": [{"type": "Sample", "status": "True"}]},
    ),
    "v1/resourcequotas": ({"hard": {"secrets": "100"}}, {"hard": {"secrets": "100"}}),
    "apps/v1/deployments": (
        {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE},
        {"conditions": [{"type": "Sample", "status": "True"}]},
    ),
    "apps/v1/replicasets": (
        {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE},
        {"conditions": [{"type": "Sample", "status": "True"}]},
    ),
    "apps/v1/statefulsets": (
        {"replicas": 0, "serviceName": "none", "selector": SELECTOR, "template": TEMPLATE},
        {"conditions": [{"type": "Sample", "status": "True"}]},
    ),
    "apps/v1/daemonsets": (
        {
            "selector": SELECTOR,
            "template": {
                **TEMPLATE, "spec": {**TEMPLATE["spec"], "nodeSelector": {"no": "node"}},
            },
        },
        {"conditions": [{"type": "Sample", "status": "True"}]},
    ),
    "batch/v1/jobs": (JOB, {"conditions": [{"type": "Sample", "status": "True"}]}),
    "batch/v1/cronjobs": (
        {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": JOB}, "suspend": True},
        {"lastScheduleTime": "2020-01-01T00:00:00Z"},
    ),
    "networking.k8s.io/v1/ingresses": (
        {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}},
        {"loadBalancer": {"ingress": [{"ip": "203.0.113.1"}]}},
    ),
    "policy/v1/poddisruptionbudgets": (
        {"minAvailable": 0, "selector": {"matchLabels": {"app": "nobody"}}},
        {"conditions": [{"type": "Sample", "status": "True", "reason": "X", "message": "",
                         "lastTransitionTime": "2020-01-01T00:00:00Z"}]},
    ),
}  # fmt: skip
"""A spec, and a piece of status that no controller takes back at once."""


def collection(namespace: str, resource: str) -> str:
    """The path of a resource (``apps/v1/deployments``) in a namespace."""
    prefix = "/api" if resource.startswith("v1/") else "/apis"
    version, _, plural = resource.rpartition("/")
    return f"{prefix}/{version}/namespaces/{namespace}/{plural}"


def test_samples_are_complete(api: Api) -> None:
    """Every namespaced resource with a status that can be made has a sample here."""
    groups = [f"{v['groupVersion']}" for g in api.get("/apis")["groups"] for v in g["versions"]]
    found = set()
    for version in ("v1", *groups):
        prefix = "/api" if version == "v1" else "/apis"
        for each in api.get(f"{prefix}/{version}")["resources"]:
            if each["name"].endswith("/status") and each["namespaced"]:
                found.add(f"{version}/{each['name'].removesuffix('/status')}")
    assert found == set(SAMPLES)


@pytest.mark.parametrize("resource", SAMPLES)
def test_status(api: Api, namespace: str, resource: str) -> None:
    """``/status`` changes status and annotations; the object's own path never the status."""
    spec, status = SAMPLES[resource]
    path = collection(namespace, resource)
    made = api.post(path, {"metadata": {"name": "sample", "labels": {"a": "b"}}, "spec": spec})
    one = f"{path}/sample"
    change = {"metadata": {"annotations": {"patched": "by-status"}}, "status": status}
    patched = api.patch(f"{one}/status", {**change, "spec": {"replicas": 7}}, STRATEGIC)
    assert _contains(patched["status"], status)
    assert patched["metadata"]["annotations"]["patched"] == "by-status"
    assert patched["metadata"]["uid"] == made["metadata"]["uid"]
    assert patched["spec"].get("replicas") == made["spec"].get("replicas")
    read = api.get(f"{one}/status")
    assert (read["kind"], read["apiVersion"]) == (made["kind"], made["apiVersion"])
    written = eventually(lambda: _replaced(api, f"{one}/status", {"updated": "by-status"}))
    assert _contains(written["status"], status)
    without = eventually(lambda: _replaced(api, one, {"plain": "update"}, status={}))
    assert without["metadata"]["annotations"]["updated"] == "by-status"
    assert _contains(without["status"], status)


def _replaced(api: Api, path: str, notes: dict[str, str], status: Any = None) -> Body:
    """A read and an update; nothing when somebody else wrote between them."""
    wanted = api.get(path)
    wanted["metadata"]["annotations"] |= notes
    if status is not None:
        wanted["status"] = status
    answer = api.ask("PUT", path, wanted)
    assert answer.status in (200, 409), answer
    found: Body = answer.body if answer.status == 200 else {}
    return found


def _contains(found: Any, wanted: Any) -> bool:
    """Whether everything wanted is there; lists may have more."""
    if isinstance(wanted, dict):
        return all(key in found and _contains(found[key], each) for key, each in wanted.items())
    if isinstance(wanted, list):
        return all(any(_contains(one, each) for one in found) for each in wanted)
    return bool(found == wanted)


def _config_maps(api: Api, namespace: str, count: int) -> str:
    path = collection(namespace, "v1/configmaps")
    for number in range(count):
        labels = {"parity": "odd" if number % 2 else "even", "test": "pages"}
        api.post(path, {"metadata": {"name": f"made-{number:02}", "labels": labels}})
    return path


def test_pages(api: Api, namespace: str) -> None:
    """Pages are one list: no object twice, none left out, the rest counted."""
    path = _config_maps(api, namespace, 9)
    names, token, left = [], "", []
    while True:
        query: dict[str, object] = {"limit": 4, **({"continue": token} if token else {})}
        page = api.get(path, **query)
        names += [each["metadata"]["name"] for each in page["items"]]
        left.append(page["metadata"].get("remainingItemCount"))
        token = page["metadata"].get("continue", "")
        if not token:
            break
    whole = [each["metadata"]["name"] for each in api.get(path)["items"]]
    assert names == whole
    assert left == [len(whole) - 4, len(whole) - 8, None]
    selected = api.get(path, limit=2, labelSelector="parity=odd")
    assert "remainingItemCount" not in selected["metadata"]
    broken = api.ask("GET", path, limit=2, **{"continue": "nonsense"})
    assert (broken.status, broken.body["reason"]) == (400, "BadRequest")


def test_a_collection_is_deleted_by_selectors(api: Api, namespace: str) -> None:
    """By labels, by fields and as a dry run; what was not selected stays."""
    path = _config_maps(api, namespace, 6)
    api.delete(path, {"dryRun": ["All"]}, labelSelector="test=pages")
    assert len(api.get(path, labelSelector="test=pages")["items"]) == 6
    api.delete(path, {"gracePeriodSeconds": 0}, labelSelector="test=pages,parity notin (odd)")
    api.delete(path, fieldSelector="metadata.name=made-05")
    names = [e["metadata"]["name"] for e in api.get(path, labelSelector="test=pages")["items"]]
    assert names == ["made-01", "made-03"]
    assert api.get(path, fieldSelector="metadata.name=kube-root-ca.crt")["items"]


def test_a_watch_goes_on_after_a_cut(api: Api, namespace: str) -> None:
    """From the last version that was seen: nothing twice, nothing missing, selectors kept."""
    path = collection(namespace, "v1/configmaps")
    since, seen = api.get(path)["metadata"]["resourceVersion"], []
    _config_maps(api, namespace, 6)
    for _ in range(3):
        with api.watch(path, resourceVersion=since, labelSelector="test=pages") as events:
            for event in (next(events), next(events)):
                seen.append((event["type"], event["object"]["metadata"]["name"]))
                since = event["object"]["metadata"]["resourceVersion"]
    assert seen == [("ADDED", f"made-{number:02}") for number in range(6)]
    change = {"metadata": {"labels": {"test": "none"}}}
    with api.watch(path, resourceVersion=since, labelSelector="test=pages") as events:
        api.patch(f"{path}/made-00", change, MERGE)
        event = next(events)
        assert (event["type"], event["object"]["metadata"]["name"]) == ("DELETED", "made-00")
        assert int(event["object"]["metadata"]["resourceVersion"]) > int(since)


def test_a_watch_that_begins_with_a_list(api: Api, namespace: str) -> None:
    """``sendInitialEvents``: what is there as ADDED, a bookmark that says so, then changes."""
    path = _config_maps(api, namespace, 3)
    query: dict[str, Any] = {
        "sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true", "labelSelector": "test=pages",
    }  # fmt: skip
    with api.watch(path, **query) as events:
        first = [next(events) for _ in range(4)]
        assert [each["type"] for each in first] == ["ADDED"] * 3 + ["BOOKMARK"]
        marked = first[3]["object"]
        assert marked["kind"] == "ConfigMap"
        assert marked["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        newest = max(int(e["object"]["metadata"]["resourceVersion"]) for e in first[:3])
        assert int(marked["metadata"]["resourceVersion"]) >= newest
        api.delete(f"{path}/made-01")
        assert next(events)["type"] == "DELETED"
    refused = api.ask("GET", path, watch="true", sendInitialEvents="true")
    assert (refused.status, refused.body["reason"]) == (422, "Invalid")


def test_versions_guard_writes(api: Api, namespace: str) -> None:
    """409 for an old version or another object's uid; a deletion may name both."""
    path = _config_maps(api, namespace, 1) + "/made-00"
    old = api.get(path)
    new = api.patch(path, {"data": {"a": "1"}})
    stale = api.ask("PUT", path, old)
    assert (stale.status, stale.body["reason"]) == (409, "Conflict")
    stale = api.ask("PATCH", path, {"metadata": {"resourceVersion": "1"}}, MERGE)
    assert stale.status == 409
    for wrong in ({"uid": "another"}, {"resourceVersion": old["metadata"]["resourceVersion"]}):
        assert api.ask("DELETE", path, {"preconditions": wrong}).status == 409
    right = {key: new["metadata"][key] for key in ("uid", "resourceVersion")}
    api.delete(path, {"preconditions": right})
    assert api.ask("GET", path).status == 404
