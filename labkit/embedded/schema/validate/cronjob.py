"""CronJob.  Source: ValidateCronJobSpec (pkg/apis/batch/validation/validation.go)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

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
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_FIELD = re.compile(r"[0-9A-Za-z*?/,\-]+")


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
        causes += _schedule(schedule)
    causes += not_negative("spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    policies = ("Allow", "Forbid", "Replace")
    causes += one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    causes += job_spec(job, "spec.jobTemplate.spec")
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        causes += not_negative(f"spec.{field}", spec.get(field))
    return causes


def _schedule(schedule: str) -> list[Cause]:
    if schedule in _MACROS or schedule.startswith("@every "):
        return []
    fields = schedule.split()
    if len(fields) != 5:
        says = f"expected exactly 5 fields, found {len(fields)}: [{schedule}]"
        return [invalid("spec.schedule", schedule, says)]
    bad = next((field for field in fields if not _FIELD.fullmatch(field)), None)
    if bad is None:
        return []
    return [invalid("spec.schedule", schedule, f"failed to parse int from {bad}")]
