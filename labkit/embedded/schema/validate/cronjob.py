"""CronJob.  Source: ValidateCronJobSpec (pkg/apis/batch/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema import cron
from labkit.embedded.schema.cron import CronError
from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import (
    invalid,
    not_negative,
    one_of,
    required,
)
from labkit.embedded.schema.validate.job import job_spec
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

MAX_NAME = 52


def create(cron_job: Json) -> list[Cause]:
    """What is wrong with a new CronJob."""
    causes = meta.create(cron_job) + _spec(cron_job.get("spec") or {})
    name = (cron_job.get("metadata") or {}).get("name", "")
    if len(name) > MAX_NAME:
        says = f"must be no more than {MAX_NAME} characters"
        causes.append(invalid("metadata.name", name, says))
    return causes


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed CronJob."""
    return meta.update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Json) -> list[Cause]:
    causes: list[Cause] = []
    schedule = spec.get("schedule", "")
    if not schedule:
        causes.append(required("spec.schedule"))
    else:
        causes += _schedule(spec)
    causes += not_negative("spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    policies = ("Allow", "Forbid", "Replace")
    causes += one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    causes += job_spec(job, "spec.jobTemplate.spec")
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        causes += not_negative(f"spec.{field}", spec.get(field))
    return causes


def _schedule(spec: Json) -> list[Cause]:
    schedule, zone = spec.get("schedule", ""), spec.get("timeZone")
    causes: list[Cause] = []
    try:
        cron.parse(schedule)
    except CronError as error:
        causes.append(invalid("spec.schedule", schedule, str(error)))
    if "TZ" in schedule:
        says = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        causes.append(invalid("spec.schedule", schedule, says))
    try:
        cron.zone_of(zone)
    except CronError as error:
        causes.append(invalid("spec.timeZone", zone, str(error)))
    return causes
