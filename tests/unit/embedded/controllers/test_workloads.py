"""Jobs, DaemonSets and StatefulSets in their simple form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.embedded.controllers.lab import Lab, run, service

DAEMONS, STATEFUL, JOBS = "daemonsets.apps", "statefulsets.apps", "jobs.batch"


def workload(kind: str, name: str = "web", **spec: Any) -> dict[str, Any]:
    """A workload of the apps group whose Pods are labelled ``app: NAME``."""
    labels = {"app": name}
    container = {"name": "web", "image": spec.pop("image", "lab:1")}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def job(*command: str, **spec: Any) -> dict[str, Any]:
    """A Job whose Pods run a command."""
    container = {"name": "work", "image": "lab:1", "command": list(command)}
    pod = {"restartPolicy": "Never", "containers": [container]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "work"},
        "spec": {"template": {"spec": pod}, **spec},
    }


def test_a_daemon_on_every_node(tmp_path: Path) -> None:
    """One Pod a node, also on a cordoned one; a taint keeps new ones away, NoExecute all."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            lab.api.patch("nodes", None, "labkit-worker", {"spec": {"unschedulable": True}})
            await lab.create(DAEMONS, workload("DaemonSet"))
            await lab.advance(3)
            assert {p["spec"]["nodeName"] for p in lab.pods()} == {
                "labkit-control-plane",
                "labkit-worker",
            }
            status = lab.get(DAEMONS, "web")["status"]
            assert (status["desiredNumberScheduled"], status["numberReady"]) == (2, 2)
            for effect, misplaced in (("NoSchedule", 1), ("NoExecute", 0)):
                taint = {"key": "off", "effect": effect}
                change = {"spec": {"taints": [taint], "unschedulable": None}}
                lab.api.patch("nodes", None, "labkit-worker", change)
                await lab.advance(3)
                status = lab.get(DAEMONS, "web")["status"]
                assert status["desiredNumberScheduled"] == 1
                assert status["numberMisscheduled"] == misplaced
            assert [p["spec"]["nodeName"] for p in lab.pods()] == ["labkit-control-plane"]
            assert lab.get(DAEMONS, "web")["status"]["desiredNumberScheduled"] == 1

    run(work())


def test_a_daemon_is_renewed_one_by_one(tmp_path: Path) -> None:
    """After a new image all Pods have it, and the revision before is kept."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DAEMONS, workload("DaemonSet"))
            body = workload("DaemonSet", image="lab:2")["spec"]["template"]
            lab.api.patch(DAEMONS, "default", "web", {"spec": {"template": body}})
            await lab.advance(5)
            assert {p["spec"]["containers"][0]["image"] for p in lab.pods()} == {"lab:2"}
            assert len(lab.pods()) == 2
            kept = lab.api.list("controllerrevisions.apps", "default")
            assert sorted(r["revision"] for r in kept) == [1, 2]
            assert lab.get(DAEMONS, "web")["status"]["updatedNumberScheduled"] == 2

    run(work())


def test_a_stateful_set_in_order(tmp_path: Path) -> None:
    """web-0 before web-1; down from the highest; names that last; DNS names of their own."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("services", service(clusterIP="None"))
            born: list[str] = []

            def note(kind: str, obj: dict[str, Any]) -> None:
                if kind == "ADDED" and obj["metadata"]["namespace"] == "default":
                    born.append(obj["metadata"]["name"])

            lab.system.cluster.informer("pods").on_change(note)
            await lab.create(STATEFUL, workload("StatefulSet", replicas=3, serviceName="web"))
            await lab.advance(3)
            assert born == ["web-0", "web-1", "web-2"]
            (found,) = lab.api.list(
                "endpointslices.discovery.k8s.io", "default",
                labels="kubernetes.io/service-name=web",
            )  # fmt: skip
            assert {e["hostname"] for e in found["endpoints"]} == set(born)
            lab.api.patch(STATEFUL, "default", "web", {"spec": {"replicas": 1}})
            await lab.advance(5)
            assert [p["metadata"]["name"] for p in lab.pods()] == ["web-0"]
            said = [e[2] for e in lab.events("web", "SuccessfulDelete")]
            assert said[0] == "delete Pod web-2 in StatefulSet web successful"
            lab.api.delete("pods", "default", "web-0")
            await lab.advance(3)
            assert [p["metadata"]["name"] for p in lab.pods()] == ["web-0"]
            status = lab.get(STATEFUL, "web")["status"]
            assert (status["replicas"], status["readyReplicas"]) == (1, 1)

    run(work())


def test_a_partition_holds_the_update_back(tmp_path: Path) -> None:
    """Only Pods from the partition up get the new template."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            held = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
            body = workload("StatefulSet", replicas=2, serviceName="web", updateStrategy=held)
            await lab.create(STATEFUL, body)
            await lab.advance(2)
            fresh = workload("StatefulSet", image="lab:2")["spec"]["template"]
            lab.api.patch(STATEFUL, "default", "web", {"spec": {"template": fresh}})
            await lab.advance(5)
            images = {
                p["metadata"]["name"]: p["spec"]["containers"][0]["image"] for p in lab.pods()
            }
            assert images == {"web-0": "lab:1", "web-1": "lab:2"}

    run(work())


def test_a_job_completes(tmp_path: Path) -> None:
    """Three completions, two at once; conditions and event as the controller writes them."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("exit", "0", "5", completions=3, parallelism=2))
            assert lab.get(JOBS, "work")["status"]["active"] == 2
            await lab.advance(12)
            status = lab.get(JOBS, "work")["status"]
            assert status["succeeded"] == 3
            kinds = {c["type"]: c["reason"] for c in status["conditions"]}
            assert kinds["Complete"] == "CompletionsReached"
            assert "completionTime" in status
            assert ("job-controller", "Completed", "Job completed", 1) in lab.events("work")
            assert len(lab.pods()) == 3

    run(work())


def test_a_job_gives_up(tmp_path: Path) -> None:
    """After backoffLimit failures, with growing pauses between them."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("exit", "1", backoffLimit=1))
            await lab.advance(5)
            assert lab.get(JOBS, "work")["status"]["failed"] == 1
            await lab.advance(10)
            status = lab.get(JOBS, "work")["status"]
            assert status["failed"] == 2
            kinds = {c["type"]: c["reason"] for c in status["conditions"]}
            assert kinds["Failed"] == "BackoffLimitExceeded"

    run(work())
