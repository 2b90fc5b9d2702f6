"""Scale, binding and eviction."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.embedded.machinery import DeleteOptions, Machinery, WriteOptions, kind_of, subresources
from labkit.embedded.status import StatusError
from tests.unit.embedded.machinery.samples import deployment, pod

Json = dict[str, Any]
OPTIONS = WriteOptions()


def test_scale(api: Machinery) -> None:
    """Scale shows replicas and the selector as text, and a changed one changes the object."""
    made = api.create("deployments.apps", "default", deployment("d", 2))
    scale = subresources.scale_of(made)
    assert (scale["spec"], scale["status"]) == (
        {"replicas": 2},
        {"replicas": 0, "selector": "app=d"},
    )
    wanted = {**scale, "spec": {"replicas": 5}}
    after = subresources.rescale(api.world, kind_of("deployments.apps"), made, wanted, OPTIONS)
    assert after["spec"] == {"replicas": 5}
    assert api.get("deployments.apps", "default", "d")["spec"]["replicas"] == 5
    negative = {**after, "spec": {"replicas": -1}}
    current = api.get("deployments.apps", "default", "d")
    with pytest.raises(StatusError, match="must be greater than or equal to 0"):
        subresources.rescale(api.world, kind_of("deployments.apps"), current, negative, OPTIONS)


def test_scale_of_an_old_version(api: Machinery) -> None:
    """The optimistic lock holds through the sub-resource too."""
    old = api.create("deployments.apps", "default", deployment("d"))
    api.patch("deployments.apps", "default", "d", {"metadata": {"labels": {"a": "b"}}})
    current = api.get("deployments.apps", "default", "d")
    with pytest.raises(StatusError, match="the object has been modified"):
        subresources.rescale(
            api.world, kind_of("deployments.apps"), current, subresources.scale_of(old), OPTIONS
        )


def test_binding(api: Machinery) -> None:
    """A Pod is put on a node once, with the condition that says so."""
    kind, made = kind_of("pods"), api.create("pods", "default", pod("p"))
    target = {"target": {"kind": "Node", "name": "n"}}
    subresources.bind(api.world, kind, made, target, OPTIONS)
    bound = api.get("pods", "default", "p")
    assert bound["spec"]["nodeName"] == "n"
    assert [(c["type"], c["status"]) for c in bound["status"]["conditions"]] == [
        ("PodScheduled", "True")
    ]
    with pytest.raises(StatusError, match='pod p is already assigned to node "n"') as refused:
        subresources.bind(api.world, kind, bound, target, OPTIONS)
    assert refused.value.code == 409


def _budget(api: Machinery, allowed: int) -> None:
    body: Json = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}},
    }
    made = api.create("poddisruptionbudgets.policy", "default", body)
    status = {
        "disruptionsAllowed": allowed,
        "currentHealthy": 1 + allowed,
        "desiredHealthy": 1,
        "expectedPods": 1 + allowed,
        "observedGeneration": 1,
    }
    api.update(
        "poddisruptionbudgets.policy",
        "default",
        "b",
        {**made, "status": status},
        subresource="status",
    )


def _running(api: Machinery, name: str) -> Json:
    made = api.create("pods", "default", pod(name, nodeName="n"))
    ready = {"type": "Ready", "status": "True"}
    status = {**made["status"], "phase": "Running", "conditions": [ready]}
    return api.update("pods", "default", name, {**made, "status": status}, subresource="status")


def test_eviction_within_a_budget(api: Machinery) -> None:
    """The first eviction uses the budget up, the second is refused and the Pod stays."""
    _budget(api, 1)
    first, second = _running(api, "p1"), _running(api, "p2")
    kind = kind_of("pods")
    subresources.evict(api.world, kind, first, DeleteOptions())
    assert api.get("pods", "default", "p1")["metadata"]["deletionTimestamp"]
    with pytest.raises(StatusError, match="would violate the pod's disruption budget") as refused:
        subresources.evict(api.world, kind, second, DeleteOptions())
    assert refused.value.code == 429
    assert "deletionTimestamp" not in api.get("pods", "default", "p2")["metadata"]


def test_eviction_without_a_budget(api: Machinery) -> None:
    """Where no budget selects the Pod, an eviction is a deletion."""
    subresources.evict(api.world, kind_of("pods"), _running(api, "p"), DeleteOptions())
    assert api.get("pods", "default", "p")["metadata"]["deletionTimestamp"]
