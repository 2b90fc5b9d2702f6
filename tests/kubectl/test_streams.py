"""logs, exec, attach, cp and port-forward, run by both releases of kubectl."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kubectl.conftest import Cluster, Running, environment
from tests.kubectl.programs import program

pytestmark = pytest.mark.kubectl

PODS = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: two, labels: {app: two}}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
  - {name: first, image: "busybox:1.36", command: [sh, -c, "echo prepared"]}
  containers:
  - name: talker
    image: busybox:1.36
    command: [sh, -c, "for i in 1 2 3; do echo line $i; done; sleep 600"]
  - name: ticker
    image: busybox:1.36
    command: [sh, -c, "while true; do echo tick; sleep 0.2; done"]
---
apiVersion: v1
kind: Pod
metadata: {name: again}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: c
    image: busybox:1.36
    volumeMounts: [{name: d, mountPath: /d}]
    command: [sh, -c]
    args: ["if [ -e /d/x ]; then echo second; sleep 600; fi; touch /d/x; echo first; exit 3"]
  volumes: [{name: d, emptyDir: {}}]
---
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: c, image: "busybox:1.36", stdin: true, tty: true, command: [sh]}]
"""


@pytest.fixture(scope="module")
def lab(lab: Cluster) -> Cluster:
    """The same with its Service, a Pod of two containers, one that was restarted, and a shell."""
    lab.done("apply", "-f", "-", stdin=PODS)
    lab.done("wait", "--for=condition=Ready", "pods", "--all", "--timeout=30s")
    return lab


@contextlib.contextmanager
def running(cluster: Cluster, *arguments: str) -> Iterator[Running]:
    """A kubectl that goes on until the block ends."""
    command = cluster.popen(*arguments)
    try:
        yield command
    finally:
        command.kill()
        command.communicate()


# ---- logs ----------------------------------------------------------------------------------------


def test_logs_of_a_container(lab: Cluster) -> None:
    """By container; its end, its first bytes, since when, with times; an init container's."""
    logs = ("logs", "two", "-c", "talker")
    assert lab.done(*logs) == "line 1\nline 2\nline 3\n"
    assert lab.done(*logs, "--tail=1") == "line 3\n"
    assert lab.done(*logs, "--limit-bytes=6") == "line 1"
    assert lab.done(*logs, "--since=1h") == "line 1\nline 2\nline 3\n"
    assert lab.done(*logs, "--since-time=2099-01-01T00:00:00Z") == ""
    stamped = lab.done(*logs, "--timestamps").splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z line \d", each) for each in stamped)
    assert lab.done("logs", "two", "-c", "first") == "prepared\n"


def test_logs_of_several(lab: Cluster) -> None:
    """All containers, all Pods of a label or of a Deployment, each line with its source."""
    lines = lab.done("logs", "two", "--all-containers", "--prefix", "--tail=1").splitlines()
    assert sorted(lines) == [
        "[pod/two/first] prepared",
        "[pod/two/talker] line 3",
        "[pod/two/ticker] tick",
    ]
    for more in (("-l", "app=web", "--prefix"), ("deploy/web", "--all-pods")):
        lines = lab.done("logs", *more).splitlines()
        sources = {line.split()[0] for line in lines}
        assert len(sources) == 2
        assert all(re.fullmatch(r"\[pod/web-[a-z0-9]+-[a-z0-9]+/web\]", each) for each in sources)


def test_logs_of_a_deployment_are_of_one_pod(lab: Cluster) -> None:
    """``logs deploy/web`` is the log of one Pod alone, and says which (M21)."""
    said = lab.kubectl("logs", "deploy/web")
    assert re.fullmatch(r"Found 2 pods, using pod/web-[a-z0-9]+-[a-z0-9]+\n", said.err)
    assert said.out.count("server is listening on :8080") == 1


def test_previous_logs(lab: Cluster) -> None:
    """The run before, and the refusal when there was none."""
    end = time.monotonic() + 15
    while lab.done("logs", "again") != "second\n":
        assert time.monotonic() < end
    assert lab.done("logs", "again", "--previous") == "first\n"
    said = lab.kubectl("logs", "two", "-c", "talker", "--previous")
    assert (said.status, said.err) == (
        1,
        "Error from server (BadRequest): previous terminated container "
        '"talker" in pod "two" not found\n',
    )


def test_follow(lab: Cluster) -> None:
    """``-f`` goes on; with several Pods the lines come mixed, each with its source."""
    with running(lab, "logs", "-f", "two", "-c", "ticker", "--tail=0") as command:
        assert command.stdout is not None
        assert [command.stdout.readline() for _ in range(3)] == ["tick\n"] * 3
    with running(lab, "logs", "-f", "--all-containers", "-l", "app=two", "--prefix") as command:
        assert command.stdout is not None
        seen = {command.stdout.readline().split()[0] for _ in range(20)}
        assert {"[pod/two/talker]", "[pod/two/ticker]"} <= seen


def test_logs_of_what_waits(lab: Cluster) -> None:
    """A Pod that cannot start, and one of two containers, are refused in the server's words."""
    lab.done("run", "stuck", "--image=nowhere:1")
    end = time.monotonic() + 10
    while "trying and failing to pull image" not in (said := lab.kubectl("logs", "stuck")).err:
        assert time.monotonic() < end, said
    assert said.err == (
        'Error from server (BadRequest): container "stuck" in pod "stuck" is waiting to start: '
        "trying and failing to pull image\n"
    )
    lab.done("delete", "pod", "stuck", "--now")
    said = lab.kubectl("logs", "two")
    assert said.err == 'Defaulted container "talker" out of: talker, ticker, first (init)\n'


# ---- exec, attach --------------------------------------------------------------------------------


def test_exec(lab: Cluster) -> None:
    """Output, errors and status; input; the container that is meant."""
    run = ("exec", "two", "-c", "talker")
    said = lab.kubectl(*run, "--", "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (said.status, said.out) == (7, "out\n")
    assert said.err == "err\ncommand terminated with exit code 7\n"
    assert lab.done(*run, "-i", "--", "cat", stdin="ñ\n" * 5000) == "ñ\n" * 5000
    said = lab.kubectl("exec", "two", "--", "hostname")
    assert said.out == "two\n"
    assert said.err.startswith('Defaulted container "talker" out of: talker, ticker')
    said = lab.kubectl("exec", "deploy/web", "--", "/http-echo", "-version")
    assert "http-echo" in said.out + said.err
    said = lab.kubectl(*run, "--", "nowhere")
    assert said.status != 0
    assert 'exec: "nowhere": executable file not found in $PATH' in said.err


@contextlib.contextmanager
def terminal(cluster: Cluster, *arguments: str) -> Iterator[int]:
    """A kubectl on a terminal of its own; the other end of it."""
    import pty

    here, there = pty.openpty()
    command = subprocess.Popen(
        [program(cluster.version), *arguments],
        stdin=there,
        stdout=there,
        stderr=there,
        env={**environment(cluster.folder / "kubeconfig"), "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(there)
    try:
        yield here
        command.wait(15)
    finally:
        command.kill()
        command.wait()
        os.close(here)


def until(end: int, wanted: str) -> str:
    """What comes out of a terminal until a text is seen."""
    seen, limit = "", time.monotonic() + 15
    while wanted not in seen:
        assert time.monotonic() < limit, f"waited for {wanted!r}, saw {seen!r}"
        if select.select([end], [], [], 0.2)[0]:
            seen += os.read(end, 4096).decode("utf-8", "replace")
    return seen


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of that kind on Windows")
def test_exec_on_a_terminal(lab: Cluster) -> None:
    """``exec -it`` is a shell with a prompt, an echo, its own size and an end."""
    with terminal(lab, "exec", "-it", "two", "-c", "talker", "--", "sh") as end:
        until(end, "# ")
        os.write(end, b"echo $((6*7)) from $HOSTNAME\n")
        until(end, "42 from two\r\n")
        os.write(end, b"no_such\n")
        until(end, "sh: no_such: not found\r\n")
        os.write(end, b"exit\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals of that kind on Windows")
def test_attach_to_a_terminal(lab: Cluster) -> None:
    """``attach -it`` joins the shell that is the Pod's own process."""
    with terminal(lab, "attach", "-it", "shell") as end:
        until(end, "try pressing enter.")
        os.write(end, b"\n")
        until(end, "# ")
        os.write(end, b"echo joined $((2+3))\n")
        until(end, "joined 5\r\n")
        os.write(end, b"exit\n")


def test_attach(lab: Cluster) -> None:
    """attach shows what a container writes from now on."""
    with running(lab, "attach", "two", "-c", "ticker") as command:
        assert command.stdout is not None
        lines = [command.stdout.readline() for _ in range(4)]
        assert lines[-2:] == ["tick\n", "tick\n"]


# ---- cp, port-forward ----------------------------------------------------------------------------


def test_cp(lab: Cluster, tmp_path: Path) -> None:
    """A file and a folder go there and come back the same."""
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.txt").write_text("ñandú\n", encoding="utf-8")
    (folder / "inner" / "b.bin").write_bytes(bytes(range(256)) * 300)
    lab.done("cp", str(folder / "a.txt"), "two:/tmp/a.txt", "-c", "talker")
    assert lab.done("exec", "two", "-c", "talker", "--", "cat", "/tmp/a.txt") == "ñandú\n"
    lab.done("cp", str(folder), "default/two:/tmp/there", "-c", "talker")
    back = tmp_path / "back"
    lab.done("cp", "two:/tmp/there", str(back), "-c", "talker")
    assert (back / "a.txt").read_text(encoding="utf-8") == "ñandú\n"
    assert (back / "inner" / "b.bin").read_bytes() == bytes(range(256)) * 300
    said = lab.kubectl("cp", "two:/nowhere", str(tmp_path / "x"), "-c", "talker")
    assert "No such file or directory" in said.out + said.err


def test_port_forward_stays_on_one_pod(lab: Cluster) -> None:
    """``port-forward svc/web`` takes the Service's targetPort, picks one Pod and stays (M20)."""
    with running(lab, "port-forward", "svc/web", ":80") as command:
        assert command.stdout is not None
        found = re.fullmatch(
            r"Forwarding from 127\.0\.0\.1:(\d+) -> 8080\n", command.stdout.readline()
        )
        assert found is not None
        for _ in range(12):
            assert _get(int(found[1])) == "hello\n"
    logs = lab.done("logs", "-l", "app=web", "--prefix").splitlines()
    asked = {line.split()[0] for line in logs if "GET /" in line}
    assert len(asked) == 1


def _get(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_port_forward_to_nothing(lab: Cluster) -> None:
    """A port where nobody listens ends the connection, with the kubelet's reason."""
    with running(lab, "port-forward", "two", ":9999") as command:
        assert command.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+) -> 9999", command.stdout.readline())
        assert found is not None
        with pytest.raises((http.client.HTTPException, OSError)):
            _get(int(found[1]))
        said = "".join(command.stdout.readline() for _ in range(4))
        assert "connection refused" in said
