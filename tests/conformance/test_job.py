"""Jobs as the conformance tests of sig-apps drive them: policies, indexes, life cycle, status."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.conformance.rest import MERGE, STRATEGIC, Api, Body
from tests.support import eventually

pytestmark = pytest.mark.kubectl

BUSYBOX = "registry.k8s.io/e2e-test-images/busybox:1.37.0-1"
PAUSE = "registry.k8s.io/pause:3.10.1"
ODD_FAILS = """
            if [ $(expr ${JOB_COMPLETION_INDEX} % 2) -ne 0 ]; then
                exit 1
            else
                exit 0
            fi
            """
FAILS_ONCE = """
            if [[ -r /data/foo ]]
            then
                exit 0
            else
                touch /data/foo
                exit 1
            fi
            """
STAYS_ONCE = """
            if [[ -r /data/foo-$JOB_COMPLETION_INDEX ]]
            then
                exit 0
            else
                touch /data/foo-$JOB_COMPLETION_INDEX
                sleep 1000000
            fi
            """


def job(name: str, script: str | None, *, restart: str = "Never", **spec: Any) -> Body:
    """A Job of four completions, two at a time; without a script its Pods run for ever."""
    container: Body = {
        "name": "c",
        "image": PAUSE if script is None else BUSYBOX,
        "resources": {},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "securityContext": {},
    }
    if script is not None:
        container |= {"command": ["/bin/sh", "-c"], "args": [script]}
    pod = {
        "volumes": [{"name": "data", "emptyDir": {}}],
        "containers": [container],
        "restartPolicy": restart,
        **spec.pop("pod", {}),
    }
    base = {"parallelism": 2, "completions": 4, "backoffLimit": 6, "manualSelector": False}
    template = {"metadata": {"labels": {"job": name}, "creationTimestamp": None}, "spec": pod}
    return {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {"name": name, "creationTimestamp": None},
        "spec": {**base, **spec, "template": template},
        "status": {},
    }


def on_one_node(api: Api, namespace: str) -> Body:
    """Pods on one node, with a folder of it as their volume."""
    node = api.get("/api/v1/nodes")["items"][-1]["metadata"]["labels"]["kubernetes.io/hostname"]
    folder = {"path": f"/tmp/job-e2e/{namespace}", "type": "DirectoryOrCreate"}
    return {
        "nodeSelector": {"kubernetes.io/hostname": node},
        "volumes": [{"name": "data", "hostPath": folder}],
        "terminationGracePeriodSeconds": 1,
    }


class Jobs:
    """The Jobs of one namespace."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self.pods_path = f"/api/v1/namespaces/{namespace}/pods"

    def create(self, body: Body) -> Body:
        made: Body = self.api.post(self.path, body)
        return made

    def get(self, name: str) -> Body:
        found: Body = self.api.get(f"{self.path}/{name}")
        return found

    def pods(self, name: str, phase: str = "") -> list[Body]:
        found = self.api.get(self.pods_path, labelSelector=f"job={name}")["items"]
        return [pod for pod in found if phase in ("", pod["status"]["phase"])]

    def reason(self, name: str, kind: str) -> str:
        """The reason of a true condition; empty while there is none."""
        conditions = self.get(name)["status"].get("conditions", [])
        return next(
            (c["reason"] for c in conditions if (c["type"], c["status"]) == (kind, "True")), ""
        )

    def ended(self, name: str, kind: str, reason: str) -> Body:
        """The status once the Job is ``Complete`` or ``Failed``, for this reason."""
        other = "Failed" if kind == "Complete" else "Complete"

        def over() -> str:
            assert not self.reason(name, other), self.get(name)["status"]
            return self.reason(name, kind)

        assert eventually(over) == reason
        status: Body = self.get(name)["status"]
        assert (status.get("active", 0), status["ready"], status["terminating"]) == (0, 0, 0)
        assert not status.get("uncountedTerminatedPods")
        return status

    def running(self, name: str, count: int) -> list[Body]:
        return eventually(lambda: pods if len(pods := self.pods(name, "Running")) == count else [])


@pytest.fixture
def jobs(api: Api, namespace: str) -> Jobs:
    """The Jobs of the test's own namespace."""
    return Jobs(api, namespace)


def failure_rule(action: str, **codes: Any) -> Body:
    """A failure policy of one rule about exit codes."""
    return {"rules": [{"action": action, "onPodConditions": None, "onExitCodes": codes}]}


@pytest.mark.conformance(
    "job", "should allow to use the pod failure policy on exit code to fail the job early"
)
def test_an_exit_code_fails_the_job(jobs: Jobs, api: Api, namespace: str) -> None:
    """FailJob ends the Job at the first failure, long before its back-off limit."""
    policy = failure_rule("FailJob", operator="In", values=[1], containerName=None)
    jobs.create(job("j", FAILS_ONCE, podFailurePolicy=policy, pod=on_one_node(api, namespace)))
    jobs.ended("j", "Failed", "PodFailurePolicy")
    assert jobs.reason("j", "FailureTarget") == "PodFailurePolicy"
    (message,) = {c["message"] for c in jobs.get("j")["status"]["conditions"]}
    pod = next(p for p in jobs.pods("j") if p["metadata"]["name"] in message)
    assert message == (
        f"Container c for pod {namespace}/{pod['metadata']['name']} failed with exit code 1 "
        "matching FailJob rule at index 0"
    )


@pytest.mark.conformance(
    "job",
    "should allow to use a pod failure policy to ignore failure matching on DisruptionTarget "
    "condition",
)
def test_evictions_can_be_ignored(jobs: Jobs, api: Api, namespace: str) -> None:
    """Evicted Pods carry DisruptionTarget, do not count as failures, and are replaced."""
    pattern = {"type": "DisruptionTarget", "status": "True"}
    policy = {"rules": [{"action": "Ignore", "onPodConditions": [pattern]}]}
    spec: Body = {"completionMode": "Indexed", "backoffLimit": 0, "podFailurePolicy": policy}
    spec |= {"parallelism": 3, "completions": 3, "pod": on_one_node(api, namespace)}
    jobs.create(job("j", STAYS_ONCE, **spec))
    eventually(lambda: jobs.get("j")["status"].get("ready") == 3)
    pods = jobs.running("j", 3)
    with api.watch(jobs.pods_path) as events:
        for pod in pods:
            name = pod["metadata"]["name"]
            eviction = {"metadata": {"name": name, "namespace": namespace}}
            api.post(f"{jobs.pods_path}/{name}/eviction", eviction)
        gone: Body = {}
        while len(gone) < 3:
            event = next(events)
            if event["type"] == "DELETED":
                gone[event["object"]["metadata"]["name"]] = event["object"]["status"]
    assert {status["phase"] for status in gone.values()} == {"Failed"}
    for status in gone.values():
        (why,) = [c for c in status["conditions"] if c["type"] == "DisruptionTarget"]
        assert (why["status"], why["reason"]) == ("True", "EvictionByEvictionAPI")
    status = jobs.ended("j", "Complete", "CompletionsReached")
    assert (status["succeeded"], status.get("failed", 0)) == (3, 0)


@pytest.mark.conformance(
    "job", "should create pods for an Indexed job with completion indexes and specified hostname"
)
def test_indexes_and_host_names(jobs: Jobs) -> None:
    """Each index from 0 to 3 has one Pod, with annotation, label and the host name JOB-INDEX."""
    made = jobs.create(job("indexed-job", "exit 0", completionMode="Indexed"))
    assert made["metadata"]["labels"] == made["spec"]["template"]["metadata"]["labels"]
    assert jobs.ended("indexed-job", "Complete", "CompletionsReached")["succeeded"] == 4
    index = "batch.kubernetes.io/job-completion-index"
    pods = jobs.pods("indexed-job", "Succeeded")
    found = sorted(pod["metadata"]["annotations"][index] for pod in pods)
    assert found == ["0", "1", "2", "3"]
    for pod in pods:
        number = pod["metadata"]["annotations"][index]
        assert pod["metadata"]["labels"][index] == number
        assert pod["spec"]["hostname"] == f"indexed-job-{number}"


@pytest.mark.conformance("job", "with successPolicy should succeeded when all indexes succeeded")
def test_success_when_all_succeed(jobs: Jobs) -> None:
    """The reason of both conditions is the policy, and nothing counts as failed."""
    spec: Body = {"completionMode": "Indexed", "completions": 2}
    jobs.create(job("j", "exit 0", successPolicy={"rules": [{"succeededCount": 2}]}, **spec))
    status = jobs.ended("j", "Complete", "SuccessPolicy")
    assert jobs.reason("j", "SuccessCriteriaMet") == "SuccessPolicy"
    assert (status["succeeded"], status.get("failed", 0)) == (2, 0)


@pytest.mark.conformance(
    "job",
    "with successPolicy succeededIndexes rule should succeeded even when some indexes remain "
    "pending",
)
@pytest.mark.conformance(
    "job",
    "with successPolicy succeededCount rule should succeeded even when some indexes remain pending",
)
@pytest.mark.parametrize("rule", [{"succeededIndexes": "0"}, {"succeededCount": 1}], ids=str)
def test_success_while_indexes_are_pending(jobs: Jobs, rule: Body) -> None:
    """Index 0 is enough: the Job is complete with four indexes undone."""
    spec: Body = {"completionMode": "Indexed", "completions": 5, "backoffLimit": 2**31 - 1}
    jobs.create(job("j", ODD_FAILS, successPolicy={"rules": [rule]}, **spec))
    status = jobs.ended("j", "Complete", "SuccessPolicy")
    assert jobs.reason("j", "SuccessCriteriaMet") == "SuccessPolicy"
    assert (status["completedIndexes"], status["succeeded"]) == ("0", 1)


@pytest.mark.conformance(
    "job",
    "should terminate job execution when the number of failed indexes exceeds maxFailedIndexes",
)
def test_too_many_failed_indexes(jobs: Jobs) -> None:
    """One failed index is too much: no other index is begun."""
    spec: Body = {"completionMode": "Indexed", "parallelism": 1, "maxFailedIndexes": 0}
    made = job("j", "exit 1", backoffLimitPerIndex=0, **spec)
    del made["spec"]["backoffLimit"]
    assert jobs.create(made)["spec"]["backoffLimit"] == 2**31 - 1
    status = jobs.ended("j", "Failed", "MaxFailedIndexesExceeded")
    assert (status["failedIndexes"], status["failed"]) == ("0", 1)
    assert len(jobs.pods("j")) == 1


@pytest.mark.conformance(
    "job", "should mark indexes as failed when the FailIndex action is matched in podFailurePolicy"
)
def test_an_index_fails_at_once(jobs: Jobs) -> None:
    """FailIndex gives an index up without a second try."""
    policy = failure_rule("FailIndex", operator="In", values=[1])
    spec: Body = {"completionMode": "Indexed", "completions": 2, "backoffLimitPerIndex": 1}
    made = job("j", ODD_FAILS, podFailurePolicy=policy, **spec)
    del made["spec"]["backoffLimit"]
    jobs.create(made)
    status = jobs.ended("j", "Failed", "FailedIndexes")
    assert (status["failedIndexes"], status["completedIndexes"]) == ("1", "0")
    assert (status["failed"], status["succeeded"]) == (1, 1)


@pytest.mark.conformance(
    "job", "should run a job to completion when tasks sometimes fail and are locally restarted"
)
def test_restarts_in_place(jobs: Jobs) -> None:
    """With OnFailure a container runs again in the same Pod, with the files of its volume."""
    jobs.create(job("j", FAILS_ONCE, restart="OnFailure"))
    status = jobs.ended("j", "Complete", "CompletionsReached")
    assert (status["succeeded"], status.get("failed", 0)) == (4, 0)
    states = [p["status"]["containerStatuses"][0]["restartCount"] for p in jobs.pods("j")]
    assert states == [1, 1, 1, 1]


@pytest.mark.conformance("job", "should delete a job")
def test_deletion(jobs: Jobs, api: Api) -> None:
    """A deletion in the background takes the Pods along; then the Job is not found."""
    jobs.create(job("foo", None))
    jobs.running("foo", 2)
    said = {"kind": "DeleteOptions", "apiVersion": "batch/v1", "orphanDependents": False}
    both = api.ask("DELETE", f"{jobs.path}/foo", {**said, "propagationPolicy": "Orphan"})
    assert (both.status, both.body["reason"]) == (422, "Invalid")
    api.delete(f"{jobs.path}/foo", said)
    answer = eventually(
        lambda: a if (a := api.ask("GET", f"{jobs.path}/foo")).status == 404 else None
    )
    assert answer.body["reason"] == "NotFound"
    eventually(lambda: not jobs.pods("foo"))


@pytest.mark.conformance("job", "should adopt matching orphans and release non-matching pods")
def test_adoption_and_release(jobs: Jobs, api: Api) -> None:
    """A Pod without owner comes back to its Job, and one without labels leaves it."""
    made = jobs.create(job("j", None))
    path = f"{jobs.pods_path}/{jobs.running('j', 2)[0]['metadata']['name']}"

    def update(**fields: Any) -> None:
        def done() -> bool:
            pod = api.get(path)
            pod["metadata"] = {k: v for k, v in (pod["metadata"] | fields).items() if v}
            return api.ask("PUT", path, pod).status == 200

        eventually(done)

    def owners() -> list[Body]:
        return [o for o in api.get(path)["metadata"].get("ownerReferences", []) if o["controller"]]

    update(ownerReferences=None)
    (owner,) = eventually(owners)
    assert (owner["kind"], owner["name"]) == ("Job", "j")
    assert owner["uid"] == made["metadata"]["uid"]
    update(labels=None)
    eventually(lambda: not owners())


@pytest.mark.conformance("job", "should apply changes to a job status")
def test_status_is_patched_and_replaced(jobs: Jobs, api: Api) -> None:
    """A foreign condition is kept, with the time that was written."""
    made = jobs.create(job("j", None))
    jobs.running("j", 2)
    path = f"{jobs.path}/j/status"
    mine = {"type": "CustomConditionType", "status": "True"}
    first = {**mine, "lastTransitionTime": "2026-01-01T00:00:01Z"}
    patch = {"metadata": {"annotations": {"patchedstatus": "true"}}}
    patched = api.patch(
        path, {**patch, "status": {"conditions": [{**first, "lastProbeTime": None}]}}, MERGE
    )
    assert patched["status"]["conditions"] == [first]
    assert patched["metadata"]["annotations"]["patchedstatus"] == "true"

    def replaced() -> Body | None:
        found = jobs.get("j")
        (own,) = [c for c in found["status"]["conditions"] if c["type"] == mine["type"]]
        own["lastTransitionTime"] = "2026-01-01T00:00:02Z"
        answer = api.ask("PUT", path, found)
        return answer.body if answer.status == 200 else None

    updated = eventually(replaced)
    assert updated is not None
    times = [c["lastTransitionTime"] for c in updated["status"]["conditions"]]
    assert times == ["2026-01-01T00:00:02Z"]
    assert api.get(path)["metadata"]["uid"] == made["metadata"]["uid"]


@pytest.mark.conformance("job", "should manage the lifecycle of a job")
def test_life_cycle(jobs: Jobs, api: Api) -> None:
    """Suspended, patched, resumed, complete, deleted as a collection: a watch tells it all."""
    name = f"e2e-{uuid.uuid4().hex[:5]}"
    selector: Body = {"labelSelector": f"e2e-job-label={name}"}
    version = api.get(jobs.path, **selector)["metadata"]["resourceVersion"]
    body = job(name, "exit 0", suspend=True)
    body["metadata"]["labels"] = {"e2e-job-label": name}
    made = jobs.create(body)
    patch = {"metadata": {"labels": {name: "patched"}}}
    patched = api.patch(f"{jobs.path}/{name}", patch, STRATEGIC)
    versions = [int(one["metadata"]["resourceVersion"]) for one in (made, patched)]
    assert versions[0] < versions[1]

    def resumed() -> Body | None:
        found = jobs.get(name)
        found["spec"]["suspend"] = False
        found["metadata"].setdefault("annotations", {})["updated"] = "true"
        answer = api.ask("PUT", f"{jobs.path}/{name}", found)
        return answer.body if answer.status == 200 else None

    assert eventually(resumed)
    listed = api.get("/apis/batch/v1/jobs", **selector)["items"]
    assert [one["metadata"]["name"] for one in listed] == [name]
    assert jobs.ended(name, "Complete", "CompletionsReached")["succeeded"] == 4
    options = {"kind": "DeleteOptions", "propagationPolicy": "Background"}
    api.delete(jobs.path, options, **selector)
    seen = []
    with api.watch(jobs.path, resourceVersion=version, **selector) as events:
        for event in events:
            seen.append(event)
            if event["type"] == "DELETED":
                break
    assert seen[0]["type"] == "ADDED"
    changed = [e["object"]["metadata"] for e in seen if e["type"] == "MODIFIED"]
    assert any(one["labels"].get(name) == "patched" for one in changed)
    assert any(one.get("annotations", {}).get("updated") == "true" for one in changed)
    assert seen[-1]["object"]["metadata"]["labels"]["e2e-job-label"] == name
    assert api.get("/apis/batch/v1/jobs", **selector)["items"] == []


WRONG: dict[str, tuple[Body, str]] = {
    "an action without its limit": (
        {"podFailurePolicy": failure_rule("FailIndex", operator="In", values=[1])},
        'action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
    ),
    "an exit code of 0": (
        {"podFailurePolicy": failure_rule("Ignore", operator="In", values=[0])},
        "onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
    ),
    "a success policy without indexes": (
        {"successPolicy": {"rules": [{"succeededCount": 1}]}},
        "requires indexed completion mode",
    ),
    "indexes out of range": (
        {"completionMode": "Indexed", "successPolicy": {"rules": [{"succeededIndexes": "0-9"}]}},
        'error parsing succeededIndexes: too large index: "9"',
    ),
    "a limit per index without indexes": (
        {"backoffLimitPerIndex": 1},
        "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
    ),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_policies_that_make_no_sense(jobs: Jobs, api: Api, case: str) -> None:
    """They are refused with 422 and the field that is wrong."""
    spec, says = WRONG[case]
    answer = api.ask("POST", jobs.path, job("j", "exit 0", **spec))
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
    assert says in answer.body["message"], json.dumps(answer.body)
