"""The Job controller: Pods that are to end well, so many times, so many at once.

After pkg/controller/job, without indexes, Pod failure policies and suspension of running Pods.
"""

from __future__ import annotations

from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers.objects import (
    Key,
    deleting,
    is_true,
    key,
    phase,
    pod_active,
    pod_ready,
    seconds_of,
    timestamp,
    without_none,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json

JOBS, PODS = "jobs.batch", "pods"
FIRST_BACKOFF, LONGEST_BACKOFF = 10.0, 600.0


class JobController(Controller):
    """Keeps each Job's Pods until it is complete or has failed."""

    name = "job-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(JOBS).on_change(self.enqueue)
        self.cluster.informer(PODS).on_change(self._pod_changed)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        self.enqueue_owner("Job", pod)

    def reconcile(self, key: Key) -> None:
        job = self.cluster.get(JOBS, *key)
        if job is None or deleting(job):
            return
        if finished(job):
            self._expire(job)
            return
        if job["spec"].get("suspend"):
            return
        pods = podlib.claimed(self.cluster, job, job["spec"].get("selector"))
        verdict = self._verdict(job, pods)
        if verdict is not None:
            self._stop(job, pods)
        else:
            self._fill(job, pods)
        self._write_status(job, verdict)

    def _verdict(self, job: Json, pods: list[Json]) -> tuple[str, str, str] | None:
        """Complete or Failed with reason and message, or not yet."""
        done = [p for p in pods if phase(p) == "Succeeded"]
        failed = [p for p in pods if phase(p) == "Failed"]
        active = [p for p in pods if pod_active(p)]
        limit = job["spec"].get("backoffLimit")
        restarts = sum(_restarts(p) for p in active)
        if len(failed) + restarts > (6 if limit is None else int(limit)):
            message = "Job has reached the specified backoff limit"
            return "Failed", "BackoffLimitExceeded", message
        if self._too_late(job):
            message = "Job was active longer than specified deadline"
            return "Failed", "DeadlineExceeded", message
        wanted = job["spec"].get("completions")
        if (wanted is None and done and not active) or (
            wanted is not None and len(done) >= int(wanted)
        ):
            message = "Reached expected number of succeeded pods"
            return "Complete", "CompletionsReached", message
        return None

    def _too_late(self, job: Json) -> bool:
        limit, since = job["spec"].get("activeDeadlineSeconds"), _started(job)
        if limit is None or not since:
            return False
        left = since + int(limit) - self.clock.now()
        if left > 0:
            self.queue.add_after(key(job), left)
        return left <= 0

    def _fill(self, job: Json, pods: list[Json]) -> None:
        """As many Pods as parallelism and what is left to do allow, after the back-off."""
        active = [p for p in pods if pod_active(p)]
        done = sum(1 for p in pods if phase(p) == "Succeeded")
        width = job["spec"].get("parallelism")
        wanted = 1 if width is None else int(width)
        completions = job["spec"].get("completions")
        if completions is not None:
            wanted = min(wanted, int(completions) - done)
        elif done:
            wanted = min(wanted, len(active))
        wait = self._back_off(pods)
        if wait > 0 and wanted > len(active):
            self.queue.add_after(key(job), wait)
            return
        for _ in range(wanted - len(active)):
            fresh = podlib.from_template(job, job["spec"]["template"])
            podlib.create(self.cluster, self.events, job, fresh)
        for pod in active[max(0, wanted) :]:
            podlib.delete(self.cluster, self.events, job, pod)

    def _back_off(self, pods: list[Json]) -> float:
        failed = [p for p in pods if phase(p) == "Failed"]
        if not failed:
            return 0.0
        last = max(_ended(p) for p in failed)
        delay = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (len(failed) - 1))
        return last + delay - self.clock.now()

    def _stop(self, job: Json, pods: list[Json]) -> None:
        for pod in pods:
            if pod_active(pod):
                podlib.delete(self.cluster, self.events, job, pod)

    def _write_status(self, job: Json, verdict: tuple[str, str, str] | None) -> None:
        current = self.cluster.get(JOBS, *key(job))
        if current is None:
            return
        pods = podlib.claimed(self.cluster, current, current["spec"].get("selector"))
        active = [p for p in pods if pod_active(p)]
        now = timestamp(self.clock.now())
        old = current.get("status") or {}
        status = without_none(
            {
                "startTime": old.get("startTime") or now,
                "active": len(active),
                "succeeded": sum(1 for p in pods if phase(p) == "Succeeded"),
                "failed": sum(1 for p in pods if phase(p) == "Failed"),
            }
        )
        status["ready"] = sum(1 for p in active if pod_ready(p))
        status["terminating"] = sum(1 for p in pods if deleting(p))
        status["uncountedTerminatedPods"] = {}
        if verdict is not None:
            status["conditions"] = _conditions(verdict, now)
            if verdict[0] == "Complete":
                status["completionTime"] = now
        self.cluster.write_status(JOBS, current, status, manager=self.name)
        if verdict is not None:
            self._announce(current, verdict)

    def _announce(self, job: Json, verdict: tuple[str, str, str]) -> None:
        if verdict[0] == "Complete":
            self.events.normal(job, "Completed", "Job completed")
        else:
            self.events.warning(job, verdict[1], verdict[2])

    def _expire(self, job: Json) -> None:
        """``ttlSecondsAfterFinished``."""
        limit = job["spec"].get("ttlSecondsAfterFinished")
        if limit is None:
            return
        conditions = (job.get("status") or {}).get("conditions") or []
        over = max(seconds_of(c.get("lastTransitionTime")) for c in conditions)
        left = over + int(limit) - self.clock.now()
        if left > 0:
            self.queue.add_after(key(job), left)
        else:
            self.cluster.delete(JOBS, job, propagation="Foreground")


def finished(job: Json) -> bool:
    return is_true(job, "Complete") or is_true(job, "Failed")


def _conditions(verdict: tuple[str, str, str], now: str) -> list[Json]:
    kind, reason, message = verdict
    first = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
    return [
        {
            "type": each,
            "status": "True",
            "lastProbeTime": now,
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }
        for each in (first, kind)
    ]


def _started(job: Json) -> float:
    return seconds_of((job.get("status") or {}).get("startTime"))


def _restarts(pod: Json) -> int:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return sum(int(s.get("restartCount") or 0) for s in statuses)


def _ended(pod: Json) -> float:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    ends = [((s.get("state") or {}).get("terminated") or {}).get("finishedAt") for s in statuses]
    return max((seconds_of(end) for end in ends), default=0.0)
