"""CronJob: runs may overlap, three done and one failed are kept (SetDefaults_CronJob).

The Job template gets the defaults of a PodSpec, but not those of a Job.
"""

from __future__ import annotations

from typing import Any

from labkit.embedded.schema.defaults.podspec import fill_template


def fill(cron_job: dict[str, Any]) -> None:
    """Fill in the defaults, in place."""
    spec = cron_job.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    job = spec.setdefault("jobTemplate", {}).setdefault("spec", {})
    fill_template(job.setdefault("template", {}))
