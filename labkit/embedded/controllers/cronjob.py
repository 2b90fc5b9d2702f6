"""The CronJob controller: a Job at each moment of the schedule.

After pkg/controller/cronjob/cronjob_controllerv2.go (``syncCronJob``) and utils.go.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime

from labkit.embedded.controllers.job_status import finished, finished_as
from labkit.embedded.controllers.objects import (
    Key,
    controlled_by,
    deleting,
    key,
    meta,
    name,
    namespace,
    owner_reference,
    seconds_of,
    timestamp,
    uid,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.events import Recorder
from labkit.embedded.interfaces import Json
from labkit.embedded.schema import cron
from labkit.embedded.status import StatusError

CRON_JOBS, JOBS = "cronjobs.batch", "jobs.batch"
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
MOST_MISSED = 100
"""After so many missed moments an event complains, and only the last is made up for."""


class CronJobController(Controller):
    """Starts each CronJob's Jobs, keeps book of them and clears the old ones away."""

    name = "cronjob-controller"

    def watch(self) -> None:
        self.events = Recorder(self.cluster, self.name)
        self.cluster.informer(CRON_JOBS).on_change(self.enqueue)
        self.cluster.informer(JOBS).on_change(self._job_changed)

    def _job_changed(self, kind: str, job: Json) -> None:
        self.enqueue_owner("CronJob", job)

    def reconcile(self, key: Key) -> None:
        found = self.cluster.get(CRON_JOBS, *key)
        if found is None or deleting(found):
            return
        jobs = [j for j in self.cluster.all(JOBS, key[0]) if controlled_by(j, found)]
        status = copy.deepcopy(found.get("status") or {})
        self._keep_book(found, jobs, status)
        jobs = self._clear_away(found, jobs)
        if not found["spec"].get("suspend"):
            self._run(found, jobs, status)
        if not status.get("active"):
            status.pop("active", None)
        current = self.cluster.get(CRON_JOBS, *key)
        if current is not None and uid(current) == uid(found):
            self.cluster.write_status(CRON_JOBS, current, status, manager=self.name)

    # -- what came of the Jobs

    def _keep_book(self, cron_job: Json, jobs: list[Json], status: Json) -> None:
        """Take finished and vanished Jobs off the list of active ones."""
        active: list[Json] = list(status.get("active") or [])
        by_uid = {uid(job): job for job in jobs}
        for job in jobs:
            listed = any(entry.get("uid") == uid(job) for entry in active)
            if listed and finished(job):
                self._saw_end(cron_job, job, status)
            elif not listed and not finished(job):
                message = f"Saw a job that the controller did not create or forgot: {name(job)}"
                self.events.warning(cron_job, "UnexpectedJob", message)
        for entry in active:
            if entry.get("uid") not in by_uid:
                message = f"Active job went missing: {entry.get('name')}"
                self.events.normal(cron_job, "MissingJob", message)
        status["active"] = [
            entry
            for entry in active
            if entry.get("uid") in by_uid and not finished(by_uid[str(entry["uid"])])
        ]

    def _saw_end(self, cron_job: Json, job: Json, status: Json) -> None:
        outcome = finished_as(job)
        message = f"Saw completed job: {name(job)}, condition: {outcome}"
        self.events.normal(cron_job, "SawCompletedJob", message)
        done = (job.get("status") or {}).get("completionTime")
        if outcome == "Complete" and seconds_of(done) > seconds_of(
            status.get("lastSuccessfulTime")
        ):
            status["lastSuccessfulTime"] = done

    def _clear_away(self, cron_job: Json, jobs: list[Json]) -> list[Json]:
        """Only so many ended Jobs of each kind are kept, the newest ones."""
        gone: set[str] = set()
        for limit, outcome in (
            ("successfulJobsHistoryLimit", "Complete"),
            ("failedJobsHistoryLimit", "Failed"),
        ):
            kept = cron_job["spec"].get(limit)
            ended = [j for j in jobs if finished_as(j) == outcome and not deleting(j)]
            if kept is None or len(ended) <= int(kept):
                continue
            ended.sort(key=lambda j: (_started(j), name(j)))
            for job in ended[: len(ended) - int(kept)]:
                self._delete(cron_job, job)
                gone.add(uid(job))
        return [job for job in jobs if uid(job) not in gone]

    def _delete(self, cron_job: Json, job: Json) -> None:
        self.cluster.delete(JOBS, job, propagation="Background")
        self.events.normal(cron_job, "SuccessfulDelete", f"Deleted job {name(job)}")

    # -- the next one

    def _run(self, cron_job: Json, jobs: list[Json], status: Json) -> None:
        moment = self._due(cron_job, status)
        if moment is None or not self._may_start(cron_job, jobs, status, moment):
            return
        title = f"{name(cron_job)}-{int(moment) // 60}"
        if any(name(job) == title for job in jobs):
            return
        try:
            made = self.cluster.create(JOBS, _job_of(cron_job, title, moment), manager=self.name)
        except StatusError as error:
            message = f"Error creating job: {error.message}"
            self.events.warning(cron_job, "FailedCreate", message)
            raise
        self.events.normal(cron_job, "SuccessfulCreate", f"Created job {title}")
        reference = {"kind": "Job", "namespace": namespace(made), "name": title, "uid": uid(made)}
        reference |= {"apiVersion": "batch/v1", "resourceVersion": meta(made)["resourceVersion"]}
        status["active"] = [*(status.get("active") or []), reference]
        status["lastScheduleTime"] = timestamp(moment)

    def _due(self, cron_job: Json, status: Json) -> float | None:
        """The last moment of the schedule that has passed without a Job; rings for the next."""
        spec, now = cron_job["spec"], self.clock.now()
        schedule, zone = cron.parse(spec["schedule"]), cron.zone_of(spec.get("timeZone"))
        since = seconds_of(status.get("lastScheduleTime")) or seconds_of(
            meta(cron_job).get("creationTimestamp")
        )
        limit = spec.get("startingDeadlineSeconds")
        if limit is not None:
            since = max(since, now - float(limit))
        due, missed = None, 0
        moment = schedule.after(since, zone)
        while moment is not None and moment <= now:
            due, missed = moment, missed + 1
            if missed == MOST_MISSED:
                self.events.warning(cron_job, "TooManyMissedTimes", _TOO_MANY)
                moment = schedule.after(max(moment, now - 120), zone)
                continue
            moment = schedule.after(moment, zone)
        if moment is not None:
            self.queue.add_after(key(cron_job), moment - now)
        return due

    def _may_start(self, cron_job: Json, jobs: list[Json], status: Json, moment: float) -> bool:
        limit = cron_job["spec"].get("startingDeadlineSeconds")
        if limit is not None and moment + float(limit) < self.clock.now():
            when = datetime.fromtimestamp(moment, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
            message = f"Missed scheduled time to start a job: {when}"
            self.events.warning(cron_job, "MissSchedule", message)
            return False
        policy, active = cron_job["spec"].get("concurrencyPolicy"), status.get("active") or []
        if policy == "Forbid" and active:
            message = (
                "Not starting job because prior execution is running and concurrency policy "
                "is Forbid"
            )
            self.events.normal(cron_job, "JobAlreadyActive", message)
            return False
        if policy == "Replace":
            running = {entry.get("uid") for entry in active}
            for job in jobs:
                if uid(job) in running:
                    self._delete(cron_job, job)
            status["active"] = []
        return True


_TOO_MANY = (
    "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
)


def _started(job: Json) -> float:
    return seconds_of((job.get("status") or {}).get("startTime"))


def _job_of(cron_job: Json, title: str, moment: float) -> Json:
    """The Job of one moment (``getJobFromTemplate2``)."""
    template = cron_job["spec"]["jobTemplate"]
    about = template.get("metadata") or {}
    zone = cron.zone_of(cron_job["spec"].get("timeZone"))
    when = datetime.fromtimestamp(moment, zone).isoformat().replace("+00:00", "Z")
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": title,
            "namespace": namespace(cron_job),
            "labels": dict(about.get("labels") or {}),
            "annotations": {**(about.get("annotations") or {}), SCHEDULED: when},
            "ownerReferences": [owner_reference("batch/v1", "CronJob", cron_job)],
        },
        "spec": copy.deepcopy(template["spec"]),
    }
