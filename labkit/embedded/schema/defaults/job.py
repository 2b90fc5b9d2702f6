"""Job: one Pod, six retries; the selector is the Job's own uid.

Source: pkg/apis/batch/v1/defaults.go (SetDefaults_Job), registry/batch/job/strategy.go
(generateSelector).
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template

Json = dict[str, Any]


def fill(job: Json) -> None:
    """Fill in the defaults, in place."""
    fill_job_spec(job.setdefault("spec", {}))


def fill_job_spec(spec: Json) -> None:
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    policy = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", policy)
    spec.setdefault("backoffLimit", 2**31 - 1 if "backoffLimitPerIndex" in spec else 6)
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            pattern.setdefault("status", "True")
    fill_template(spec.setdefault("template", {}))


def prepare(job: Json) -> None:
    """On create: labels of the Pods and the selector, made of the Job's uid and name; a Job
    without labels of its own carries those of its Pods."""
    spec, metadata = job["spec"], job["metadata"]
    labels = spec["template"]["metadata"].setdefault("labels", {})
    if not spec.get("manualSelector"):
        uid, name = metadata.get("uid", ""), metadata.get("name", "")
        for prefix in ("", "batch.kubernetes.io/"):
            labels.setdefault(f"{prefix}controller-uid", uid)
            labels.setdefault(f"{prefix}job-name", name)
        selector = spec.setdefault("selector", {}).setdefault("matchLabels", {})
        selector.setdefault("batch.kubernetes.io/controller-uid", uid)
    if labels and not metadata.get("labels"):
        metadata["labels"] = dict(labels)
