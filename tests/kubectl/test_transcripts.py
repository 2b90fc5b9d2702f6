"""The real kubectl says here what it said in front of a real cluster, word for word."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import pytest

from tests.kubectl.conftest import Cluster, Said
from tests.kubectl.words import CLIENT, Transcript, settled, transcripts

pytestmark = pytest.mark.kubectl

ALL = transcripts()
REFUSALS = [
    name
    for name in ALL
    if name.startswith(("bad:", "e-"))
    or name in ("fieldbad", "patch-bad", "edit-type", "dry", "create-again")
]
TABLES = [
    "notsel",
    "svc-json-type",
    "reapply",
    "pods",
    "fieldsel",
    "deploy-wide",
    "rs",
    "slices",
    "endpoints",
    "desc-svc",
    "desc-deploy",
    "cani",
    "taint-get",
    "exec-host",
    "desc-pod",
    "yaml-deploy-status",
    "history",
]
CHANGES = [
    "deploy3",
    "deploy0",
    "slices0",
    "scale1",
    "label",
    "unlabel",
    "annotate",
    "patch-sel",
    "slices-typo",
    "run",
    "run-get",
    "headless",
    "nodeport",
    "ext",
    "fixed",
    "svc-many",
    "desc-fixed",
    "svc-sort",
    "expose-again",
    "diff-none",
    "del-client2",
    "del-many",
    "del-app",
]
"""In this order: each finds what the ones before it left."""

NODES = ("labkit-control-plane", "labkit-worker")

LOAD_BALANCER = """
apiVersion: v1
kind: Service
metadata: {name: lb}
spec:
  type: LoadBalancer
  selector: {app: backend}
  ports: [{port: 80, targetPort: 8080, nodePort: 30124}]
"""


def _say(cluster: Cluster, transcript: Transcript) -> Said:
    return cluster.kubectl(*transcript.arguments, stdin=transcript.stdin)


def _await(cluster: Cluster, transcript: Transcript) -> None:
    """Ask again until the controllers have caught up with the change before."""
    end = time.monotonic() + 10
    while settled(_say(cluster, transcript).out) != settled(transcript.out):
        assert time.monotonic() < end, _say(cluster, transcript)


def _same(said: Said, transcript: Transcript) -> None:
    assert settled(said.err) == settled(transcript.err)
    assert settled(said.out) == settled(transcript.out)
    assert said.status == transcript.status


def _pull_client_image(cluster: Cluster) -> None:
    """Have the client's image on both nodes, as the real cluster had."""
    for node in NODES:
        place = json.dumps({"spec": {"nodeName": node}})
        options = ("--image", CLIENT, "--restart=Never", "--overrides", place, "--", "true")
        cluster.done("run", node, *options)
    cluster.done("wait", "pod", *NODES, "--for=jsonpath={.status.phase}=Succeeded")
    cluster.done("delete", "pod", *NODES, "--now")


@pytest.fixture(scope="module")
def lab(each: Cluster) -> Cluster:
    """The cluster with the backend, its Service and the client running, for each kubectl.

    On the way the transcripts of an empty cluster and of what makes the lab.
    """
    for name in ("svc0", "apply-app"):
        _same(_say(each, ALL[name]), ALL[name])
    each.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    _pull_client_image(each)
    client = ALL["create-again"]
    each.done(*client.arguments, stdin=client.stdin)
    _same(_say(each, ALL["wait"]), ALL["wait"])
    each.done("wait", "--for=condition=Available", "deploy/backend-app", "--timeout=30s")
    return each


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(lab: Cluster, name: str) -> None:
    """A wrong request is refused with the real server's words and exit status."""
    _same(_say(lab, ALL[name]), ALL[name])


def test_refusals_store_nothing(lab: Cluster) -> None:
    """None of the refused objects is there."""
    found = lab.done("get", "svc,deploy,pods", "-o", "name").split()
    wrong = ("service/s1", "deployment.apps/d1", "pod/p1", "service/My_Service")
    assert [name for name in wrong if name in found] == []


@pytest.mark.parametrize("name", TABLES)
def test_table(lab: Cluster, name: str) -> None:
    """What is asked prints as on the real cluster, but for addresses, ages and random names."""
    _same(_say(lab, ALL[name]), ALL[name])


BEFORE = {
    "deploy3": ("scale", "deploy/backend-app", "--replicas=3"),
    "deploy0": ("scale", "deploy/backend-app", "--replicas=0"),
    "svc-many": ("apply", "-f", "-"),
    "expose-again": ("expose", "deploy", "backend-app", "--name=exposed", "--port=81"),
    "del-client2": ("delete", "pod", "client-pod", "--now"),
    "del-many": ("create", "service", "clusterip", "made", "--tcp=80"),
}
"""What was done on the real cluster before a command, without a transcript of its own."""
SETTLING = {"deploy3", "deploy0", "slices0", "slices-typo", "run-get"}
"""What shows a change that takes the controllers a moment."""


def test_changes(lab: Cluster) -> None:
    """A sequence of changes prints as on the real cluster, step by step."""
    for name in CHANGES:
        if name in BEFORE:
            lab.done(*BEFORE[name], stdin=LOAD_BALANCER if name == "svc-many" else None)
        if name in SETTLING:
            _await(lab, ALL[name])
        _same(_say(lab, ALL[name]), ALL[name])


def _roll_out(cluster: Cluster, name: str, nodes: Sequence[str]) -> None:
    """A roll-out as slow as on kind: its Pods wait for nodes that are let go one by one."""
    transcript = ALL[name]
    missing = f"--for=jsonpath={{.status.unavailableReplicas}}={len(nodes)}"
    cluster.done("wait", "-n", "slow", "deploy/backend-app", missing, "--timeout=20s")
    waiting = cluster.popen(*transcript.arguments, "-n", "slow")
    assert waiting.stdout is not None
    try:
        said = waiting.stdout.readline()
        for node in nodes:
            cluster.done("uncordon", node)
            said += waiting.stdout.readline()
        said += waiting.stdout.read()
        assert (said, waiting.wait(30)) == (transcript.out + transcript.err, transcript.status)
    finally:
        waiting.kill()
        waiting.communicate()


def test_roll_out_step_by_step(lab: Cluster) -> None:
    """``rollout status`` counts the Pods that come, as on the real cluster, to the end."""
    place = "ports: [{containerPort: 8080}]"
    manifest = ALL["apply-app"].stdin or ""
    assert place in manifest
    one_a_node = manifest.replace(place, f"{place}\n        resources: {{requests: {{cpu: 3}}}}")
    lab.done("create", "namespace", "slow")
    lab.done("cordon", *NODES)
    lab.done("apply", "-n", "slow", "-f", "-", stdin=one_a_node)
    _roll_out(lab, "rollout", NODES)
    lab.done("cordon", *NODES)
    lab.done("scale", "-n", "slow", "deploy/backend-app", "--replicas=0")
    lab.done("wait", "-n", "slow", "pods", "--for=delete", "-l", "app=backend")
    lab.done("scale", "-n", "slow", "deploy/backend-app", "--replicas=1")
    _roll_out(lab, "roll1", NODES[:1])
    lab.done("uncordon", *NODES)


def test_explain(lab: Cluster) -> None:
    """explain says kind, version, field, type and enum as on the real cluster; only the prose
    is of our own, and there is some."""
    transcript = ALL["explain"]
    said = _say(lab, transcript)
    head, ours = said.out.split("DESCRIPTION:\n")
    assert head == transcript.out.split("DESCRIPTION:\n")[0]
    assert len(ours.split()) > 10
    assert (said.status, said.err) == (transcript.status, transcript.err)


def test_every_transcript_is_used() -> None:
    """None of the 75 transcripts is left out."""
    elsewhere = {"svc0", "apply-app", "wait", "rollout", "roll1", "explain"}
    used = {*REFUSALS, *TABLES, *CHANGES, *elsewhere}
    assert (len(ALL), sorted(set(ALL) - used)) == (75, [])
