"""Create, update and patch: metadata, locks, generation, no-ops, dry runs, namespaces."""

from __future__ import annotations

import copy

import pytest

from labkit.clock import ManualClock
from labkit.embedded.machinery import Machinery, WriteOptions, creating, kind_of, patching
from labkit.embedded.status import StatusError
from tests.unit.embedded.machinery.samples import config, deployment, pod, service


def _refused(code: int, words: str) -> pytest.RaisesExc[StatusError]:
    return pytest.RaisesExc(StatusError, match=words, check=lambda error: error.code == code)


def test_metadata_of_a_new_object(api: Machinery) -> None:
    """The server gives uid, time and version; what a client says of them does not count."""
    body = config("a", uid="mine", creationTimestamp="2000-01-01T00:00:00Z", generation=7)
    made = api.create("configmaps", "default", body)["metadata"]
    assert made["namespace"] == "default"
    assert len(made["uid"]) == 36
    assert made["creationTimestamp"] == "2023-11-14T22:13:20Z"
    assert made["resourceVersion"] == str(api.version())
    assert "generation" not in made


def test_generated_names(api: Machinery) -> None:
    """generateName makes different names of five characters from Kubernetes' own alphabet."""
    names = {
        api.create("configmaps", "default", config(generateName="web-"))["metadata"]["name"]
        for _ in range(50)
    }
    assert len(names) == 50
    assert all(name.startswith("web-") and len(name) == 9 for name in names)
    assert not set("".join(name[4:] for name in names)) & set("aeiou013")


def test_missing_namespace(api: Machinery) -> None:
    """Nothing can be created in a namespace that is not there."""
    with _refused(404, 'namespaces "nope" not found'):
        api.create("configmaps", "nope", config("a"))
    assert api.list("configmaps", "nope") == []


def test_namespace_that_goes(api: Machinery) -> None:
    """Nothing new in a namespace that is being deleted; it stays until it is finalized."""
    api.create("configmaps", "other", config("before"))
    api.delete("namespaces", None, "other")
    found = api.get("namespaces", None, "other")
    assert found["status"]["phase"] == "Terminating"
    with _refused(403, "because it is being terminated"):
        api.create("configmaps", "other", config("a"))
    body = {**found, "spec": {"finalizers": []}}
    api.update("namespaces", None, "other", body, subresource="finalize")
    with _refused(404, 'namespaces "other" not found'):
        api.get("namespaces", None, "other")


def test_the_wrong_namespace_or_name(api: Machinery) -> None:
    """An object that says another place than its path is refused."""
    with _refused(400, "the namespace of the provided object does not match"):
        api.create("configmaps", "default", config("a", namespace="other"))
    api.create("configmaps", "default", config("a"))
    with _refused(400, "the name of the object"):
        api.update("configmaps", "default", "a", config("b"))


def test_names_are_taken(api: Machinery) -> None:
    """A second object of the same name is a conflict; the same name elsewhere is none."""
    api.create("configmaps", "default", config("a"))
    with _refused(409, 'configmaps "a" already exists'):
        api.create("configmaps", "default", config("a"))
    api.create("configmaps", "other", config("a"))


def test_optimistic_lock(api: Machinery) -> None:
    """An update of an old version is refused; one that names no version is not."""
    old = api.create("configmaps", "default", config("a"))
    api.patch("configmaps", "default", "a", {"data": {"a": "c"}})
    with _refused(409, "the object has been modified"):
        api.update("configmaps", "default", "a", {**old, "data": {"a": "d"}})
    assert api.update("configmaps", "default", "a", config("a"))["data"] == {"a": "b"}
    with _refused(409, "the object has been modified"):
        api.patch("configmaps", "default", "a", {"metadata": {"resourceVersion": "1"}, "data": {}})


def test_no_change_no_version(api: Machinery) -> None:
    """A write that changes nothing makes no new version."""
    api.create("configmaps", "default", config("a"))
    before = api.version()
    api.update("configmaps", "default", "a", config("a"))
    api.patch("configmaps", "default", "a", {"data": {"a": "b"}}, kind="strategic")
    assert api.version() == before


def test_generation(api: Machinery) -> None:
    """generation counts changes of the spec, not of labels or status."""
    assert api.create("deployments.apps", "default", deployment("d"))["metadata"]["generation"] == 1
    labelled = api.patch("deployments.apps", "default", "d", {"metadata": {"labels": {"a": "b"}}})
    assert labelled["metadata"]["generation"] == 1
    full = {**labelled, "status": {"replicas": 1, "observedGeneration": 1}}
    api.update("deployments.apps", "default", "d", full, subresource="status")
    scaled = api.patch("deployments.apps", "default", "d", {"spec": {"replicas": 2}})
    assert scaled["metadata"]["generation"] == 2
    assert scaled["status"] == {"replicas": 1, "observedGeneration": 1}


def test_status_and_spec_are_apart(api: Machinery) -> None:
    """An ordinary update leaves the status alone, one of the status the rest."""
    made = api.create("pods", "default", pod("p"))
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    running = copy.deepcopy(made)
    running["status"]["phase"] = "Running"
    running["metadata"]["labels"] = {"app": "b"}
    assert api.update("pods", "default", "p", running)["status"]["phase"] == "Pending"
    changed = copy.deepcopy(api.get("pods", "default", "p"))
    changed["status"]["phase"] = "Running"
    changed["spec"]["containers"][0]["image"] = "nginx"
    after = api.update("pods", "default", "p", changed, subresource="status")
    assert after["status"]["phase"] == "Running"
    assert after["spec"]["containers"][0]["image"] == "busybox"
    assert after["metadata"]["labels"] == {"app": "b"}


def test_dry_run(api: Machinery) -> None:
    """A dry run answers as if, and writes nothing."""
    before = api.version()
    options = WriteOptions(dry_run=True)
    made = creating.create(api.world, kind_of("services"), "default", service("s"), options)
    assert made["spec"]["clusterIP"].startswith("10.96.")
    assert api.version() == before
    assert api.list("services", "default") == []


def test_stored_objects_are_not_shared_with_callers(api: Machinery) -> None:
    """What a caller does to the object it sent does not reach the store."""
    body = config("a")
    api.create("configmaps", "default", body)
    body["data"]["a"] = "changed"
    assert api.get("configmaps", "default", "a")["data"] == {"a": "b"}


def test_patches(api: Machinery) -> None:
    """JSON, merge and strategic merge patches differ where they must: in lists."""
    api.create("pods", "default", pod("p"))
    by_name = {"spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    strategic = api.patch("pods", "default", "p", by_name, kind="strategic")
    assert strategic["spec"]["containers"][0]["image"] == "nginx"
    assert strategic["spec"]["containers"][0]["volumeMounts"]
    operations = [{"op": "replace", "path": "/metadata/labels/app", "value": "z"}]
    assert api.patch("pods", "default", "p", operations, kind="json")["metadata"]["labels"] == {
        "app": "z"
    }
    with _refused(422, "."):
        api.patch("pods", "default", "p", {"spec": {"containers": []}}, kind="merge")


def test_apply(api: Machinery, clock: ManualClock) -> None:
    """Apply creates, says nothing twice, gives up fields, and quarrels over those of others."""
    kind = kind_of("services")

    def apply(manager: str, force: bool = False, **spec: object) -> tuple[dict[str, object], bool]:
        options = WriteOptions(manager=manager, force=force)
        return patching.patch(
            api.world, kind, "default", "s", service("s", **spec), "apply", options
        )

    _, created = apply("one", sessionAffinity="ClientIP")
    assert created
    before = api.version()
    clock.turn(60)
    apply("one", sessionAffinity="ClientIP")
    assert api.version() == before
    with _refused(409, 'conflict with "one": .spec.sessionAffinity'):
        apply("two", sessionAffinity="None")
    _, created = apply("two", force=True, sessionAffinity="None")
    assert not created
    assert api.get("services", "default", "s")["spec"]["sessionAffinity"] == "None"
    managers = [
        entry["manager"]
        for entry in api.get("services", "default", "s")["metadata"]["managedFields"]
    ]
    assert managers == ["one", "two"]


def test_managers_of_ordinary_writes(api: Machinery) -> None:
    """managedFields names who wrote which field; what the server allocated is nobody's."""
    api.create("services", "default", service("s"), manager="one")
    api.patch("services", "default", "s", {"metadata": {"labels": {"a": "b"}}}, manager="two")
    entries = api.get("services", "default", "s")["metadata"]["managedFields"]
    fields = {entry["manager"]: entry["fieldsV1"] for entry in entries}
    assert fields["two"] == {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}}
    assert "f:selector" in fields["one"]["f:spec"]
    assert "f:clusterIP" not in fields["one"]["f:spec"]


def test_unknown_resource(api: Machinery) -> None:
    """A resource that is not served is 404, with the words of an unknown path."""
    with _refused(404, "could not find the requested resource"):
        api.get("widgets.example.test", "default", "a")


def test_invalid_leaves_nothing(api: Machinery) -> None:
    """An object with an unknown field or a wrong value is refused and not stored."""
    with _refused(400, 'unknown field "spec.selctor"'):
        api.create("services", "default", service("s", selctor={}))
    with _refused(422, "must be between 1 and 65535"):
        api.create("services", "default", service("s", ports=[{"port": 70000}]))
    assert api.list("services", "default") == []


def test_reviews_are_answered_and_forgotten(api: Machinery) -> None:
    """An access review says yes and is not kept."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": "create", "resource": "pods"}},
    }
    before = api.version()
    answer = api.create("selfsubjectaccessreviews.authorization.k8s.io", None, review)
    assert answer["status"]["allowed"] is True
    assert api.version() == before


def test_both_forms_of_events(api: Machinery) -> None:
    """An event of one API is read in the words of the other."""
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "e"},
        "involvedObject": {"kind": "Pod", "name": "p", "namespace": "default"},
        "message": "text",
        "reason": "Because",
        "type": "Normal",
        "firstTimestamp": "2023-11-14T22:13:20Z",
    }
    api.create("events", "default", event)
    new = api.get("events.events.k8s.io", "default", "e")
    assert (new["note"], new["regarding"]["name"]) == ("text", "p")
    assert new["apiVersion"] == "events.k8s.io/v1"
    found = api.list("events.events.k8s.io", "default", fields="regarding.name=p")
    assert len(found) == 1
    assert api.list("events", "default", fields="involvedObject.name=other") == []
