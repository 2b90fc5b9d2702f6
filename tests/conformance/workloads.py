"""Manifests as the sig-apps tests write them, and the questions that those tests ask again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.conformance.rest import STRATEGIC, Api, Body
from tests.support import eventually

HTTPD = "registry.k8s.io/e2e-test-images/httpd:2.4.38-4"
NEWER_HTTPD = "registry.k8s.io/e2e-test-images/httpd:2.4.39-4"
NGINX = "registry.k8s.io/e2e-test-images/nginx:1.14-4"
AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
PAUSE = "registry.k8s.io/pause:3.10.1"
FOREVER = 60.0


def template(labels: Body, name: str, image: str, **container: Any) -> Body:
    """A Pod template with one container that ends at once when it is told to."""
    return {
        "metadata": {"labels": labels},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": name, "image": image, "resources": {}, **container}],
        },
    }


def replica_set(name: str, replicas: int, labels: Body, image: str, **container: Any) -> Body:
    """A ReplicaSet whose labels, selector and template agree."""
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": template(labels, "httpd", image, **container),
        },
        "status": {"replicas": 0},
    }


def running(api: Api, namespace: str, name: str, count: int) -> list[Body]:
    """The Pods with the label ``name``, as soon as they are so many and all run."""

    def ask() -> list[Body]:
        found = pods(api, namespace, f"name={name}")
        ready = [pod for pod in found if pod["status"].get("phase") == "Running"]
        return found if len(found) == len(ready) == count else []

    return eventually(ask)


def pods(api: Api, namespace: str, selector: str = "") -> list[Body]:
    """The Pods that a selector names, in the order of the server."""
    where = f"/api/v1/namespaces/{namespace}/pods"
    found: list[Body] = api.get(where, labelSelector=selector)["items"]
    return found


def answers_with_its_name(api: Api, pod: Body) -> bool:
    """What a Pod says through the API server's proxy is its own name."""
    data = pod["metadata"]
    path = f"/api/v1/namespaces/{data['namespace']}/pods/{data['name']}/proxy/"
    answer = api.ask("GET", path)
    return answer.status == 200 and answer.body == data["name"]


def controlled(obj: Body, owner: Body) -> bool:
    """Does the object say that ``owner`` controls it?"""
    references = obj["metadata"].get("ownerReferences") or []
    return any(r.get("controller") and r["uid"] == owner["metadata"]["uid"] for r in references)


def until(events: Iterator[Body], wanted: Callable[[Body], object]) -> Body:
    """The first event that is wanted; the watch must not end before."""
    for event in events:
        assert event["type"] in ("ADDED", "MODIFIED", "DELETED"), event
        if wanted(event):
            return event
    raise AssertionError("the watch ended first")


def retried(api: Api, path: str, change: Callable[[Body], None]) -> Body:
    """Read, change and write until nobody else wrote in between."""

    def ask() -> Body | None:
        found = api.get(path)
        change(found)
        answer = api.ask("PUT", path, found)
        assert answer.status in (200, 409), answer
        written: Body = answer.body
        return written if answer.status == 200 else None

    done = eventually(ask)
    assert done is not None
    return done


def scale_is_read_written_and_patched(api: Api, path: str) -> None:
    """``/scale`` of a workload of one Pod: 2 by PUT without a resourceVersion, 3 by PUT with an
    empty one, then 4 by a strategic merge patch."""
    where = f"{path}/scale"
    scale = api.get(where)
    assert (scale["spec"]["replicas"], scale["status"]["replicas"]) == (1, 1)
    del scale["metadata"]["resourceVersion"]
    for replicas in (2, 3):
        scale["spec"]["replicas"] = replicas
        assert api.put(where, scale)["spec"]["replicas"] == replicas
        assert api.get(path)["spec"]["replicas"] == replicas
        scale["metadata"]["resourceVersion"] = ""
    api.patch(where, {"spec": {"replicas": 4}, "status": {"replicas": 0}}, STRATEGIC)
    assert api.get(path)["spec"]["replicas"] == 4


def status_conditions_are_kept(api: Api, path: str, version: str, selector: str) -> None:
    """``/status`` of a workload: read, replaced with one more condition, patched; each is seen by
    a watch that begins before the object was."""
    assert api.get(f"{path}/status")["status"]

    def more(obj: Body) -> None:
        found = obj["status"].setdefault("conditions", [])
        found.append(
            {
                "type": "StatusUpdate",
                "status": "True",
                "reason": "E2E",
                "message": "Set from e2e test",
            }
        )

    def ask() -> Body | None:
        found = api.get(path)
        more(found)
        answer = api.ask("PUT", f"{path}/status", found)
        assert answer.status in (200, 409), answer
        written: Body = answer.body
        return written if answer.status == 200 else None

    written = eventually(ask)
    assert written is not None
    assert "StatusUpdate" in _types(written)
    parent = path.rpartition("/")[0]
    with api.watch(parent, resourceVersion=version, labelSelector=selector) as events:
        until(events, lambda event: "StatusUpdate" in _types(event["object"]))
    change = {"status": {"conditions": [{"type": "StatusPatched", "status": "True"}]}}
    patched = api.patch(f"{path}/status", change)
    assert _types(patched) == ["StatusPatched"]
    with api.watch(parent, resourceVersion=version, labelSelector=selector) as events:
        until(events, lambda event: "StatusPatched" in _types(event["object"]))


def _types(obj: Body) -> list[str]:
    return [found["type"] for found in (obj.get("status") or {}).get("conditions") or []]
