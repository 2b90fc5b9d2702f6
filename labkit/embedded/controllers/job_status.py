"""What a Job's Pods amount to: counts, the verdict, the conditions.

After pkg/controller/job/job_controller.go (``trackJobStatusAndRemoveFinalizers``).  A finished
Pod counts once: it holds a finalizer until it has been counted, and may go after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from labkit.embedded.controllers import job_indexes
from labkit.embedded.controllers.objects import (
    deleting,
    is_true,
    meta,
    phase,
    pod_active,
    pod_ready,
    seconds_of,
    uid,
)
from labkit.embedded.interfaces import Json

TRACKED = "batch.kubernetes.io/job-tracking"
DEFAULT_LIMIT = 6


@dataclass(slots=True)
class Tally:
    """The Pods of a Job, counted; ``fresh`` ones have ended and were not counted before."""

    active: list[Json] = field(default_factory=list)
    fresh: list[Json] = field(default_factory=list)
    succeeded: int = 0
    failed: int = 0
    terminating: int = 0
    completed: set[int] = field(default_factory=set)
    """Indexes that are done (Indexed Jobs)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a Job ends."""

    kind: str
    reason: str
    message: str


def finished_as(job: Json) -> str:
    """``Complete``, ``Failed`` or nothing."""
    return next((kind for kind in ("Complete", "Failed") if is_true(job, kind)), "")


def finished(job: Json) -> bool:
    return bool(finished_as(job))


def tracked(pod: Json) -> bool:
    """Does it hold the finalizer still?"""
    return TRACKED in (meta(pod).get("finalizers") or [])


def tally(job: Json, pods: Iterable[Json]) -> Tally:
    """Count: what earlier rounds wrote down, and what has ended since."""
    status = job.get("status") or {}
    pending = status.get("uncountedTerminatedPods") or {}
    counted = {*(pending.get("succeeded") or []), *(pending.get("failed") or [])}
    found = Tally(
        succeeded=int(status.get("succeeded") or 0),
        failed=int(status.get("failed") or 0),
        completed=job_indexes.read(status.get("completedIndexes")),
    )
    for pod in pods:
        if pod_active(pod):
            found.active.append(pod)
        found.terminating += deleting(pod) and phase(pod) not in ("Succeeded", "Failed")
        if not tracked(pod) or uid(pod) in counted:
            continue
        if phase(pod) == "Succeeded":
            _succeeded(job, found, pod)
        elif phase(pod) == "Failed" or deleting(pod):
            found.failed += 1
            found.fresh.append(pod)
    return found


def _succeeded(job: Json, found: Tally, pod: Json) -> None:
    found.fresh.append(pod)
    if not job_indexes.indexed(job):
        found.succeeded += 1
        return
    index = job_indexes.index_of(pod)
    if index is not None and index < int(job["spec"]["completions"]):
        found.completed.add(index)
    found.succeeded = len(found.completed)


def verdict(job: Json, found: Tally) -> Verdict | None:
    """Has the Job failed or come to its end?  Deadlines are the controller's."""
    spec = job["spec"]
    written = spec.get("backoffLimit")
    limit = DEFAULT_LIMIT if written is None else int(written)
    if found.failed > limit or _restarted_too_often(job, found, limit):
        message = "Job has reached the specified backoff limit"
        return Verdict("Failed", "BackoffLimitExceeded", message)
    wanted = spec.get("completions")
    if wanted is None:
        complete = found.succeeded > 0 and not found.active
    else:
        complete = found.succeeded >= int(wanted)
    if complete:
        message = "Reached expected number of succeeded pods"
        return Verdict("Complete", "CompletionsReached", message)
    return None


def _restarted_too_often(job: Json, found: Tally, limit: int) -> bool:
    """``pastBackoffLimitOnFailure``: restarts in place count where the Pods restart."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts = sum(_restarts(pod) for pod in found.active)
    return restarts > 0 if limit == 0 else restarts >= limit


def _restarts(pod: Json) -> int:
    status = pod.get("status") or {}
    listed = [
        *(status.get("initContainerStatuses") or []),
        *(status.get("containerStatuses") or []),
    ]
    return sum(int(each.get("restartCount") or 0) for each in listed)


def back_off_since(pods: Iterable[Json]) -> tuple[int, float]:
    """Failures since the last success, and when the last of them was (``newBackoffRecord``)."""
    ends = sorted((_ended(pod), phase(pod) == "Failed") for pod in pods if phase(pod) in _ENDS)
    count, last = 0, 0.0
    for when, bad in ends:
        count, last = (count + 1, when) if bad else (0, 0.0)
    return count, last


_ENDS = ("Succeeded", "Failed")


def _ended(pod: Json) -> float:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    ends = [((s.get("state") or {}).get("terminated") or {}).get("finishedAt") for s in statuses]
    return max((seconds_of(end) for end in ends), default=0.0)


def new_status(job: Json, found: Tally, decided: Verdict | None, now: str) -> Json:
    """The status to write; the finished Pods that are let go of next stand in it by uid."""
    old = job.get("status") or {}
    status = {k: v for k, v in old.items() if k in ("startTime", "completionTime", "conditions")}
    counts = {
        "active": len(found.active),
        "succeeded": found.succeeded,
        "failed": found.failed,
    }
    status |= {key: value for key, value in counts.items() if value}
    status["ready"] = sum(1 for pod in found.active if pod_ready(pod))
    status["terminating"] = found.terminating
    if job_indexes.indexed(job) and found.completed:
        status["completedIndexes"] = job_indexes.written(found.completed)
    status["uncountedTerminatedPods"] = _pending(found)
    if decided is not None:
        _decide(status, found, decided, now)
    return status


def _pending(found: Tally) -> Json:
    good = [uid(pod) for pod in found.fresh if phase(pod) == "Succeeded"]
    bad = [uid(pod) for pod in found.fresh if phase(pod) != "Succeeded"]
    return {key: value for key, value in (("succeeded", good), ("failed", bad)) if value}


def _decide(status: Json, found: Tally, decided: Verdict, now: str) -> None:
    """First the aim is written; the end itself when no Pod is running or leaving any more."""
    aim = "SuccessCriteriaMet" if decided.kind == "Complete" else "FailureTarget"
    over = not found.active and not found.terminating
    conditions = list(status.get("conditions") or [])
    for kind in (aim, decided.kind) if over else (aim,):
        if not any(c["type"] == kind and c["status"] == "True" for c in conditions):
            conditions.append(made_condition(kind, "True", decided.reason, decided.message, now))
    status["conditions"] = conditions
    if over and decided.kind == "Complete":
        status["completionTime"] = now


def made_condition(kind: str, value: str, reason: str, message: str, now: str) -> Json:
    return {
        "type": kind,
        "status": value,
        "lastProbeTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
