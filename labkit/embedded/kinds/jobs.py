"""Jobs and CronJobs of batch/v1.

Source: kubernetes pkg/registry/batch/job/strategy.go (generateSelector),
pkg/printers/internalversion/printers.go (printJob, printCronJob).
"""

from __future__ import annotations

from labkit.embedded.kinds.ages import age, human_duration, parse_time, since
from labkit.embedded.kinds.base import AGE, NAME, Cells, Column, Json, Kind, at
from labkit.embedded.kinds.podstatus import condition
from labkit.embedded.kinds.words import (
    NONE,
    SELECTOR_COLUMN,
    TEMPLATE_COLUMNS,
    selector_text,
    template_cells,
)

STATES = (
    ("Complete", "Complete"),
    ("Failed", "Failed"),
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def _completions(job: Json) -> str:
    done = at(job, "status", "succeeded", default=0)
    wanted = at(job, "spec", "completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallel = at(job, "spec", "parallelism", default=0)
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _took(job: Json, now: float) -> str:
    start, end = at(job, "status", "startTime"), at(job, "status", "completionTime")
    if not start:
        return ""
    return human_duration((parse_time(end) if end else now) - parse_time(start))


def _state(job: Json) -> str:
    for kind, word in STATES[:2]:
        if (condition(job, kind) or {}).get("status") == "True":
            return word
    if job["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for kind, word in STATES[2:]:
        if (condition(job, kind) or {}).get("status") == "True":
            return word
    return "Running"


def _job_cells(job: Json, now: float) -> Cells:
    spec = job["spec"]
    return [
        job["metadata"]["name"],
        _state(job),
        _completions(job),
        _took(job, now),
        age(job, now),
        *template_cells(spec.get("template")),
        selector_text(spec.get("selector")),
    ]


def _cron_cells(job: Json, now: float) -> Cells:
    spec = job["spec"]
    last = at(job, "status", "lastScheduleTime")
    suspend = spec.get("suspend")
    return [
        job["metadata"]["name"],
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        "<unset>" if suspend is None else str(suspend),
        len(at(job, "status", "active", default=[])),
        since(last, now) if last else NONE,
        age(job, now),
        *template_cells(at(spec, "jobTemplate", "spec", "template")),
        selector_text(at(spec, "jobTemplate", "spec", "selector")),
    ]


JOB = Kind(
    "Job",
    "jobs",
    "batch",
    categories=("all",),
    columns=(
        NAME,
        Column("Status"),
        Column("Completions"),
        Column("Duration"),
        AGE,
        *TEMPLATE_COLUMNS,
        SELECTOR_COLUMN,
    ),
    cells=_job_cells,
    subresources=("status",),
    orphan_by_default=True,
)
CRON_JOB = Kind(
    "CronJob",
    "cronjobs",
    "batch",
    short_names=("cj",),
    categories=("all",),
    columns=(
        NAME,
        Column("Schedule"),
        Column("Timezone"),
        Column("Suspend", "boolean"),
        Column("Active", "integer"),
        Column("Last Schedule"),
        AGE,
        *TEMPLATE_COLUMNS,
        SELECTOR_COLUMN,
    ),
    cells=_cron_cells,
    subresources=("status",),
)
