"""A node that falls silent: NotReady after the grace period, taints, eviction, and its return.

Periods and words as of kube-controller-manager v1.36: 50 s until NotReady, 300 s of toleration.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.embedded.status import StatusError
from tests.unit.embedded.controllers.lab import Json, Lab, deployment, run, service

DEPLOYMENTS, NODE = "deployments.apps", "labkit-worker"
SLICES = "endpointslices.discovery.k8s.io"


def ready(node: Json) -> str:
    """The status of the condition Ready."""
    conditions = node["status"]["conditions"]
    return str(next(one["status"] for one in conditions if one["type"] == "Ready"))


def places(lab: Lab) -> dict[str, str]:
    """Node of each Pod of the Deployment that is not being deleted."""
    return {
        one["metadata"]["name"]: one["spec"]["nodeName"]
        for one in lab.pods("app=web")
        if not one["metadata"].get("deletionTimestamp")
    }


def test_a_silent_node_loses_its_pods(tmp_path: Path) -> None:
    """NotReady after 50 s, out of the slices at once then, evicted 300 s later, replaced."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(replicas=4))
            await lab.create("services", service())
            await lab.advance(20)
            assert set(places(lab).values()) == {NODE, "labkit-control-plane"}
            there = {name for name, node in places(lab).items() if node == NODE}
            await lab.system.control.switch(NODE, on=False)
            await lab.advance(35)
            assert ready(lab.get("nodes", NODE, None)) == "True"
            await lab.advance(30)
            node = lab.get("nodes", NODE, None)
            assert ready(node) == "Unknown"
            assert {(t["key"], t["effect"]) for t in node["spec"]["taints"]} == {
                ("node.kubernetes.io/unreachable", "NoSchedule"),
                ("node.kubernetes.io/unreachable", "NoExecute"),
            }
            (slices,) = lab.api.list(SLICES, "default", labels="kubernetes.io/service-name=web")
            serving = {e["nodeName"]: e["conditions"]["ready"] for e in slices["endpoints"]}
            assert serving == {NODE: False, "labkit-control-plane": True}
            assert set(places(lab)) >= there  # not evicted yet
            await lab.advance(200)
            assert set(places(lab)) >= there
            await lab.advance(120)
            now = places(lab)
            assert len(now) == 4 and set(now.values()) == {"labkit-control-plane"}
            ending = {
                one["metadata"]["name"]
                for one in lab.pods("app=web")
                if one["metadata"].get("deletionTimestamp")
            }
            assert ending == there  # nobody can confirm their end
            with pytest.raises(StatusError, match="no route to host"):
                await lab.exec(lab.get("pods", min(there)), ["code", "200"])

    run(work())


def test_a_node_that_comes_back(tmp_path: Path) -> None:
    """Ready again, without taints; what was to end is gone; the others' containers restarted."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(replicas=2))
            await lab.advance(20)
            (name,) = (name for name, node in places(lab).items() if node == NODE)
            await lab.system.control.switch(NODE, on=False, grace=12)
            await lab.advance(25)
            assert ready(lab.get("nodes", NODE, None)) == "Unknown"
            await lab.system.control.switch(NODE, on=True)
            await lab.advance(15)
            node = lab.get("nodes", NODE, None)
            assert ready(node) == "True" and not node["spec"].get("taints")
            pod = lab.get("pods", name)
            assert pod["status"]["containerStatuses"][0]["restartCount"] == 1
            assert pod["status"]["containerStatuses"][0]["ready"]
            assert [e[1] for e in lab.events(NODE)].count("NodeNotReady") == 1
            assert (await lab.exec(pod, ["code", "200"]))[0] == 0

    run(work())


def test_the_grace_of_one_node_is_not_that_of_another(tmp_path: Path) -> None:
    """A short grace for the node that is switched off leaves the others Ready."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.advance(3)
            await lab.system.control.switch(NODE, on=False, grace=2)
            await lab.advance(60)
            assert ready(lab.get("nodes", NODE, None)) == "Unknown"
            assert ready(lab.get("nodes", "labkit-control-plane", None)) == "True"

    run(work())
