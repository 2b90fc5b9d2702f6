"""Pod failure policies: what a failed Pod means for its Job.

After pkg/controller/job/pod_failure_policy.go (KEP-3329) and ``isPodFailed`` of
job_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labkit.embedded.controllers.objects import deleting, name, namespace, phase
from labkit.embedded.interfaces import Json

FAIL_JOB, FAIL_INDEX, IGNORE = "FailJob", "FailIndex", "Ignore"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the first rule that fits says; without such a rule the action is empty."""

    action: str = ""
    message: str = ""
    """Why the Job fails (``FailJob``)."""

    @property
    def counts(self) -> bool:
        """Does the failure count towards the back-off limits?"""
        return self.action != IGNORE


def replaces_failed_only(job: Json) -> bool:
    """``podReplacementPolicy: Failed``: a Pod that is on its way out has not failed yet."""
    return bool(job["spec"].get("podReplacementPolicy") == "Failed")


def failed(job: Json, pod: Json) -> bool:
    """A Pod that is deleted has failed too, for it may never come to a phase of its own."""
    if phase(pod) == "Failed":
        return True
    return not replaces_failed_only(job) and deleting(pod) and phase(pod) != "Succeeded"


def ruling(job: Json, pod: Json) -> Ruling:
    """The judgement of the Job's ``podFailurePolicy`` on one failed Pod."""
    rules = (job["spec"].get("podFailurePolicy") or {}).get("rules") or []
    status = pod.get("status") or {}
    for at, rule in enumerate(rules):
        action = str(rule.get("action"))
        if rule.get("onExitCodes") is not None:
            container = _matching_container(status, rule["onExitCodes"])
            if container is not None:
                return Ruling(action, _exit_message(pod, container, action, at))
        elif (kind := _matching_condition(status, rule.get("onPodConditions") or [])) is not None:
            where = f"{namespace(pod)}/{name(pod)}"
            message = f"Pod {where} has condition {kind} matching {action} rule at index {at}"
            return Ruling(action, message)
    return Ruling()


def failing_the_job(job: Json, pods: Iterable[Json]) -> str | None:
    """The message of the first ``FailJob`` rule that a failed Pod fits."""
    for pod in pods:
        found = ruling(job, pod) if failed(job, pod) else Ruling()
        if found.action == FAIL_JOB:
            return found.message
    return None


def _exit_message(pod: Json, container: Json, action: str, at: int) -> str:
    code = container["state"]["terminated"]["exitCode"]
    return (
        f"Container {container['name']} for pod {namespace(pod)}/{name(pod)} failed with exit "
        f"code {code} matching {action} rule at index {at}"
    )


def _matching_container(status: Json, wanted: Json) -> Json | None:
    for container in _ended_badly(status):
        if wanted.get("containerName") not in (None, container["name"]):
            continue
        listed = container["state"]["terminated"]["exitCode"] in (wanted.get("values") or [])
        if listed == (wanted.get("operator") == "In"):
            return container
    return None


def _ended_badly(status: Json) -> Iterator[Json]:
    for kind in ("containerStatuses", "initContainerStatuses"):
        for container in status.get(kind) or []:
            if ((container.get("state") or {}).get("terminated") or {}).get("exitCode"):
                yield container


def _matching_condition(status: Json, patterns: list[Json]) -> str | None:
    for found in status.get("conditions") or []:
        for pattern in patterns:
            if (found["type"], found["status"]) == (pattern["type"], pattern.get("status")):
                return str(found["type"])
    return None
