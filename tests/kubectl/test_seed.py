"""The commands of the documented lab, in its order, as a learner types them."""

from __future__ import annotations

import re
import time

import pytest

from tests.kubectl.conftest import Cluster
from tests.support import ROOT

pytestmark = pytest.mark.kubectl

SEED = ROOT / "labkit" / "lab" / "manifests" / "seed"
ANSWER = re.compile(r"Hello from Pod \$\(HOSTNAME\) on node labkit-(control-plane|worker)")


def _file(name: str) -> str:
    return str(SEED / f"{name}.yaml")


@pytest.fixture(scope="module")
def lab(cluster: Cluster) -> Cluster:
    """The lab after its three ``apply`` commands."""
    names = ("backend-deployment", "backend-service", "client-pod")
    said = [cluster.done("apply", "-f", _file(name)) for name in names]
    assert said == [
        "deployment.apps/backend-app created\n",
        "service/backend-service created\n",
        "pod/client-pod created\n",
    ]
    cluster.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    cluster.done("wait", "--for=condition=Ready", "pod/client-pod", "--timeout=30s")
    return cluster


def _follow(cluster: Cluster, wanted: int, *arguments: str) -> list[str]:
    """The first lines of a command that does not end by itself."""
    command = cluster.popen(*arguments)
    assert command.stdout is not None
    try:
        return [command.stdout.readline().rstrip("\n") for _ in range(wanted)]
    finally:
        command.kill()
        command.communicate()


def test_pods_on_two_nodes(lab: Cluster) -> None:
    """``get pods -o wide -l app=backend`` shows two Pods, each on a node of its own."""
    lines = lab.done("get", "pods", "-o", "wide", "-l", "app=backend").splitlines()
    assert lines[0].split()[:7] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]
    rows = [line.split() for line in lines[1:]]
    assert [row[1:4] for row in rows] == [["1/1", "Running", "0"]] * 2
    assert {row[6] for row in rows} == {"labkit-control-plane", "labkit-worker"}


def test_service(lab: Cluster) -> None:
    """``get svc`` shows a ClusterIP of the Services' network and port 80."""
    _, row = lab.done("get", "svc", "backend-service").splitlines()
    name, kind, address, external, port, _ = row.split()
    assert (name, kind, external, port) == ("backend-service", "ClusterIP", "<none>", "80/TCP")
    assert address.startswith("10.96.")


def test_logs_follow(lab: Cluster) -> None:
    """``logs -f client-pod`` goes on by itself with answers of the backend."""
    lines = _follow(lab, 6, "logs", "-f", "client-pod")
    assert lines[0] == "Connecting to backend-service..."
    answers = [line for line in lines[1:] if line]
    assert len(answers) >= 2
    assert all(ANSWER.fullmatch(line) for line in answers), lines


def test_logs_options(lab: Cluster) -> None:
    """``--tail``, ``--timestamps`` and a Deployment's name choose what is shown."""
    assert len(lab.done("logs", "client-pod", "--tail=1").splitlines()) == 1
    line = lab.done("logs", "client-pod", "--timestamps").splitlines()[0]
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z Connecting", line)
    assert lab.kubectl("logs", "deploy/backend-app").status == 0


def test_exec(lab: Cluster) -> None:
    """exec gives output, errors, exit status and takes input."""
    assert lab.done("exec", "client-pod", "--", "hostname") == "client-pod\n"
    said = lab.kubectl("exec", "client-pod", "--", "sh", "-c", "echo no >&2; exit 7")
    assert (said.status, said.out) == (7, "")
    assert said.err == "no\ncommand terminated with exit code 7\n"
    assert lab.done("exec", "-i", "client-pod", "--", "cat", stdin="piped\nñ\n") == "piped\nñ\n"


def test_exec_of_nothing(lab: Cluster) -> None:
    """A program that is not in the image fails with a sentence, not with silence."""
    said = lab.kubectl("exec", "client-pod", "--", "no-such-program")
    assert said.status != 0
    assert "no-such-program" in said.err


def test_watch_sees_a_change(lab: Cluster) -> None:
    """``get pods -w`` shows a Pod that comes after it began."""
    command = lab.popen("get", "pods", "-w")
    assert command.stdout is not None
    try:
        for _ in range(4):
            command.stdout.readline()
        lab.done("run", "later", "--image=busybox:1.36", "--restart=Never", "--", "true")
        assert command.stdout.readline().split()[:3] == ["later", "0/1", "Pending"]
        while "Completed" not in (line := command.stdout.readline()):
            assert line.startswith("later")
    finally:
        command.kill()
        command.communicate()
        lab.done("delete", "pod", "later", "--now")


def test_port_forward(lab: Cluster) -> None:
    """port-forward carries an HTTP request to a Pod and its answer back."""
    command = lab.popen("port-forward", "svc/backend-service", ":80")
    assert command.stdout is not None
    try:
        port = re.search(r"127\.0\.0\.1:(\d+) -> 8080", command.stdout.readline())
        assert port is not None
        for _ in range(3):
            assert ANSWER.search(_http_get(int(port[1])))
    finally:
        command.kill()
        command.communicate()


def _http_get(port: int) -> str:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_server_side_apply_twice(lab: Cluster) -> None:
    """Server-side apply of the same file twice changes nothing the second time."""
    lab.done("apply", "--server-side", "--force-conflicts", "-f", _file("backend-service"))
    version = ("get", "svc", "backend-service", "-o", "jsonpath={.metadata.resourceVersion}")
    before = lab.done(*version)
    lab.done("apply", "--server-side", "--force-conflicts", "-f", _file("backend-service"))
    assert lab.done(*version) == before


def test_diff(lab: Cluster) -> None:
    """diff says nothing of what is as in the file, and shows what is not."""
    assert lab.done("diff", "-f", _file("backend-service")) == ""
    changed = (SEED / "backend-service.yaml").read_text("utf-8").replace("8080", "8081")
    said = lab.kubectl("diff", "-f", "-", stdin=changed)
    assert said.status == 1
    assert "+    targetPort: 8081" in said.out


def test_scale_and_roll_out(lab: Cluster) -> None:
    """scale, a new image, history and undo go through to the end."""
    lab.done("scale", "deploy/backend-app", "--replicas=3")
    lab.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    assert lab.done("get", "deploy", "backend-app").splitlines()[1].split()[1] == "3/3"
    lab.done("set", "env", "deploy/backend-app", "NEW=1")
    lab.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    history = lab.done("rollout", "history", "deploy/backend-app").split()
    assert "2" in history
    lab.done("rollout", "undo", "deploy/backend-app")
    lab.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    env = lab.done("get", "deploy", "backend-app", "-o", "jsonpath={..env[*].name}")
    assert env == "NODE_NAME"


def test_clean_up(lab: Cluster) -> None:
    """``delete -f`` of the three files leaves nothing of them."""
    for name in ("client-pod", "backend-service", "backend-deployment"):
        lab.done("delete", "-f", _file(name))
    end = time.monotonic() + 15
    while lab.done("get", "pods,deploy,rs", "-o", "name"):
        assert time.monotonic() < end
    assert lab.done("get", "svc", "-o", "name") == "service/kubernetes\n"
