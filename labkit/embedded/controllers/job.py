"""The Job controller: Pods that are to end well, so many times, so many at once.

After pkg/controller/job/job_controller.go (``syncJob``, ``manageJob``).  ``job_status`` counts,
``job_verdict`` decides; the policies are in ``job_failures``, ``job_success`` and ``job_backoff``.
"""

from __future__ import annotations

from labkit.embedded.controllers import (
    job_backoff,
    job_failures,
    job_indexes,
    job_status,
    job_verdict,
    ranking,
)
from labkit.embedded.controllers import pods as podlib
from labkit.embedded.controllers.conditions import other_conditions
from labkit.embedded.controllers.job_status import TRACKED, Tally, Verdict, finished, tracked
from labkit.embedded.controllers.objects import (
    Key,
    controller_of,
    deleting,
    is_true,
    key,
    labels,
    meta,
    namespace,
    pod_active,
    pod_ready,
    seconds_of,
    selects,
    timestamp,
    uid,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

JOBS, PODS = "jobs.batch", "pods"
MYSELF = "kubernetes.io/job-controller"
"""``managedBy`` of the Jobs that are this controller's."""


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
        elif kind != "DELETED" and owner is None:
            takers = self._takers(pod)
            for job in takers:
                self.queue.add(key(job))
            if tracked(pod) and not takers:
                self.queue.add((namespace(pod), ""))

    def _takers(self, pod: Json) -> list[Json]:
        """The Jobs that would adopt a Pod without owner."""
        return [
            job
            for job in self.cluster.all(JOBS, namespace(pod))
            if not deleting(job) and selects(job["spec"].get("selector"), labels(pod))
        ]

    def reconcile(self, key: Key) -> None:
        job = self.cluster.get(JOBS, *key)
        self._let_go_of_orphans(key, job)
        if job is None or job["spec"].get("managedBy", MYSELF) != MYSELF:
            return
        pods = podlib.claimed(self.cluster, job, job["spec"].get("selector"))
        if finished(job):
            self._let_go(pods)
            self._expire(job)
            return
        found = job_status.tally(job, pods)
        decided = None if deleting(job) else self._verdict(job, found, pods)
        if decided is not None:
            self._stop(job, found.active)
        elif not deleting(job):
            self._manage(job, pods, found)
        self._write(job, pods, found, decided)

    # -- Pods without a Job

    def _let_go_of_orphans(self, key: Key, job: Json | None) -> None:
        """A Pod whose Job is gone must not be held back by the finalizer."""
        for pod in self.cluster.all(PODS, key[0]):
            owner = controller_of(pod)
            if not tracked(pod) or (owner is not None and owner.get("name") != key[1]):
                continue
            if owner is None:
                lost = not self._takers(pod)
            else:
                lost = job is None or owner.get("uid") != uid(job)
            if lost:
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

    def _verdict(self, job: Json, found: Tally, pods: list[Json]) -> Verdict | None:
        decided = job_verdict.already(job) or job_verdict.failure(job, found, pods)
        if decided is None and self._too_late(job):
            message = "Job was active longer than specified deadline"
            decided = Verdict("Failed", "DeadlineExceeded", message)
        return decided or job_verdict.of_indexes(job, found) or job_verdict.completion(job, found)

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
        suspended = bool(job["spec"].get("suspend"))
        wanted = 0 if suspended else _wanted(job, found)
        surplus = self._surplus(job, found.active, len(found.active) - wanted)
        if surplus or suspended:
            self._let_go(surplus)
            self._stop(job, surplus)
            return
        leaving = found.terminating if job_failures.replaces_failed_only(job) else 0
        missing = wanted - len(found.active) - leaving
        if missing <= 0:
            return
        wait, indexes = self._next(job, pods, found, missing)
        if wait > 0:
            self.queue.add_after(key(job), wait)
        for index in indexes:
            podlib.create(self.cluster, self.events, job, _pod(job, index, found))

    def _surplus(self, job: Json, active: list[Json], count: int) -> list[Json]:
        """The Pods to remove: those without an index of their own, then the least useful."""
        extra = job_indexes.superfluous(job, active)
        others = [pod for pod in active if pod not in extra]
        return extra + ranking.victims(others, active, count - len(extra), self.clock.now())

    def _next(
        self, job: Json, pods: list[Json], found: Tally, missing: int
    ) -> tuple[float, list[int | None]]:
        """The completions that new Pods are for (Nones without indexes), or a time to wait."""
        now = self.clock.now()
        if not job_backoff.per_index(job):
            wait = job_backoff.wait(*job_backoff.since_success(pods), now)
            return wait, [] if wait > 0 else _indexes(job, pods, found, missing)
        waits: dict[int | None, float] = {
            index: job_backoff.successor_wait(found.predecessors.get(index or 0), now)
            for index in _indexes(job, pods, found, missing)
        }
        ready = [index for index, wait in waits.items() if wait <= 0]
        return 0.0 if ready else min(waits.values(), default=0.0), ready

    def _stop(self, job: Json, active: list[Json]) -> None:
        for pod in active:
            podlib.delete(self.cluster, self.events, job, pod)

    # -- what is written down

    def _write(self, job: Json, pods: list[Json], found: Tally, decided: Verdict | None) -> None:
        """The status, then the finalizers of the Pods that are counted in it, then it is clear."""
        current = self.cluster.get(JOBS, *key(job))
        if current is None or uid(current) != uid(job):
            return
        now = timestamp(self.clock.now())
        going = job_status.leaving(current, pods, found, decided)
        status = self._present(current, job_status.interim(current, found, going, decided, now))
        self._suspension(current, status, now)
        written = self.cluster.write_status(JOBS, current, status, manager=self.name)
        self._let_go(going)
        final = job_status.settled(status, decided, now)
        self.cluster.write_status(JOBS, written, final, manager=self.name)
        ended = job_status.finished_as({"status": final})
        if ended == "Complete":
            self.events.normal(current, "Completed", "Job completed")
        elif decided is not None and ended == "Failed":
            self.events.warning(current, decided.reason, decided.message)

    def _present(self, job: Json, status: Json) -> Json:
        """The status with the Pods that there are after what was done just now."""
        pods = podlib.claimed(self.cluster, job, job["spec"].get("selector"))
        active = [pod for pod in pods if pod_active(pod)]
        ready = sum(1 for pod in active if pod_ready(pod))
        leaving = sum(1 for pod in pods if job_status.is_terminating(pod))
        return job_status.with_presence(status, len(active), ready, leaving)

    def _suspension(self, job: Json, status: Json, now: str) -> None:
        """The condition Suspended, and the start time, which begins anew on resumption."""
        if finished({"status": status}):
            return
        suspended = bool(job["spec"].get("suspend"))
        others = other_conditions(status, "Suspended")
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


def _indexes(job: Json, pods: list[Json], found: Tally, missing: int) -> list[int | None]:
    """The completions that new Pods are for; without indexes as many Nones."""
    if not job_indexes.indexed(job):
        return [None] * missing
    waits = job_failures.replaces_failed_only(job)
    busy = [*found.active, *(p for p in pods if waits and job_status.is_terminating(p))]
    taken = found.completed | (found.given_up or set()) | {job_indexes.index_of(p) for p in busy}
    free = (index for index in range(int(job["spec"]["completions"])) if index not in taken)
    return [index for index, _ in zip(free, range(missing), strict=False)]


def _pod(job: Json, index: int | None, found: Tally) -> Json:
    pod = podlib.from_template(job, job["spec"]["template"])
    pod["metadata"]["finalizers"] = [*pod["metadata"].get("finalizers", []), TRACKED]
    if index is None:
        return pod
    pod = job_indexes.marked(job, pod, index)
    if job_backoff.per_index(job):
        before = found.predecessors.get(index)
        pod["metadata"]["annotations"].update(job_backoff.successor_notes(job, before))
    return pod
