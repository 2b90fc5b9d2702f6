"""Policies of Jobs that take time (limits per index, replacement), on a hand-turned clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labkit.embedded.controllers import job_success
from tests.unit.embedded.controllers.lab import Lab, run
from tests.unit.embedded.controllers.test_batch import conditions
from tests.unit.embedded.controllers.test_workloads import job

JOBS = "jobs.batch"
INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


def indexed(*command: str, **spec: Any) -> dict[str, Any]:
    """An Indexed Job of four completions, two at a time."""
    base = {"completionMode": "Indexed", "completions": 4, "parallelism": 2}
    return job(*command, **{**base, **spec})


def without_limit(made: dict[str, Any]) -> dict[str, Any]:
    """The Job with the default of ``backoffLimit``."""
    made["spec"].pop("backoffLimit", None)
    return made


def attempts(lab: Lab, annotation: str = FAILURES) -> dict[str, list[str]]:
    """The failure counts that the Pods of each index carry, in order."""
    found: dict[str, list[str]] = {}
    for pod in lab.pods():
        notes = pod["metadata"]["annotations"]
        found.setdefault(notes[INDEX], []).append(notes.get(annotation, ""))
    return {index: sorted(counts) for index, counts in found.items()}


@pytest.mark.conformance(
    "job", "should execute all indexes despite some failing when using backoffLimitPerIndex"
)
def test_each_index_has_its_own_limit(tmp_path: Path) -> None:
    """Odd indexes fail twice each, ten seconds apart; all are tried before the Job fails."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, without_limit(indexed("odd", backoffLimitPerIndex=1)))
            await lab.advance(5)
            status = lab.get(JOBS, "work")["status"]
            assert (status["completedIndexes"], status.get("failedIndexes", "")) == ("0,2", "")
            assert attempts(lab) == {"0": ["0"], "1": ["0"], "2": ["0"], "3": ["0"]}
            await lab.advance(12)
            found = lab.get(JOBS, "work")
            assert conditions(found)["Failed"] == ("True", "FailedIndexes")
            status = found["status"]
            assert (status["completedIndexes"], status["failedIndexes"]) == ("0,2", "1,3")
            assert (status["succeeded"], status["failed"]) == (2, 4)
            assert attempts(lab) == {"0": ["0"], "1": ["0", "1"], "2": ["0"], "3": ["0", "1"]}

    run(work())


def test_ignored_failures_of_an_index(tmp_path: Path) -> None:
    """They use no limit up, but the wait before the next attempt grows by them."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            rule = {"action": "Ignore", "onExitCodes": {"operator": "NotIn", "values": [3]}}
            spec = {"backoffLimitPerIndex": 0, "podFailurePolicy": {"rules": [rule]}}
            await lab.create(JOBS, without_limit(indexed("odd", completions=2, **spec)))
            await lab.advance(5)
            assert attempts(lab, IGNORED) == {"0": [""], "1": [""]}
            await lab.advance(10)
            assert attempts(lab, IGNORED)["1"] == ["", "1"]
            await lab.advance(10)
            assert attempts(lab, IGNORED)["1"] == ["", "1"]
            await lab.advance(10)
            assert attempts(lab, IGNORED)["1"] == ["", "1", "2"]
            status = lab.get(JOBS, "work")["status"]
            assert (status.get("failed", 0), status.get("failedIndexes", "")) == (0, "")

    run(work())


@pytest.mark.parametrize(
    ("rules", "completed", "matched"),
    [
        ([{"succeededIndexes": "0,2-3"}], {0, 2}, None),
        ([{"succeededIndexes": "0,2-3"}], {0, 2, 3}, 0),
        ([{"succeededIndexes": "0,2-3", "succeededCount": 2}], {1, 2}, None),
        ([{"succeededIndexes": "0,2-3", "succeededCount": 2}], {2, 3}, 0),
        ([{"succeededCount": 3}], {1, 2}, None),
        ([{"succeededCount": 3}, {"succeededIndexes": "1"}], {1, 2}, 1),
        ([{"succeededCount": 0}], set(), None),
    ],
)
def test_rules_of_success(
    rules: list[dict[str, Any]], completed: set[int], matched: int | None
) -> None:
    """All indexes of a rule, or as many of them as it says (KEP-3998); nothing before a success."""
    found = job_success.matched({"spec": {"successPolicy": {"rules": rules}}}, completed)
    assert found == (None if matched is None else f"Matched rules at index {matched}")


def test_pods_that_a_success_ends_have_not_failed(tmp_path: Path) -> None:
    """Index 0 is enough: the Pod of index 1, which still runs, is ended and counts as nothing."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            policy = {"rules": [{"succeededIndexes": "0"}]}
            await lab.create(JOBS, indexed("even", successPolicy=policy))
            await lab.advance(2)
            found = lab.get(JOBS, "work")
            assert conditions(found)["SuccessCriteriaMet"] == ("True", "SuccessPolicy")
            await lab.advance(40)
            found = lab.get(JOBS, "work")
            assert conditions(found)["Complete"] == ("True", "SuccessPolicy")
            assert (found["status"]["succeeded"], found["status"].get("failed", 0)) == (1, 0)

    run(work())


@pytest.mark.parametrize(("policy", "active"), [("TerminatingOrFailed", 1), ("Failed", 0)])
def test_when_a_leaving_pod_is_replaced(tmp_path: Path, policy: str, active: int) -> None:
    """At once, or only after its end: then it counts as failed no sooner either."""

    async def work() -> None:
        async with Lab(tmp_path, grace=30) as lab:
            await lab.create(JOBS, job("stubborn", podReplacementPolicy=policy))
            await lab.advance(1)
            lab.api.delete("pods", "default", lab.pods()[0]["metadata"]["name"])
            await lab.advance(12)
            status = lab.get(JOBS, "work")["status"]
            assert (status.get("active", 0), status["terminating"]) == (active, 1)
            assert status.get("failed", 0) == active
            await lab.advance(40)
            status = lab.get(JOBS, "work")["status"]
            assert (status["active"], status["failed"], status["terminating"]) == (1, 1, 0)

    run(work())


def test_a_job_of_somebody_else(tmp_path: Path) -> None:
    """A Job that another controller manages is left alone."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("exit", "0", managedBy="example.com/queue"))
            await lab.advance(3)
            assert lab.pods() == []
            assert not lab.get(JOBS, "work").get("status")

    run(work())


def test_suspended_pods_have_not_failed(tmp_path: Path) -> None:
    """Pods that a suspension ends count as nothing."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create(JOBS, job("stubborn"))
            await lab.advance(1)
            lab.api.patch(JOBS, "default", "work", {"spec": {"suspend": True}}, kind="merge")
            await lab.advance(5)
            status = lab.get(JOBS, "work")["status"]
            assert (lab.pods(), status.get("failed", 0), status["terminating"]) == ([], 0, 0)

    run(work())
