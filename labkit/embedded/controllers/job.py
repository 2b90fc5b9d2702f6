"""The Job controller: Pods that are to end well, so many times, so many at once.

After pkg/controller/job/job_controller.go (``syncJob``), without Pod failure policies, success
policies and back-off limits per index.
"""

from __future__ import annotations

from labkit.embedded.controllers import job_indexes, job_status
from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers.job_status import TRACKED, Tally, Verdict, finished, tracked
from labkit.embedded.controllers.objects import (
    Key,
    condition,
    controller_of,
    deleting,
    is_true,
    key,
    meta,
    namespace,
    phase,
    seconds_of,
    timestamp,
    uid,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

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
        owner = controller_of(pod)
        if owner is not None and owner.get("kind") == "Job":
            self.queue.add((namespace(pod), str(owner["name"])))
        elif kind != "DELETED" and tracked(pod):
            self.queue.add((namespace(pod), ""))

    def reconcile(self, key: Key) -> None:
        job = self.cluster.get(JOBS, *key)
        self._let_go_of_orphans(key, job)
        if job is None:
            return
        pods = podlib.claimed(self.cluster, job, job["spec"].get("selector"))
        if finished(job):
            self._let_go(pods)
            self._expire(job)
            return
        found = job_status.tally(job, pods)
        decided = None if deleting(job) else self._verdict(job, found)
        if decided is not None:
            self._stop(job, found.active)
        elif not deleting(job):
            self._manage(job, pods, found)
        self._write(job, decided)

    # -- Pods without a Job

    def _let_go_of_orphans(self, key: Key, job: Json | None) -> None:
        """A Pod whose Job is gone must not be held back by the finalizer."""
        for pod in self.cluster.all(PODS, key[0]):
            owner = controller_of(pod)
            if not tracked(pod) or (owner is not None and owner.get("name") != key[1]):
                continue
            if owner is None or job is None or owner.get("uid") != uid(job):
                self._let_go([pod])

    def _let_go(self, pods: list[Json]) -> None:
        for pod in pods:
            if not tracked(pod):
                continue
            left = [each for each in meta(pod)["finalizers"] if each != TRACKED]
            try:
                self.cluster.patch(
                    PODS, pod, {"metadata": {"finalizers": left or None}}, manager=self.name
                )
            except StatusError as error:
                if error.code != 404:
                    raise
            self.cluster.refresh(PODS, pod)

    # -- how it goes on

    def _verdict(self, job: Json, found: Tally) -> Verdict | None:
        aim = condition(job, "FailureTarget")
        if aim is not None and aim.get("status") == "True":
            return Verdict("Failed", str(aim["reason"]), str(aim["message"]))
        decided = job_status.verdict(job, found)
        if decided is None and self._too_late(job):
            message = "Job was active longer than specified deadline"
            return Verdict("Failed", "DeadlineExceeded", message)
        return decided

    def _too_late(self, job: Json) -> bool:
        limit = job["spec"].get("activeDeadlineSeconds")
        since = seconds_of((job.get("status") or {}).get("startTime"))
        if limit is None or not since or job["spec"].get("suspend"):
            return False
        left = since + int(limit) - self.clock.now()
        if left > 0:
            self.queue.add_after(key(job), left)
        return left <= 0

    def _manage(self, job: Json, pods: list[Json], found: Tally) -> None:
        """As many Pods as parallelism and what is left to do allow, after the back-off."""
        if job["spec"].get("suspend"):
            self._stop(job, found.active)
            return
        wanted = _wanted(job, found)
        for pod in found.active[wanted:]:
            podlib.delete(self.cluster, self.events, job, pod)
        missing = wanted - len(found.active)
        if missing <= 0:
            return
        count, last = job_status.back_off_since(pods)
        wait = last + min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (count - 1)) - self.clock.now()
        if count and wait > 0:
            self.queue.add_after(key(job), wait)
            return
        for index in _indexes(job, found, missing):
            podlib.create(self.cluster, self.events, job, _pod(job, index))

    def _stop(self, job: Json, active: list[Json]) -> None:
        for pod in active:
            podlib.delete(self.cluster, self.events, job, pod)

    # -- what is written down

    def _write(self, job: Json, decided: Verdict | None) -> None:
        """The status, then the finalizers of the Pods that are counted in it, then it is clear."""
        current = self.cluster.get(JOBS, *key(job))
        if current is None or uid(current) != uid(job):
            return
        pods = podlib.claimed(self.cluster, current, current["spec"].get("selector"))
        found = job_status.tally(current, pods)
        now = timestamp(self.clock.now())
        status = job_status.new_status(current, found, decided, now)
        self._suspension(current, status, now)
        written = self.cluster.write_status(JOBS, current, status, manager=self.name)
        self._let_go(_counted(status, pods))
        self._clear(written, status)
        ended = job_status.finished_as({"status": status})
        if ended == "Complete":
            self.events.normal(current, "Completed", "Job completed")
        elif decided is not None and ended == "Failed":
            self.events.warning(current, decided.reason, decided.message)

    def _clear(self, job: Json, status: Json) -> None:
        if status["uncountedTerminatedPods"]:
            clear = {**status, "uncountedTerminatedPods": {}}
            self.cluster.write_status(JOBS, job, clear, manager=self.name)

    def _suspension(self, job: Json, status: Json, now: str) -> None:
        """The condition Suspended, and the start time, which begins anew on resumption."""
        if finished({"status": status}):
            return
        suspended = bool(job["spec"].get("suspend"))
        others = [c for c in status.get("conditions") or [] if c["type"] != "Suspended"]
        if suspended and not is_true(job, "Suspended"):
            made = ("True", "JobSuspended", "Job suspended")
            self.events.normal(job, "Suspended", "Job suspended")
            status.pop("startTime", None)
        elif not suspended and is_true(job, "Suspended"):
            made = ("False", "JobResumed", "Job resumed")
            self.events.normal(job, "Resumed", "Job resumed")
            status["startTime"] = now
        else:
            if not suspended:
                status.setdefault("startTime", now)
            return
        status["conditions"] = [*others, job_status.made_condition("Suspended", *made, now)]

    def _expire(self, job: Json) -> None:
        """``ttlSecondsAfterFinished``."""
        limit = job["spec"].get("ttlSecondsAfterFinished")
        if limit is None or deleting(job):
            return
        conditions = (job.get("status") or {}).get("conditions") or []
        over = max(seconds_of(c.get("lastTransitionTime")) for c in conditions)
        left = over + int(limit) - self.clock.now()
        if left > 0:
            self.queue.add_after(key(job), left)
        else:
            self.cluster.delete(JOBS, job, propagation="Foreground")


def _wanted(job: Json, found: Tally) -> int:
    """How many Pods are to be active."""
    written = job["spec"].get("parallelism")
    width = 1 if written is None else int(written)
    completions = job["spec"].get("completions")
    if completions is not None:
        return max(0, min(width, int(completions) - found.succeeded))
    # A queue of work: after the first success no new Pod is started.
    return min(width, len(found.active)) if found.succeeded else width


def _indexes(job: Json, found: Tally, missing: int) -> list[int | None]:
    """The completions that new Pods are for; without indexes as many Nones."""
    if not job_indexes.indexed(job):
        return [None] * missing
    taken = found.completed | {job_indexes.index_of(pod) for pod in found.active}
    free = (index for index in range(int(job["spec"]["completions"])) if index not in taken)
    return [index for index, _ in zip(free, range(missing), strict=False)]


def _pod(job: Json, index: int | None) -> Json:
    pod = podlib.from_template(job, job["spec"]["template"])
    pod["metadata"]["finalizers"] = [*pod["metadata"].get("finalizers", []), TRACKED]
    return pod if index is None else job_indexes.marked(job, pod, index)


def _counted(status: Json, pods: list[Json]) -> list[Json]:
    """The Pods whose end stands in the status."""
    pending = status["uncountedTerminatedPods"]
    listed = {*(pending.get("succeeded") or []), *(pending.get("failed") or [])}
    return [pod for pod in pods if uid(pod) in listed or (tracked(pod) and _over(pod))]


def _over(pod: Json) -> bool:
    return phase(pod) in ("Succeeded", "Failed")
