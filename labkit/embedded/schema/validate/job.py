"""Job.  Source: ValidateJob, ValidateJobUpdate (pkg/apis/batch/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.embedded.schema.validate import meta
from labkit.embedded.schema.validate.errors import (
    not_negative,
    required,
    unchanged,
    unsupported,
)
from labkit.embedded.schema.validate.job_policies import policies
from labkit.embedded.schema.validate.podspec import pod_template
from labkit.embedded.status import Cause

Json = Mapping[str, Any]

_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
           "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes")  # fmt: skip

_FIXED = ("completions", "selector", "template", "completionMode", "podFailurePolicy",
          "backoffLimitPerIndex", "managedBy", "successPolicy")  # fmt: skip


def create(job: Json) -> list[Cause]:
    """What is wrong with a new Job."""
    spec = job.get("spec") or {}
    return meta.create(job) + job_spec(spec, "spec") + meta.matches_template(spec)


def update(new: Json, old: Json) -> list[Cause]:
    """What is wrong with a changed Job."""
    spec, before = new.get("spec") or {}, old.get("spec") or {}
    causes = meta.update(new, old) + job_spec(spec, "spec")
    for field in _FIXED:
        if field == "completions" and spec.get("completionMode") == "Indexed":
            continue
        causes += unchanged(f"spec.{field}", spec.get(field), before.get(field))
    return causes


def job_spec(spec: Json, path: str) -> list[Cause]:
    causes: list[Cause] = []
    for field in _COUNTS:
        causes += not_negative(f"{path}.{field}", spec.get(field))
    mode = spec.get("completionMode")
    if mode is not None and mode not in ("NonIndexed", "Indexed"):
        causes.append(unsupported(f"{path}.completionMode", mode, ("Indexed", "NonIndexed")))
    if mode == "Indexed" and spec.get("completions") is None:
        says = "when completion mode is Indexed"
        causes.append(required(f"{path}.completions", says))
    causes += policies(spec, path)
    template = spec.get("template") or {}
    causes += pod_template(template, f"{path}.template")
    policy = (template.get("spec") or {}).get("restartPolicy", "")
    where = f"{path}.template.spec.restartPolicy"
    if policy in ("", "Always"):
        valid = 'valid values: "OnFailure", "Never"'
        causes.append(required(where, valid))
    elif policy not in ("OnFailure", "Never"):
        causes.append(unsupported(where, policy, ("OnFailure", "Never")))
    return causes
