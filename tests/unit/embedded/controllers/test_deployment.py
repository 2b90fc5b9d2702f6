"""Deployments: from spec to Pods, roll-outs, rollbacks; words as kind's describe prints them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labkit.embedded.controllers.templates import template_hash
from tests.unit.embedded.controllers.lab import Lab, deployment, run

DEPLOYMENTS, SETS = "deployments.apps", "replicasets.apps"


def conditions(lab: Lab, name: str = "web") -> dict[str, tuple[str, str]]:
    """Status and reason of each condition."""
    found = lab.get(DEPLOYMENTS, name)["status"]["conditions"]
    return {c["type"]: (c["status"], c["reason"]) for c in found}


def set_image(lab: Lab, image: str) -> None:
    """``kubectl set image``."""
    change = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}
    lab.api.patch(DEPLOYMENTS, "default", "web", change, kind="strategic")


def sizes(lab: Lab) -> dict[str, int]:
    """Replicas by the image of the ReplicaSet."""
    return {
        s["spec"]["template"]["spec"]["containers"][0]["image"]: s["spec"]["replicas"]
        for s in lab.api.list(SETS, "default")
    }


def test_two_replicas_become_ready(tmp_path: Path) -> None:
    """Two Pods on two nodes, counted in the status; events and conditions as on kind."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            status = lab.get(DEPLOYMENTS, "web")["status"]
            assert [status[k] for k in ("replicas", "readyReplicas", "availableReplicas")] == [
                2, 2, 2,
            ]  # fmt: skip
            assert {p["spec"]["nodeName"] for p in lab.pods()} == {
                "labkit-control-plane",
                "labkit-worker",
            }
            (owned,) = lab.api.list(SETS, "default")
            name = owned["metadata"]["name"]
            assert re.fullmatch(r"web-[bcdfghjklmnpqrstvwxz2456789]{8,10}", name)
            for pod in lab.pods():
                pattern = re.escape(name) + "-[bcdfghjklmnpqrstvwxz2456789]{5}"
                assert re.fullmatch(pattern, pod["metadata"]["name"])
                assert pod["metadata"]["labels"]["pod-template-hash"] == name.split("-")[-1]
            said = f"Scaled up replica set {name} from 0 to 2"
            assert lab.events("web") == [("deployment-controller", "ScalingReplicaSet", said, 1)]
            assert conditions(lab) == {
                "Available": ("True", "MinimumReplicasAvailable"),
                "Progressing": ("True", "NewReplicaSetAvailable"),
            }
            revision = lab.get(DEPLOYMENTS, "web")["metadata"]["annotations"]
            assert revision["deployment.kubernetes.io/revision"] == "1"

    run(work())


def test_noting_the_revision_is_no_new_generation(tmp_path: Path) -> None:
    """A Deployment that nobody changed stays at generation 1 with its revision written on it."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            found = lab.get(DEPLOYMENTS, "web")
            assert found["metadata"]["generation"] == 1
            assert found["status"]["observedGeneration"] == 1
            assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"

    run(work())


def test_the_hash_has_the_real_shape() -> None:
    """Nine or ten of the characters that a decimal number can become (``6776cf65c8``)."""
    values = {template_hash({"n": n}, None) for n in range(50)}
    assert len(values) == 50
    assert all(re.fullmatch("[456789bcdf]{6,10}", value) for value in values)


def test_rolling_update_keeps_enough_pods(tmp_path: Path) -> None:
    """At no moment fewer than desired - maxUnavailable are ready, or more than the surge allows."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            strategy = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
            await lab.create(DEPLOYMENTS, deployment(replicas=4, strategy=strategy))
            ready, total = [], []

            def count(kind: str, obj: object) -> None:
                pods = lab.pods()
                living = [p for p in pods if not p["metadata"].get("deletionTimestamp")]
                total.append(len(living))
                ready.append(
                    sum(
                        1
                        for p in living
                        for c in p.get("status", {}).get("conditions", [])
                        if c["type"] == "Ready" and c["status"] == "True"
                    )
                )

            lab.system.cluster.informer("pods").on_change(count)
            ready.clear()
            total.clear()
            set_image(lab, "lab:2")
            await lab.advance(10)
            assert sizes(lab) == {"lab:1": 0, "lab:2": 4}
            assert min(ready) >= 3
            assert max(total) <= 5
            assert lab.get(DEPLOYMENTS, "web")["status"]["updatedReplicas"] == 4

    run(work())


def test_a_bad_image_does_not_take_the_service_down(tmp_path: Path) -> None:
    """With the default strategy a roll-out that cannot become ready leaves the old Pods."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(replicas=2, progressDeadlineSeconds=30))
            set_image(lab, "nosuch:1")
            await lab.advance(20)
            assert sizes(lab) == {"lab:1": 2, "nosuch:1": 1}
            assert conditions(lab)["Progressing"] == ("True", "ReplicaSetUpdated")
            assert conditions(lab)["Available"][0] == "True"
            await lab.advance(20)
            assert conditions(lab)["Progressing"] == ("False", "ProgressDeadlineExceeded")

    run(work())


def test_undo_brings_the_old_set_back(tmp_path: Path) -> None:
    """The template of revision 1 again: the old ReplicaSet becomes revision 3 (rollout undo)."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            set_image(lab, "lab:2")
            await lab.advance(5)
            set_image(lab, "lab:1")
            await lab.advance(5)
            assert sizes(lab) == {"lab:1": 2, "lab:2": 0}
            notes = {
                s["spec"]["template"]["spec"]["containers"][0]["image"]: s["metadata"][
                    "annotations"
                ]
                for s in lab.api.list(SETS, "default")
            }
            assert notes["lab:1"]["deployment.kubernetes.io/revision"] == "3"
            assert notes["lab:1"]["deployment.kubernetes.io/revision-history"] == "1"
            assert notes["lab:2"]["deployment.kubernetes.io/revision"] == "2"
            found = lab.get(DEPLOYMENTS, "web")["metadata"]["annotations"]
            assert found["deployment.kubernetes.io/revision"] == "3"

    run(work())


def test_recreate_ends_the_old_pods_first(tmp_path: Path) -> None:
    """With Recreate there is never an old and a new Pod at once."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(strategy={"type": "Recreate"}))
            mixed = []

            def look(kind: str, obj: object) -> None:
                images = {p["spec"]["containers"][0]["image"] for p in lab.pods()}
                mixed.append(len(images) > 1)

            lab.system.cluster.informer("pods").on_change(look)
            set_image(lab, "lab:2")
            await lab.advance(10)
            assert sizes(lab) == {"lab:1": 0, "lab:2": 2}
            assert not any(mixed)

    run(work())


def test_paused_scales_but_does_not_roll(tmp_path: Path) -> None:
    """A paused Deployment follows ``scale`` and ignores a new template until it is resumed."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment())
            lab.api.patch(DEPLOYMENTS, "default", "web", {"spec": {"paused": True}})
            await lab.settle()
            assert conditions(lab)["Progressing"] == ("Unknown", "DeploymentPaused")
            set_image(lab, "lab:2")
            lab.api.patch(DEPLOYMENTS, "default", "web", {"spec": {"replicas": 3}})
            await lab.advance(5)
            assert sizes(lab) == {"lab:1": 3}
            lab.api.patch(DEPLOYMENTS, "default", "web", {"spec": {"paused": None}})
            await lab.advance(10)
            assert sizes(lab) == {"lab:1": 0, "lab:2": 3}

    run(work())


@pytest.mark.parametrize(("first", "then"), [(2, 3), (3, 1), (2, 0), (0, 2)])
def test_scaling(tmp_path: Path, first: int, then: int) -> None:
    """``kubectl scale`` changes the number of Pods, with the event that names both numbers."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(replicas=first))
            lab.api.patch(DEPLOYMENTS, "default", "web", {"spec": {"replicas": then}})
            await lab.advance(5)
            assert len(lab.pods()) == then
            verb = "up" if then > first else "down"
            (said,) = [e[2] for e in lab.events("web") if e[2].endswith(f"from {first} to {then}")]
            assert said.startswith(f"Scaled {verb} replica set web-")
            assert lab.get(DEPLOYMENTS, "web")["status"].get("replicas", 0) == then

    run(work())


def test_old_sets_are_cleaned_up(tmp_path: Path) -> None:
    """Only ``revisionHistoryLimit`` old ReplicaSets stay."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(replicas=1, revisionHistoryLimit=1))
            for image in ("lab:2", "lab:3", "lab:4"):
                set_image(lab, image)
                await lab.advance(5)
            assert sizes(lab) == {"lab:3": 0, "lab:4": 1}

    run(work())
