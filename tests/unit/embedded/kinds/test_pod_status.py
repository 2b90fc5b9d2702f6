"""The STATUS, READY and RESTARTS of a Pod in the situations that kubectl shows.

Expected words are those of a real cluster's ``kubectl get pods`` in these situations.
"""

from __future__ import annotations

from typing import Any

import pytest

from labkit.embedded.kinds.ages import human_duration, rfc3339
from labkit.embedded.kinds.podstatus import summary

Json = dict[str, Any]
NOW = 1_700_000_000.0


def _container(
    state: Json, *, ready: bool = False, restarts: int = 0, last: Json | None = None
) -> Json:
    found: Json = {"name": "c", "ready": ready, "restartCount": restarts, "state": state}
    if last:
        found["lastState"] = last
    return found


RUNNING = {"running": {}}
CRASHED = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": rfc3339(NOW - 3)}}
BACK_OFF = {"waiting": {"reason": "CrashLoopBackOff"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}


def _pod(phase: str, *statuses: Json, init: list[Json] | None = None, **more: Any) -> Json:
    pod: Json = {
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c"} for _ in statuses] or [{"name": "c"}]},
        "status": {"phase": phase, "containerStatuses": list(statuses)},
    }
    if init is not None:
        pod["spec"]["initContainers"] = [{"name": each["name"]} for each in init]
        pod["status"]["initContainerStatuses"] = init
    pod["metadata"].update(more.get("metadata", {}))
    pod["status"].update(more.get("status", {}))
    return pod


def _init(name: str, state: Json) -> Json:
    return {"name": name, "state": state, "restartCount": 0, "ready": False}


@pytest.mark.parametrize(
    ("pod", "shown"),
    [
        (_pod("Pending"), ("0/1", "Pending", "0")),
        (
            _pod("Pending", _container({"waiting": {"reason": "ContainerCreating"}})),
            ("0/1", "ContainerCreating", "0"),
        ),
        (
            _pod("Pending", _container({"waiting": {"reason": "ImagePullBackOff"}})),
            ("0/1", "ImagePullBackOff", "0"),
        ),
        (_pod("Running", _container(RUNNING, ready=True)), ("1/1", "Running", "0")),
        (_pod("Running", _container(RUNNING)), ("0/1", "Running", "0")),
        (_pod("Succeeded", _container(DONE)), ("0/1", "Completed", "0")),
        (_pod("Failed", _container(CRASHED)), ("0/1", "Error", "0")),
        (
            _pod("Running", _container(BACK_OFF, restarts=2, last=CRASHED)),
            ("0/1", "CrashLoopBackOff", "2 (3s ago)"),
        ),
        (
            _pod("Running", _container(RUNNING, ready=True), _container(DONE)),
            ("1/2", "NotReady", "0"),
        ),
        (
            _pod("Failed", _container({"terminated": {"exitCode": 137, "signal": 9}})),
            ("0/1", "Signal:9", "0"),
        ),
        (_pod("Failed", _container({"terminated": {"exitCode": 2}})), ("0/1", "ExitCode:2", "0")),
        (
            _pod("Pending", init=[_init("a", DONE), _init("b", {"running": {}})]),
            ("0/1", "Init:1/2", "0"),
        ),
        (_pod("Pending", init=[_init("a", CRASHED)]), ("0/1", "Init:Error", "0")),
        (
            _pod("Pending", init=[_init("a", {"waiting": {"reason": "CrashLoopBackOff"}})]),
            ("0/1", "Init:CrashLoopBackOff", "0"),
        ),
        (
            _pod(
                "Running",
                _container(RUNNING, ready=True),
                metadata={"deletionTimestamp": rfc3339(NOW)},
            ),
            ("1/1", "Terminating", "0"),
        ),
        (
            _pod("Failed", status={"reason": "Evicted"}),
            ("0/1", "Evicted", "0"),
        ),
    ],
)  # fmt: skip
def test_summary(pod: Json, shown: tuple[str, str, str]) -> None:
    """READY, STATUS and RESTARTS are what printPod prints."""
    assert summary(pod, NOW) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"), (119, "119s"), (120, "2m"), (458, "7m38s"), (599, "9m59s"), (600, "10m"),
        (10799, "179m"), (10800, "3h"), (11100, "3h5m"), (28800, "8h"), (172799, "47h"),
        (172800, "2d"), (183600, "2d3h"), (691200, "8d"), (63071999, "729d"), (63072000, "2y"),
        (65664000, "2y30d"), (252288000, "8y"), (-1, "0s"), (-5, "<invalid>"),
    ],
)  # fmt: skip
def test_ages(seconds: int, shown: str) -> None:
    """Ages have the steps of duration.HumanDuration, whose own tests these values come from."""
    assert human_duration(seconds) == shown
