"""The server as a process: its files, its lock, kill -9, an orderly end."""

from __future__ import annotations

import http.client
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kubectl.conftest import Cluster, at, finish, start

pytestmark = pytest.mark.kubectl


@pytest.fixture
def folder(tmp_path: Path, kubectl_program: Path) -> Iterator[Path]:
    """A state folder with a running cluster; whatever runs on it at the end is ended."""
    folder = tmp_path / "state"
    server = start(folder)
    yield folder
    finish(server)


def _request(cluster: Cluster, method: str, path: str) -> tuple[int, bytes]:
    host, _, secret = cluster.url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, f"/{secret}{path}")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_files_are_private(folder: Path) -> None:
    """Nobody but the owner can read the folder, the database, the kubeconfig or the state."""
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    names = ("cluster.db", "kubeconfig", "state.json", "server.log")
    assert {name: stat.S_IMODE((folder / name).stat().st_mode) for name in names} == dict.fromkeys(
        names, 0o600
    )


def test_a_second_server_is_refused(folder: Path) -> None:
    """A second server on the same folder ends with one sentence and touches nothing."""
    before = (folder / "state.json").read_bytes()
    second = subprocess.run(
        [sys.executable, "-m", "labkit.embedded", "--state-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert second.returncode != 0
    assert "already runs" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert (folder / "state.json").read_bytes() == before
    assert at(folder).done("get", "ns", "default", "-o", "name") == "namespace/default\n"


def test_kill_9_loses_nothing(tmp_path: Path, kubectl_program: Path) -> None:
    """After kill -9 the same folder comes back with every acknowledged object and its secret."""
    folder = tmp_path / "state"
    server = start(folder)
    try:
        old = at(folder)
        names = [f"configmap/kept-{number}" for number in range(20)]
        for name in names:
            status, _ = _create(old, name.partition("/")[2])
            assert status == 201
        os.kill(server.pid, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        server.communicate(timeout=10)
        server = start(folder)
        new = at(folder)
        assert new.url.rpartition("/")[2] == old.url.rpartition("/")[2]
        found = new.done("get", "configmaps", "-o", "name").split()
        assert set(names) <= set(found)
        new.done("wait", "--for=condition=Ready", "node", "--all", "--timeout=20s")
        new.done(
            "wait", "-n", "kube-system", "--for=condition=Available", "deploy/coredns",
            "--timeout=20s",
        )  # fmt: skip
    finally:
        finish(server)


def _create(cluster: Cluster, name: str) -> tuple[int, bytes]:
    host, _, secret = cluster.url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
        path = f"/{secret}/api/v1/namespaces/default/configmaps"
        connection.request("POST", path, json.dumps(body))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_own_paths(folder: Path) -> None:
    """info, a node's rules and its conntrack are there; an unknown node is 404."""
    cluster = at(folder)
    info = json.loads(_request(cluster, "GET", "/labkit/v1/info")[1])
    assert info["pid"] == cluster.pid
    status, rules = _request(cluster, "GET", "/labkit/v1/nodes/labkit-worker/rules")
    assert status == 200
    assert b"-A KUBE-SERVICES -d 10.96.0.10/32" in rules
    assert _request(cluster, "GET", "/labkit/v1/nodes/labkit-worker/conntrack")[0] == 200
    assert _request(cluster, "GET", "/labkit/v1/nodes/nobody/rules")[0] == 404


def test_shutdown(tmp_path: Path, kubectl_program: Path) -> None:
    """``POST shutdown`` ends the process with status 0, also while somebody watches."""
    server = start(tmp_path / "state")
    try:
        cluster = at(tmp_path / "state")
        host, _, secret = cluster.url.removeprefix("http://").partition("/")
        watcher = http.client.HTTPConnection(host, timeout=10)
        watcher.request("GET", f"/{secret}/api/v1/pods?watch=true")
        response = watcher.getresponse()
        assert response.status == 200
        assert _request(cluster, "POST", "/labkit/v1/shutdown")[0] == 200
        server.communicate(timeout=10)
        assert server.returncode == 0
        assert not (tmp_path / "state" / "state.json").exists()
        log = (tmp_path / "state" / "server.log").read_text("utf-8")
        assert log == ""
        response.close()
        watcher.close()
    finally:
        if server.poll() is None:
            finish(server)


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes without a signal")
def test_sigterm(tmp_path: Path, kubectl_program: Path) -> None:
    """SIGTERM ends the server in good order."""
    server = start(tmp_path / "state")
    began = time.monotonic()
    server.terminate()
    server.communicate(timeout=10)
    assert server.returncode == 0
    assert time.monotonic() - began < 10
    assert not (tmp_path / "state" / "state.json").exists()


def test_a_folder_that_cannot_be(tmp_path: Path, kubectl_program: Path) -> None:
    """A state folder that cannot be made is one sentence with the next step, no traceback."""
    blocked = tmp_path / "file"
    blocked.write_text("in the way", "utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "labkit.embedded", "--state-dir", str(blocked / "state")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert "Choose a folder" in said.stderr


def test_a_damaged_database(tmp_path: Path, kubectl_program: Path) -> None:
    """A file that is no database is refused in words."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "cluster.db").write_bytes(b"this is not a database at all, is it?" * 100)
    said = subprocess.run(
        [sys.executable, "-m", "labkit.embedded", "--state-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert said.returncode == 1
    assert "damaged" in said.stderr
    assert "Traceback" not in said.stderr
