"""Delete: at once, with grace, with finalizers, with preconditions."""

from __future__ import annotations

import pytest

from labkit.clock import ManualClock
from labkit.embedded.machinery import Machinery
from labkit.embedded.status import StatusError
from tests.unit.embedded.machinery.samples import config, deployment, pod


def _gone(api: Machinery, resource: str, name: str) -> bool:
    return all(obj["metadata"]["name"] != name for obj in api.list(resource, "default"))


def test_most_things_go_at_once(api: Machinery) -> None:
    """An object without grace or finalizers is gone, and a second deletion is 404."""
    api.create("configmaps", "default", config("a"))
    api.delete("configmaps", "default", "a")
    assert _gone(api, "configmaps", "a")
    with pytest.raises(StatusError, match='configmaps "a" not found'):
        api.delete("configmaps", "default", "a")


def test_a_running_pod_is_given_time(api: Machinery, clock: ManualClock) -> None:
    """A Pod on a node is marked and stays until it is deleted with no grace; a second deletion
    can only shorten the time."""
    api.create("pods", "default", pod("p", nodeName="n", terminationGracePeriodSeconds=20))
    marked = api.delete("pods", "default", "p")["metadata"]
    assert marked["deletionGracePeriodSeconds"] == 20
    assert marked["deletionTimestamp"] == "2023-11-14T22:13:40Z"
    assert marked["generation"] == 2
    api.delete("pods", "default", "p", grace_seconds=25)
    assert api.get("pods", "default", "p")["metadata"]["deletionGracePeriodSeconds"] == 20
    clock.turn(1)
    sooner = api.delete("pods", "default", "p", grace_seconds=5)["metadata"]
    assert sooner["deletionTimestamp"] == "2023-11-14T22:13:26Z"
    assert not _gone(api, "pods", "p")
    api.delete("pods", "default", "p", grace_seconds=0)
    assert _gone(api, "pods", "p")


@pytest.mark.parametrize("how", ["unscheduled", "finished", "by hand"])
def test_a_pod_that_goes_at_once(api: Machinery, how: str) -> None:
    """No time for a Pod on no node, for one that has ended, or when none is asked for."""
    made = api.create(
        "pods", "default", pod("p", **({} if how == "unscheduled" else {"nodeName": "n"}))
    )
    if how == "finished":
        ended = {**made, "status": {**made["status"], "phase": "Succeeded"}}
        api.update("pods", "default", "p", ended, subresource="status")
    api.delete("pods", "default", "p", grace_seconds=0 if how == "by hand" else None)
    assert _gone(api, "pods", "p")


def test_finalizers_hold(api: Machinery) -> None:
    """An object with finalizers is only marked; taking the last one off removes it."""
    api.create("configmaps", "default", config("a", finalizers=["example.test/one"]))
    watch = api.watch("configmaps", "default", since=api.version())
    marked = api.delete("configmaps", "default", "a")
    assert marked["metadata"]["deletionTimestamp"]
    api.patch("configmaps", "default", "a", {"metadata": {"finalizers": None}})
    assert _gone(api, "configmaps", "a")
    events = list(watch._events)
    assert [event.type for event in events] == ["MODIFIED", "DELETED"]
    assert "finalizers" not in events[1].object["metadata"]


def test_changes_on_the_way_out(api: Machinery) -> None:
    """An object that waits for a finalizer, or for its grace, can be changed and waits on."""
    api.create("configmaps", "default", config("a", finalizers=["example.test/one"]))
    api.create("pods", "default", pod("p", nodeName="n"))
    for resource, name in (("configmaps", "a"), ("pods", "p")):
        api.delete(resource, "default", name)
        api.patch(resource, "default", name, {"metadata": {"labels": {"x": "y"}}})
        assert not _gone(api, resource, name)


@pytest.mark.parametrize(
    ("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]
)
def test_propagation(api: Machinery, policy: str, finalizer: str) -> None:
    """Foreground and Orphan leave the object to the garbage collector by a finalizer."""
    api.create("deployments.apps", "default", deployment("d"))
    marked = api.delete("deployments.apps", "default", "d", propagation=policy)
    assert marked["metadata"]["finalizers"] == [finalizer]
    api.delete("deployments.apps", "default", "d", propagation="Background")
    assert _gone(api, "deployments.apps", "d")


def test_preconditions(api: Machinery) -> None:
    """The deletion of another object of the same name is refused."""
    api.create("configmaps", "default", config("a"))
    with pytest.raises(StatusError, match="UID in precondition: other") as refused:
        api.delete("configmaps", "default", "a", uid="other")
    assert refused.value.code == 409
    assert not _gone(api, "configmaps", "a")


def test_the_cluster_keeps_its_own_namespaces(api: Machinery) -> None:
    """default cannot be deleted."""
    with pytest.raises(StatusError, match="this namespace may not be deleted"):
        api.delete("namespaces", None, "default")
