"""Jobs that count, wait and are indexed; CronJobs; disruption budgets: on a hand-turned clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labkit.clock import ManualClock
from tests.unit.embedded.controllers.lab import Lab, deployment, pod, run
from tests.unit.embedded.controllers.test_workloads import job

JOBS, CRON_JOBS = "jobs.batch", "cronjobs.batch"
BUDGETS, DEPLOYMENTS = "poddisruptionbudgets.policy", "deployments.apps"
NOON = datetime(2026, 11, 27, 12, 0, 30, tzinfo=UTC).timestamp()


def cron_job(*command: str, schedule: str = "*/1 * * * *", **spec: Any) -> dict[str, Any]:
    """A CronJob whose Jobs run a command."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "tick"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": job(*command)["spec"]}, **spec},
    }


def conditions(obj: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Status and reason of each condition."""
    return {c["type"]: (c["status"], c["reason"]) for c in obj["status"].get("conditions", [])}


def test_a_counted_pod_may_go(tmp_path: Path) -> None:
    """A Pod that succeeded counts for ever: deleting it changes neither status nor Pods."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("exit", "0", "5", completions=2, parallelism=1))
            await lab.advance(7)
            first = next(p for p in lab.pods() if p["status"]["phase"] == "Succeeded")
            lab.api.delete("pods", "default", first["metadata"]["name"])
            await lab.advance(6)
            status = lab.get(JOBS, "work")["status"]
            assert (status["succeeded"], status["uncountedTerminatedPods"]) == (2, {})
            assert len(lab.events(reason="SuccessfulCreate")) == 2

    run(work())


def test_a_job_whose_pod_is_deleted(tmp_path: Path) -> None:
    """A running Pod that is deleted counts as failed, is replaced, and is not held back."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("stubborn"))
            lab.api.delete("pods", "default", lab.pods()[0]["metadata"]["name"])
            await lab.advance(13)
            status = lab.get(JOBS, "work")["status"]
            assert (status["failed"], status["active"], len(lab.pods())) == (1, 1, 1)

    run(work())


def test_a_job_is_deleted_with_its_pods(tmp_path: Path) -> None:
    """No Pod stays behind for the finalizer of a Job that is gone."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("stubborn"))
            assert lab.pods()[0]["metadata"]["finalizers"] == ["batch.kubernetes.io/job-tracking"]
            lab.api.delete(JOBS, "default", "work", propagation="Background")
            await lab.advance(3)
            assert (lab.exists(JOBS, "work"), lab.pods()) == (False, [])

    run(work())


def test_an_indexed_job(tmp_path: Path) -> None:
    """Each completion has its Pod with number, name and variable; the status says which."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            spec = {"completionMode": "Indexed", "completions": 4, "parallelism": 4}
            await lab.create(JOBS, job("show", **spec))
            await lab.advance(2)
            pods = sorted(lab.pods(), key=lambda p: p["metadata"]["name"])
            names = [p["metadata"]["name"].rpartition("-")[0] for p in pods]
            assert names == [f"work-{n}" for n in range(4)]
            logs = [await lab.log(p) for p in pods]
            assert all(f"JOB_COMPLETION_INDEX={n}\n" in logs[n] for n in range(4))
            assert all(f"HOSTNAME=work-{n}\n" in logs[n] for n in range(4))
            assert lab.get(JOBS, "work")["status"]["completedIndexes"] == "0-3"

    run(work())


def test_suspension(tmp_path: Path) -> None:
    """A suspended Job has no Pod and no start; resumed, it begins."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("stubborn", suspend=True))
            found = lab.get(JOBS, "work")
            assert conditions(found) == {"Suspended": ("True", "JobSuspended")}
            assert ("startTime" in found["status"], lab.pods()) == (False, [])
            for suspend, count in ((False, 1), (True, 0)):
                lab.api.patch(JOBS, "default", "work", {"spec": {"suspend": suspend}}, kind="merge")
                await lab.advance(3)
                assert len(lab.pods()) == count
            reasons = [reason for _, reason, _, _ in lab.events("work")]
            assert reasons.count("Suspended") + reasons.count("Resumed") >= 2

    run(work())


def test_restarts_count_where_pods_restart(tmp_path: Path) -> None:
    """With OnFailure the restarts in place use up the backoffLimit."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            made = job("exit", "1", backoffLimit=2)
            made["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
            await lab.create(JOBS, made)
            await lab.advance(8)
            assert "Failed" not in conditions(lab.get(JOBS, "work"))
            await lab.advance(12)
            assert conditions(lab.get(JOBS, "work"))["Failed"] == ("True", "BackoffLimitExceeded")

    run(work())


def test_a_cron_job_runs_on_the_minute(tmp_path: Path) -> None:
    """One Job a minute, named by the minute, three of them kept; the book is right."""

    async def work() -> None:
        async with Lab(tmp_path, clock=ManualClock(NOON)) as lab:
            await lab.create(CRON_JOBS, cron_job("exit", "0", "1"))
            await lab.advance(20)
            assert lab.api.list(JOBS, "default") == []
            await lab.advance(11)
            (first,) = lab.api.list(JOBS, "default")
            minute = int(NOON + 30) // 60
            assert first["metadata"]["name"] == f"tick-{minute}"
            status = lab.get(CRON_JOBS, "tick")["status"]
            assert status["lastScheduleTime"] == "2026-11-27T12:01:00Z"
            await lab.advance(240)
            names = [j["metadata"]["name"] for j in lab.api.list(JOBS, "default")]
            assert sorted(names) == [f"tick-{minute + n}" for n in (2, 3, 4)]
            assert {r for _, r, _, _ in lab.events("tick")} == {
                "SuccessfulCreate",
                "SawCompletedJob",
                "SuccessfulDelete",
            }
            assert lab.get(CRON_JOBS, "tick")["status"]["lastSuccessfulTime"]

    run(work())


@pytest.mark.conformance("cronjob", "should schedule multiple jobs concurrently")
@pytest.mark.conformance("cronjob", "should not schedule new jobs when ForbidConcurrent")
@pytest.mark.conformance("cronjob", "should replace jobs when ReplaceConcurrent")
@pytest.mark.parametrize(
    ("policy", "running", "reason"),
    [("Allow", 3, None), ("Forbid", 1, "JobAlreadyActive"), ("Replace", 1, "SuccessfulDelete")],
)
def test_concurrency(tmp_path: Path, policy: str, running: int, reason: str | None) -> None:
    """Allow lets Jobs overlap, Forbid leaves moments out, Replace ends the one before."""

    async def work() -> None:
        async with Lab(tmp_path, clock=ManualClock(NOON)) as lab:
            await lab.create(CRON_JOBS, cron_job("stubborn", concurrencyPolicy=policy))
            await lab.advance(155)
            assert len(lab.api.list(JOBS, "default")) == running
            assert len(lab.get(CRON_JOBS, "tick")["status"]["active"]) == running
            assert reason is None or lab.events("tick", reason)

    run(work())


@pytest.mark.conformance("cronjob", "should not schedule jobs when suspended")
def test_a_suspended_cron_job(tmp_path: Path) -> None:
    """While it is suspended nothing runs; a deadline leaves out what is too late."""

    async def work() -> None:
        async with Lab(tmp_path, clock=ManualClock(NOON)) as lab:
            made = cron_job("exit", "0", suspend=True, startingDeadlineSeconds=10)
            await lab.create(CRON_JOBS, made)
            await lab.advance(165)
            assert lab.api.list(JOBS, "default") == []
            change = {"spec": {"suspend": False}}
            lab.api.patch(CRON_JOBS, "default", "tick", change, kind="merge")
            await lab.settle()
            assert lab.api.list(JOBS, "default") == []
            await lab.advance(50)
            assert len(lab.api.list(JOBS, "default")) == 1

    run(work())


def budget(**spec: Any) -> dict[str, Any]:
    """A budget for the Pods labelled ``app: web``."""
    selector = {"matchLabels": {"app": "web"}}
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "careful"},
        "spec": {"selector": selector, **spec},
    }


@pytest.mark.parametrize(
    ("spec", "needed", "allowed"),
    [
        ({"minAvailable": 3}, 3, 1),
        ({"minAvailable": "50%"}, 2, 2),
        ({"minAvailable": "60%"}, 3, 1),
        ({"maxUnavailable": 1}, 3, 1),
        ({"maxUnavailable": "30%"}, 2, 2),
        ({"minAvailable": 4}, 4, 0),
    ],
)
def test_budget(tmp_path: Path, spec: dict[str, Any], needed: int, allowed: int) -> None:
    """Percentages are of the owner's replicas and rounded up, as the documentation says."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(DEPLOYMENTS, deployment(replicas=4))
            await lab.advance(2)
            await lab.create(BUDGETS, budget(**spec))
            status = lab.get(BUDGETS, "careful")["status"]
            assert (status["expectedPods"], status["currentHealthy"]) == (4, 4)
            assert (status["desiredHealthy"], status["disruptionsAllowed"]) == (needed, allowed)
            reason = "SufficientPods" if allowed else "InsufficientPods"
            assert conditions({"status": status})["DisruptionAllowed"][1] == reason

    run(work())


def test_a_budget_without_pods(tmp_path: Path) -> None:
    """Nothing may be evicted where nothing is; a Pod that comes is counted."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(BUDGETS, budget(minAvailable=0))
            assert lab.get(BUDGETS, "careful")["status"]["disruptionsAllowed"] == 0
            await lab.create("pods", pod("one", labels={"app": "web"}))
            await lab.advance(1)
            assert lab.get(BUDGETS, "careful")["status"]["disruptionsAllowed"] == 1

    run(work())
