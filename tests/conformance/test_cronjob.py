"""CronJobs: the operations of their API; when they run is held on a hand-turned clock
(``tests/unit/embedded/controllers/test_batch.py``)."""

from __future__ import annotations

import pytest

from tests.conformance.operations import Resource, check_changes, check_discovery, check_reads
from tests.conformance.rest import MERGE, Api, Body
from tests.support import eventually

pytestmark = pytest.mark.kubectl

BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"


def cron_job(name: str, mark: str) -> Body:
    """One that runs in every minute of every hour, written as those tests write it."""
    container = {"name": "c", "image": BUSYBOX, "command": ["/bin/true"]}
    pod = {"restartPolicy": "OnFailure", "containers": [container]}
    job: Body = {"parallelism": 1, "completions": 1, "backoffLimit": 1, "template": {"spec": pod}}
    spec = {"schedule": "* */1 * * ?", "concurrencyPolicy": "Allow", "jobTemplate": {"spec": job}}
    spec |= {"successfulJobsHistoryLimit": 1, "failedJobsHistoryLimit": 0}
    return {"kind": "CronJob", "metadata": {"name": name, "labels": {"mark": mark}}, "spec": spec}


@pytest.mark.conformance("cronjob", "should support CronJob API operations")
def test_operations(api: Api, namespace: str) -> None:
    """Create, read, watch, change, write the status, delete: each as the API says."""
    path = f"/apis/batch/v1/namespaces/{namespace}/cronjobs"
    jobs = Resource(api, "batch", "cronjobs", "CronJob", path, f"mark={namespace}")
    check_discovery(jobs)
    made = api.post(path, cron_job("test-api", namespace))
    listed = check_reads(jobs, [made])
    check_changes(jobs, "test-api", listed["metadata"]["resourceVersion"])
    _check_status(jobs)
    api.post(path, cron_job("for-removal", namespace))
    api.delete(jobs.at("for-removal"))
    assert api.ask("GET", jobs.at("for-removal")).status == 404
    api.delete(path, labelSelector=jobs.marked)
    assert eventually(lambda: not jobs.names())


def _check_status(jobs: Resource) -> None:
    """A patch of the status may bring an annotation along; a replacement is locked."""
    api, path = jobs.api, jobs.at("test-api") + "/status"
    patch = {"metadata": {"annotations": {"patchedstatus": "true"}}}
    now = api.get("/api/v1/nodes")["items"][0]["status"]["conditions"][-1]["lastHeartbeatTime"]
    patched = api.patch(path, {**patch, "status": {"lastScheduleTime": now}}, MERGE)
    assert patched["status"]["lastScheduleTime"] == now
    assert patched["metadata"]["annotations"]["patchedstatus"] == "true"

    def replaced() -> Body:
        found = api.get(jobs.at("test-api"))
        found["status"]["lastSuccessfulTime"] = now
        answer = api.ask("PUT", path, found)
        return answer.body if answer.status == 200 else {}

    assert eventually(replaced)["status"]["lastSuccessfulTime"] == now
    found = api.get(path)
    assert found["metadata"]["uid"] == patched["metadata"]["uid"]


def test_a_bad_time_zone(api: Api, namespace: str) -> None:
    """It is refused with 422."""
    made = cron_job("zoned", namespace)
    made["spec"]["timeZone"] = "bad-time-zone"
    answer = api.ask("POST", f"/apis/batch/v1/namespaces/{namespace}/cronjobs", made)
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
