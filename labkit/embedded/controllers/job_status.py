"""What a Job's Pods amount to: counts, and the status that is written down.

After pkg/controller/job/job_controller.go (``trackJobStatusAndRemoveFinalizers``).  A finished
Pod counts once: it holds a finalizer until it stands in ``uncountedTerminatedPods``, and is part
of the counts when the finalizer is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from labkit.embedded.controllers import job_backoff, job_failures, job_indexes
from labkit.embedded.controllers.conditions import other_conditions
from labkit.embedded.controllers.objects import (
    deleting,
    is_true,
    meta,
    phase,
    pod_active,
    pod_finished,
    uid,
)
from labkit.embedded.interfaces import Json

TRACKED = "batch.kubernetes.io/job-tracking"


@dataclass(slots=True)
class Tally:
    """The Pods of a Job, counted; ``succeeded`` and ``failed`` include what is not written yet."""

    active: list[Json] = field(default_factory=list)
    terminating: int = 0
    succeeded: int = 0
    failed: int = 0
    completed: set[int] = field(default_factory=set)
    """Indexes that are done (Indexed Jobs)."""
    given_up: set[int] | None = None
    """Indexes that have failed for good (with a limit per index)."""
    predecessors: dict[int, Json] = field(default_factory=dict)
    """The failed Pods that wait for a successor, by index (with a limit per index)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a Job ends: ``kind`` is ``Complete`` or ``Failed``."""

    kind: str
    reason: str
    message: str

    @property
    def aim(self) -> str:
        """The condition that says it before the last Pod is gone."""
        return "SuccessCriteriaMet" if self.kind == "Complete" else "FailureTarget"


def finished_as(job: Json) -> str:
    """``Complete``, ``Failed`` or nothing."""
    return next((kind for kind in ("Complete", "Failed") if is_true(job, kind)), "")


def finished(job: Json) -> bool:
    return bool(finished_as(job))


def tracked(pod: Json) -> bool:
    """Does it hold the finalizer still?"""
    return TRACKED in (meta(pod).get("finalizers") or [])


def tally(job: Json, pods: list[Json]) -> Tally:
    """Count: what earlier rounds wrote down, and what has ended since."""
    status = job.get("status") or {}
    pending = _uncounted(status)
    found = Tally(
        active=[pod for pod in pods if pod_active(pod)],
        terminating=sum(1 for pod in pods if is_terminating(pod)),
        succeeded=int(status.get("succeeded") or 0) + len(pending["succeeded"]),
        failed=int(status.get("failed") or 0) + len(pending["failed"]),
        completed=job_indexes.read(status.get("completedIndexes")),
    )
    for pod in fresh(job, pods):
        if phase(pod) == "Succeeded":
            found.succeeded += 1
            found.completed |= _indexes_of([pod])
        elif job_failures.failed(job, pod):
            found.failed += job_failures.ruling(job, pod).counts
    if job_indexes.indexed(job):
        found.succeeded = len(found.completed)
    if job_backoff.per_index(job):
        _tally_indexes(job, pods, found)
    return found


def _tally_indexes(job: Json, pods: list[Json], found: Tally) -> None:
    before = job_indexes.read((job.get("status") or {}).get("failedIndexes"))
    valid = [pod for pod in pods if tracked(pod) and job_indexes.valid(job, pod)]
    lost = _indexes_of(pod for pod in valid if job_backoff.failed_for_good(job, pod))
    found.given_up = (before | lost) - found.completed
    settled = found.completed | found.given_up | _indexes_of(found.active)
    found.predecessors = job_backoff.predecessors(job, valid, settled)


def _indexes_of(pods: Iterable[Json]) -> set[int]:
    return {index for pod in pods if (index := job_indexes.index_of(pod)) is not None}


def is_terminating(pod: Json) -> bool:
    """On its way out, and not at its end yet."""
    return deleting(pod) and not pod_finished(pod)


def fresh(job: Json, pods: Iterable[Json]) -> list[Json]:
    """Pods that may count and that no earlier round wrote down."""
    pending = _uncounted(job.get("status") or {})
    listed = {*pending["succeeded"], *pending["failed"]}
    return [
        pod
        for pod in pods
        if tracked(pod) and uid(pod) not in listed and job_indexes.valid(job, pod)
    ]


def _uncounted(status: Json) -> dict[str, list[str]]:
    found = status.get("uncountedTerminatedPods") or {}
    return {kind: list(found.get(kind) or []) for kind in ("succeeded", "failed")}


def leaving(job: Json, pods: list[Json], found: Tally, decided: Verdict | None) -> list[Json]:
    """The Pods that are let go of once they stand in the status (``canRemoveFinalizer``)."""
    all_of_them = deleting(job) or decided is not None
    waiting = {uid(pod) for pod in found.predecessors.values()}
    return [
        pod
        for pod in pods
        if tracked(pod)
        if all_of_them
        or phase(pod) == "Succeeded"
        or (job_failures.failed(job, pod) and uid(pod) not in waiting)
    ]


def interim(job: Json, found: Tally, going: list[Json], decided: Verdict | None, now: str) -> Json:
    """The status before the Pods of ``going`` are let go of: they stand in it by uid."""
    old = job.get("status") or {}
    kept = ("startTime", "completionTime", "conditions", "succeeded", "failed")
    status = {key: old[key] for key in kept if key in old}
    if job_indexes.indexed(job) and found.completed:
        status["completedIndexes"] = job_indexes.written(found.completed)
        status["succeeded"] = len(found.completed)
    if found.given_up is not None:
        status["failedIndexes"] = job_indexes.written(found.given_up)
    pending = _uncounted(old)
    for pod in fresh(job, going):
        if phase(pod) == "Succeeded":
            pending["succeeded"] += [] if job_indexes.indexed(job) else [uid(pod)]
        elif _counts_as_failed(job, pod, decided):
            pending["failed"].append(uid(pod))
    status["uncountedTerminatedPods"] = {kind: uids for kind, uids in pending.items() if uids}
    if decided is not None:
        _add_condition(status, decided.aim, decided, now)
    return status


def _counts_as_failed(job: Json, pod: Json, decided: Verdict | None) -> bool:
    """Failed Pods do; and when the Job fails all that have not come to their end."""
    doomed = decided is not None and decided.kind == "Failed"
    return (doomed or job_failures.failed(job, pod)) and job_failures.ruling(job, pod).counts


def with_presence(status: Json, active: int, ready: int, terminating: int) -> Json:
    """The status with how many Pods there are now."""
    counted = {**status, "ready": ready, "terminating": terminating}
    return {**counted, "active": active} if active else counted


def settled(status: Json, decided: Verdict | None, now: str) -> Json:
    """The status after they were let go of: they are counts now, and the Job may be at its end."""
    pending = _uncounted(status)
    final: Json = {**status, "uncountedTerminatedPods": {}}
    for kind, uids in pending.items():
        if uids:
            final[kind] = int(final.get(kind) or 0) + len(uids)
    if decided is not None and not status.get("active") and not status["terminating"]:
        _add_condition(final, decided.kind, decided, now)
        if decided.kind == "Complete":
            final.setdefault("completionTime", now)
    return final


def _add_condition(status: Json, kind: str, decided: Verdict, now: str) -> None:
    if not is_true({"status": status}, kind):
        made = made_condition(kind, "True", decided.reason, decided.message, now)
        status["conditions"] = [*other_conditions(status, kind), made]


def made_condition(kind: str, value: str, reason: str, message: str, now: str) -> Json:
    return {
        "type": kind,
        "status": value,
        "lastProbeTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
