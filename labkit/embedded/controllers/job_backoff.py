"""How often a Job tries again and how long it waits before: for the whole Job, or per index.

After pkg/controller/job/backoff_utils.go and indexed_job_utils.go (KEP-3850).  With a limit per
index each Pod carries how often its index has failed before, and the last failed Pod of an index
keeps its finalizer until its successor has taken over that number.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from labkit.embedded.controllers import job_failures, job_indexes
from labkit.embedded.controllers.objects import meta, notes, phase, pod_finished, seconds_of
from labkit.embedded.interfaces import Json

FIRST_BACKOFF, LONGEST_BACKOFF = 10.0, 600.0
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"


def per_index(job: Json) -> bool:
    """Has each index a limit of its own?"""
    return job_indexes.indexed(job) and job["spec"].get("backoffLimitPerIndex") is not None


def wait(failures: int, last: float, now: float) -> float:
    """Seconds to wait after so many failures in a row, of which the last was at ``last``."""
    if not failures:
        return 0.0
    return max(0.0, last + min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (failures - 1)) - now)


def since_success(pods: Iterable[Json]) -> tuple[int, float]:
    """Failures since the last success, and when the last of them was (``newBackoffRecord``)."""
    ends = sorted((ended(pod), phase(pod) == "Failed") for pod in pods if pod_finished(pod))
    count, last = 0, 0.0
    for when, bad in ends:
        count, last = (count + 1, when) if bad else (0, 0.0)
    return count, last


def ended(pod: Json) -> float:
    """When the last container ended; for a Pod without such a time, when it was deleted."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    ends = [((s.get("state") or {}).get("terminated") or {}).get("finishedAt") for s in statuses]
    last = max((seconds_of(end) for end in ends), default=0.0)
    return last or seconds_of(meta(pod).get("deletionTimestamp"))


def failures_of(pod: Json) -> tuple[int, int]:
    """How often the Pod's index had failed before it: counted and ignored failures."""
    texts = (notes(pod).get(FAILURES, ""), notes(pod).get(IGNORED, ""))
    counted, ignored = (int(text) if text.isdigit() else 0 for text in texts)
    return counted, ignored


def failed_for_good(job: Json, pod: Json) -> bool:
    """Does this Pod's failure use up its index?"""
    if not job_failures.failed(job, pod):
        return False
    ruled = job_failures.ruling(job, pod)
    if ruled.action == job_failures.FAIL_INDEX:
        return True
    return ruled.counts and failures_of(pod)[0] >= int(job["spec"]["backoffLimitPerIndex"])


def predecessors(job: Json, pods: Iterable[Json], settled: Set[int]) -> dict[int, Json]:
    """For each index that is to be tried again the Pod that failed last.

    ``settled`` are the indexes that need no successor: done, failed for good, or running.
    """
    found: dict[int, Json] = {}
    for pod in pods:
        index = job_indexes.index_of(pod)
        if index is None or index in settled or not job_failures.failed(job, pod):
            continue
        if index not in found or _later(pod, found[index]):
            found[index] = pod
    return found


def _later(pod: Json, other: Json) -> bool:
    return (sum(failures_of(pod)), ended(pod)) > (sum(failures_of(other)), ended(other))


def successor_notes(job: Json, before: Json | None) -> dict[str, str]:
    """The annotations of a Pod that takes the place of ``before`` (None: the first of all)."""
    counted, ignored = failures_of(before) if before is not None else (0, 0)
    if before is not None and job_failures.ruling(job, before).counts:
        counted += 1
    elif before is not None:
        ignored += 1
    return {FAILURES: str(counted), **({IGNORED: str(ignored)} if ignored else {})}


def successor_wait(before: Json | None, now: float) -> float:
    """How long that Pod is to wait still."""
    if before is None:
        return 0.0
    return wait(sum(failures_of(before)) + 1, ended(before), now)
