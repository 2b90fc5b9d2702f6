"""The real kubectl says here what it said in front of a real cluster, word for word."""

from __future__ import annotations

import time

import pytest

from tests.kubectl.conftest import Cluster, Said
from tests.kubectl.words import Transcript, settled, transcripts

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
    "yaml-deploy-status",
    "history",
]
CHANGES = [
    "label",
    "unlabel",
    "annotate",
    "patch-sel",
    "slices-typo",
    "scale1",
    "run",
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


@pytest.fixture(scope="module")
def lab(cluster: Cluster) -> Cluster:
    """The cluster with the backend, its Service and the client running."""
    for name in ("apply-app", "create-again"):
        transcript = ALL[name]
        cluster.done(*transcript.arguments, stdin=transcript.stdin)
    cluster.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    cluster.done("wait", "--for=condition=Ready", "pod/client-pod", "--timeout=30s")
    cluster.done("wait", "--for=condition=Available", "deploy/backend-app", "--timeout=30s")
    return cluster


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


def test_changes(lab: Cluster) -> None:
    """A sequence of changes prints as on the real cluster, step by step."""
    for name in CHANGES:
        if name == "svc-many":
            lab.done("apply", "-f", "-", stdin=LOAD_BALANCER)
        if name == "expose-again":
            lab.done("expose", "deploy", "backend-app", "--name=exposed", "--port=81")
        if name == "del-client2":
            lab.done("delete", "pod", "client-pod", "--now")
        if name == "del-many":
            lab.done("create", "service", "clusterip", "made", "--tcp=80")
        if name == "slices-typo":
            _await(lab, ALL[name])
        _same(_say(lab, ALL[name]), ALL[name])
