"""Placement and its refusals, in kube-scheduler's words."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.scheduler.loop import refusal_text
from labkit.embedded.scheduler.snapshot import Refusal
from labkit.embedded.scheduler.taints import tolerated
from tests.unit.embedded.controllers.lab import Lab, deployment, pod, run, service

BOTH = "0/2 nodes are available: "
NO_HELP = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
NO_VICTIM = "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."
WORKER = {"kubernetes.io/hostname": "labkit-worker"}


def on(lab: Lab, labels: str = "") -> Counter[str]:
    """How many Pods are on each node."""
    return Counter(p["spec"].get("nodeName", "") for p in lab.pods(labels))


def expressions(*found: dict[str, Any]) -> dict[str, Any]:
    """A required node affinity."""
    terms = {"nodeSelectorTerms": [{"matchExpressions": list(found)}]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}


def away_from(label: str) -> dict[str, Any]:
    """A required anti-affinity by host."""
    term = {
        "topologyKey": "kubernetes.io/hostname",
        "labelSelector": {"matchLabels": {"app": label}},
    }
    return {
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    }


def spread(**more: Any) -> dict[str, Any]:
    """A topology spread constraint by host."""
    constraint = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
        **more,
    }
    return {"topologySpreadConstraints": [constraint]}


@pytest.mark.parametrize(
    ("spec", "reasons", "help_"),
    [
        ({"nodeSelector": {"disk": "ssd"}},
         "2 node(s) didn't match Pod's node affinity/selector", NO_HELP),
        (expressions({"key": "disk", "operator": "Exists"}),
         "2 node(s) didn't match Pod's node affinity/selector", NO_HELP),
        ({"container": {"resources": {"requests": {"cpu": "64"}}}}, "2 Insufficient cpu", NO_HELP),
        (spread(topologyKey="topology.kubernetes.io/zone"),
         "2 node(s) didn't match pod topology spread constraints (missing required label)",
         NO_HELP),
    ],
)  # fmt: skip
def test_a_pod_that_fits_nowhere(
    tmp_path: Path, spec: dict[str, Any], reasons: str, help_: str
) -> None:
    """The event and the condition say why, with the count of nodes per reason."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", **spec))
            text = f"{BOTH}{reasons}. {help_}"
            said = ("default-scheduler", "FailedScheduling", text, 1)
            assert lab.events("a") == [said]
            (condition,) = lab.get("pods", "a")["status"]["conditions"]
            assert (condition["type"], condition["status"]) == ("PodScheduled", "False")
            assert (condition["reason"], condition["message"]) == ("Unschedulable", text)

    run(work())


def test_it_is_tried_again_when_something_changes(tmp_path: Path) -> None:
    """A node gets the label that was missing: the waiting Pod is placed there."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", nodeSelector={"disk": "ssd"}))
            await lab.advance(120)
            assert lab.events("a", "FailedScheduling")[0][3] <= 3
            label = {"metadata": {"labels": {"disk": "ssd"}}}
            lab.api.patch("nodes", None, "labkit-worker", label)
            await lab.advance(3)
            assert on(lab) == {"labkit-worker": 1}
            said = "Successfully assigned default/a to labkit-worker"
            assert ("default-scheduler", "Scheduled", said, 1) in lab.events("a")

    run(work())


@pytest.mark.parametrize("replicas", [2, 4, 6])
def test_replicas_are_spread_by_default(tmp_path: Path, replicas: int) -> None:
    """Without any constraint the Pods of one owner come half and half."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("deployments.apps", deployment(replicas=replicas))
            half = replicas // 2
            assert on(lab) == {"labkit-control-plane": half, "labkit-worker": half}

    run(work())


def test_pods_of_one_service_are_spread(tmp_path: Path) -> None:
    """Bare Pods of a Service go to different nodes, even past the emptier one."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service())
            first = pod("a", labels={"app": "web"}, nodeSelector=WORKER)
            await lab.create("pods", first)
            for n in range(2):
                filler = {"nodeSelector": {"kubernetes.io/hostname": "labkit-control-plane"}}
                await lab.create("pods", pod(f"filler-{n}", **filler))
            await lab.create("pods", pod("b", labels={"app": "web"}))
            assert lab.get("pods", "b")["spec"]["nodeName"] == "labkit-control-plane"

    run(work())


def test_do_not_schedule_and_node_taints_policy(tmp_path: Path) -> None:
    """A tainted node counts as an empty domain (Ignore, the default), so the second replica
    waits; with Honor it does not count."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            taint = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
            change = {"spec": {"taints": [taint]}}
            lab.api.patch("nodes", None, "labkit-control-plane", change)
            await lab.settle()
            await lab.create("deployments.apps", deployment(replicas=2, pod=spread()))
            assert on(lab) == {"labkit-worker": 1, "": 1}
            (said,) = [e[2] for e in lab.events(reason="FailedScheduling")]
            assert said == (
                "0/2 nodes are available: 1 node(s) didn't match pod topology spread constraints, "
                "1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: "
                "1 No preemption victims found for incoming pod, "
                "1 Preemption is not helpful for scheduling."
            )
            honest = deployment("web", pod=spread(nodeTaintsPolicy="Honor"))
            lab.api.patch("deployments.apps", "default", "web",
                          {"spec": {"template": honest["spec"]["template"]}})  # fmt: skip
            await lab.advance(20)
            assert on(lab) == {"labkit-worker": 2}

    run(work())


def test_match_label_keys_count_one_revision_only(tmp_path: Path) -> None:
    """With ``matchLabelKeys`` a roll-out is spread over its own Pods, not over the old ones."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            for n in range(2):
                old = pod(f"old-{n}", labels={"app": "web", "v": "1"}, nodeSelector=WORKER)
                await lab.create("pods", old)
            own = spread(matchLabelKeys=["v"])
            labels = {"app": "web", "v": "2"}
            await lab.create("pods", pod("a", labels=labels, nodeSelector=WORKER, **own))
            assert lab.get("pods", "a")["spec"]["nodeName"] == "labkit-worker"

    run(work())


def test_required_anti_affinity_both_ways(tmp_path: Path) -> None:
    """The third of three Pods that avoid each other finds no node; so does a stranger that
    they avoid."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("deployments.apps", deployment(replicas=3, pod=away_from("web")))
            assert on(lab) == {"labkit-control-plane": 1, "labkit-worker": 1, "": 1}
            (said,) = [e[2] for e in lab.events(reason="FailedScheduling")]
            reason = "2 node(s) didn't match pod anti-affinity rules"
            assert said == f"{BOTH}{reason}. {NO_VICTIM}"
            await lab.create("pods", pod("stranger", labels={"app": "web"}))
            (said,) = [e[2] for e in lab.events("stranger")]
            reason = "2 node(s) didn't satisfy existing pods anti-affinity rules"
            assert said == f"{BOTH}{reason}. {NO_VICTIM}"

    run(work())


def test_pod_affinity(tmp_path: Path) -> None:
    """Near its friend; where no friend is, nowhere; the first of a kind may start the group."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            term = {
                "topologyKey": "kubernetes.io/hostname",
                "labelSelector": {"matchLabels": {"app": "friend"}},
            }
            wish = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
            near = {"affinity": {"podAffinity": wish}}
            await lab.create("pods", pod("alone", **near))
            assert on(lab) == {"": 1}
            own = pod("friend", labels={"app": "friend"}, nodeSelector=WORKER, **near)
            await lab.create("pods", own)
            await lab.advance(3)
            assert lab.get("pods", "alone")["spec"]["nodeName"] == "labkit-worker"

    run(work())


def test_cordoned_nodes_and_resources(tmp_path: Path) -> None:
    """A cordoned node takes nothing new; what is full takes nothing more."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            cordon = {"spec": {"unschedulable": True}}
            lab.api.patch("nodes", None, "labkit-control-plane", cordon)
            await lab.settle()
            big = {"container": {"resources": {"requests": {"memory": "5Gi"}}}}
            await lab.create("pods", pod("a", **big))
            assert on(lab) == {"labkit-worker": 1}
            await lab.create("pods", pod("b", **big))
            (said,) = [e[2] for e in lab.events("b")]
            assert said == (
                "0/2 nodes are available: 1 Insufficient memory, 1 node(s) were unschedulable. "
                "preemption: 0/2 nodes are available: 1 No preemption victims found for incoming "
                "pod, 1 Preemption is not helpful for scheduling."
            )

    run(work())


def test_host_ports_do_not_clash(tmp_path: Path) -> None:
    """One hostPort a node."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            port = {"ports": [{"containerPort": 8080, "hostPort": 8080}]}
            for n in range(3):
                await lab.create("pods", pod(f"p{n}", container=port))
            assert on(lab) == {"labkit-control-plane": 1, "labkit-worker": 1, "": 1}
            (said,) = [e[2] for e in lab.events("p2")]
            reason = "2 node(s) didn't have free ports for the requested pod ports"
            assert said == f"{BOTH}{reason}. {NO_VICTIM}"

    run(work())


@pytest.mark.parametrize(
    ("toleration", "taint", "holds"),
    [
        ({"operator": "Exists"}, {"key": "a", "effect": "NoSchedule"}, True),
        ({"key": "a", "operator": "Exists"}, {"key": "a", "value": "x", "effect": "NoExecute"},
         True),
        ({"key": "a", "value": "x"}, {"key": "a", "value": "x", "effect": "NoSchedule"}, True),
        ({"key": "a", "value": "y"}, {"key": "a", "value": "x", "effect": "NoSchedule"}, False),
        ({"key": "b", "operator": "Exists"}, {"key": "a", "effect": "NoSchedule"}, False),
        ({"key": "a", "operator": "Exists", "effect": "NoExecute"},
         {"key": "a", "effect": "NoSchedule"}, False),
    ],
)  # fmt: skip
def test_tolerations(toleration: dict, taint: dict, holds: bool) -> None:
    """The table of the API documentation (core/v1 Toleration)."""
    assert tolerated(taint, {"spec": {"tolerations": [toleration]}}) is holds


def test_reasons_are_counted_and_sorted() -> None:
    """Several reasons of one node count for it once each; the list is sorted as text."""
    found = {
        "a": Refusal(("Insufficient cpu", "Insufficient memory"), True),
        "b": Refusal(("Insufficient memory",), True),
        "c": Refusal(("node(s) were unschedulable",)),
    }
    assert refusal_text(found) == (
        "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable, "
        "2 Insufficient memory. preemption: 0/3 nodes are available: 1 Preemption is not helpful "
        "for scheduling, 2 No preemption victims found for incoming pod."
    )
