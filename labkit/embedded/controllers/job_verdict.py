"""Has a Job come to its end, well or badly?  The reasons in the order in which they are asked.

After pkg/controller/job/job_controller.go (``syncJob``).  The deadline is the controller's, for
it needs the clock.
"""

from __future__ import annotations

from labkit.embedded.controllers import job_failures, job_indexes, job_success
from labkit.embedded.controllers.job_status import Tally, Verdict
from labkit.embedded.controllers.objects import condition, phase
from labkit.embedded.interfaces import Json

DEFAULT_LIMIT = 6


def already(job: Json) -> Verdict | None:
    """What an earlier round decided; it holds even if the counts say another thing now."""
    for aim, kind in (("SuccessCriteriaMet", "Complete"), ("FailureTarget", "Failed")):
        found = condition(job, aim)
        if found is not None and found.get("status") == "True":
            return Verdict(kind, str(found.get("reason", "")), str(found.get("message", "")))
    return None


def failure(job: Json, found: Tally, pods: list[Json]) -> Verdict | None:
    """The failure policy and the back-off limit of the whole Job."""
    message = job_failures.failing_the_job(job, pods)
    if message is not None:
        return Verdict("Failed", "PodFailurePolicy", message)
    written = job["spec"].get("backoffLimit")
    limit = DEFAULT_LIMIT if written is None else int(written)
    if found.failed > limit or _restarted_too_often(job, pods, limit):
        message = "Job has reached the specified backoff limit"
        return Verdict("Failed", "BackoffLimitExceeded", message)
    return None


def of_indexes(job: Json, found: Tally) -> Verdict | None:
    """The limits of indexes, and the success policy."""
    if not job_indexes.indexed(job):
        return None
    spec, lost = job["spec"], found.given_up or set()
    most = spec.get("maxFailedIndexes")
    if most is not None and len(lost) > int(most):
        message = "Job has exceeded the specified maximal number of failed indexes"
        return Verdict("Failed", "MaxFailedIndexesExceeded", message)
    if lost and len(lost) + len(found.completed) >= int(spec["completions"]):
        return Verdict("Failed", "FailedIndexes", "Job has failed indexes")
    matched = job_success.matched(job, found.completed)
    return None if matched is None else Verdict("Complete", "SuccessPolicy", matched)


def completion(job: Json, found: Tally) -> Verdict | None:
    """As many successes as were asked for; without a number one, once nothing runs any more."""
    wanted = job["spec"].get("completions")
    if wanted is None:
        complete = found.succeeded > 0 and not found.active
    else:
        complete = found.succeeded >= int(wanted)
    if not complete:
        return None
    return Verdict("Complete", "CompletionsReached", "Reached expected number of succeeded pods")


def _restarted_too_often(job: Json, pods: list[Json], limit: int) -> bool:
    """``pastBackoffLimitOnFailure``: restarts in place count where the Pods restart."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    running = [pod for pod in pods if phase(pod) in ("Running", "Pending")]
    restarts = sum(_restarts(pod) for pod in running)
    return restarts > 0 if limit == 0 else restarts >= limit


def _restarts(pod: Json) -> int:
    status = pod.get("status") or {}
    listed = [
        *(status.get("initContainerStatuses") or []),
        *(status.get("containerStatuses") or []),
    ]
    return sum(int(each.get("restartCount") or 0) for each in listed)
