"""The embedded cluster's life: found, started, brought back, stopped; with the real server."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.clock import SystemClock
from labkit.cluster import base, control, embedded, process
from labkit.cluster.embedded import EmbeddedCluster
from labkit.cluster.kubectl import Kubectl, find_program
from labkit.cluster.paths import Home
from labkit.errors import ClusterError, UsageError
from labkit.words import Words
from tests.support import need

WORDS = Words("en")


def make(home: Path, **environment: str) -> EmbeddedCluster:
    """A back end on that runtime folder (a second one is another process's view of it)."""
    variables = {**os.environ, **environment}
    return EmbeddedCluster(Home(home, chosen=True), variables, SystemClock(), WORDS)


CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: mine
data:
  a: b
"""


def kubectl(cluster: EmbeddedCluster, *words: str, stdin: str | None = None) -> str:
    """What kubectl prints."""
    program = find_program(os.environ, WORDS)
    runner = Kubectl(program, cluster.environment(), SystemClock(), WORDS)
    return runner.check(*words, stdin=stdin, timeout=30.0).stdout


def pid_of(cluster: EmbeddedCluster) -> int:
    """The process that the state file names."""
    state = control.read_state(cluster.folder / "state.json")
    assert state is not None
    return state.pid


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A runtime folder whose cluster is taken down whatever happens."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    yield folder
    make(folder).down()


def test_up_find_down(home: Path) -> None:
    """Up starts; a second up finds it; down removes all that was made; a second down is fine."""
    cluster = make(home)
    assert not cluster.status().running
    steps: list[str] = []
    assert cluster.up(steps.append) == base.Started(found=False)
    assert steps
    pid = pid_of(cluster)
    assert make(home).up() == base.Started(found=True)
    assert pid_of(cluster) == pid
    status = make(home).status()
    assert status.running
    assert status.pid == pid
    assert status.nodes == ("labkit-control-plane", "labkit-worker")
    gone = cluster.down()
    assert {"kubeconfig", "cluster.db"} <= set(gone)
    assert not process.is_alive(pid)
    assert list(home.iterdir()) == []
    assert cluster.down() == ()
    assert not cluster.status().recorded


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_nothing_is_readable_by_others(home: Path) -> None:
    """The folder has mode 0700, every file in it 0600, and ~/.kube/config is not touched."""
    cluster = make(home)
    cluster.up()
    assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700
    for path in cluster.folder.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_home_of_the_user_stays_as_it_was(home: Path, tmp_path: Path) -> None:
    """Neither up nor kubectl nor down writes into the user's home."""
    users = tmp_path / "user"
    users.mkdir()
    cluster = make(home, HOME=str(users), USERPROFILE=str(users))
    cluster.up()
    kubectl(cluster, "get", "namespaces")
    cluster.down()
    assert list(users.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_killed_server_comes_back_with_its_objects(home: Path) -> None:
    """After kill -9 up brings every object back as it was, even with another view of it."""
    cluster = make(home)
    cluster.up()
    kubectl(cluster, "apply", "-f", "-", stdin=CONFIG)
    before = kubectl(cluster, "get", "configmap", "mine", "-o", "json")
    os.kill(pid_of(cluster), signal.SIGKILL)
    other = make(home)
    assert other.status() == base.Status("embedded", running=False, recorded=True)
    with pytest.raises(ClusterError, match="labkit up"):
        other.node_rules("labkit-worker")
    assert other.up() == base.Started(found=False, recovered=True)
    assert kubectl(other, "get", "configmap", "mine", "-o", "json") == before


def test_state_of_somebody_else_is_replaced(home: Path) -> None:
    """A state file that names a living process of somebody else: neither down nor up kills it;
    down removes the file, up replaces it."""
    cluster = make(home)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        stale = json.dumps({"pid": stranger.pid, "port": 1, "secret": "old"})
        for act in (cluster.down, cluster.up):
            cluster.folder.mkdir(mode=0o700, exist_ok=True)
            (cluster.folder / "state.json").write_text(stale, encoding="utf-8")
            act()
            assert stranger.poll() is None
            state = control.read_state(cluster.folder / "state.json")
            assert state is None or state.pid != stranger.pid
        assert cluster.status().running
        stranger.kill()


def test_many_ups_at_once(home: Path) -> None:
    """Several ups at the same time start one server, and all of them find it."""
    results: list[base.Started] = []

    def up() -> None:
        results.append(make(home).up())

    threads = [threading.Thread(target=up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.found for result in results) == [False, True, True, True]
    status = make(home).status()
    assert status.running


def test_proxies_of_the_environment_do_not_matter(home: Path) -> None:
    """With proxies that lead nowhere, up, status, kubectl and down just work."""
    nowhere = "http://127.0.0.1:9"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    cluster = make(home, **dict.fromkeys(names, nowhere))
    cluster.up()
    assert "default" in kubectl(cluster, "get", "namespaces")
    assert cluster.status().running
    assert cluster.down()


def test_seed_is_for_a_new_cluster_only(home: Path) -> None:
    """A seed for a cluster that has draws of its own already is refused, with the next step."""
    make(home).up(seed=1)
    with pytest.raises(UsageError, match="labkit down"):
        make(home).up(seed=2)


def test_every_new_cluster_has_the_seed_of_the_environment(home: Path) -> None:
    """LABKIT_SEED gives a new cluster the same names and addresses each time, and is no obstacle
    to finding it again; what is no number is refused with the next step."""
    found = []
    for _ in range(2):
        cluster = make(home, LABKIT_SEED="7")
        cluster.up()
        assert make(home, LABKIT_SEED="7").up().found
        kubectl(cluster, "create", "deployment", "one", "--image=nginx:1.27", "--replicas=2")
        kubectl(cluster, "expose", "deployment", "one", "--port=80")
        kubectl(cluster, "rollout", "status", "deployment/one", "--timeout=30s")
        names = "{.items[*].metadata.name} {.items[*].spec.clusterIP}"
        found.append(kubectl(cluster, "get", "pods,services", "-o", f"jsonpath={names}"))
        cluster.down()
    assert found[0] == found[1]
    with pytest.raises(UsageError, match="LABKIT_SEED"):
        make(home, LABKIT_SEED="seven").up()


def test_unknown_node_is_refused_by_name(home: Path) -> None:
    """The rules of a node that does not exist: one line that names those that do."""
    cluster = make(home)
    cluster.up()
    with pytest.raises(ClusterError, match=r"'nowhere'.*labkit-worker"):
        cluster.node_rules("nowhere")


def test_proxy_mode(home: Path) -> None:
    """The mode that was wished for stays with the cluster; another one needs a new start."""

    def wishing(mode: str) -> EmbeddedCluster:
        return EmbeddedCluster(
            Home(home, chosen=True), os.environ, SystemClock(), WORDS, base.Wishes(proxy_mode=mode)
        )

    cluster = wishing("nftables")
    cluster.up()
    assert cluster.node_rules("labkit-worker").startswith("table ip kube-proxy {")
    assert make(home).up().found
    assert make(home).status().proxy_mode == "nftables"
    assert "nftables" in make(home).describe()
    with pytest.raises(UsageError, match=r"nftables, not ipvs.*labkit down"):
        wishing("ipvs").up()
    os.kill(pid_of(cluster), signal.SIGKILL)
    cluster._stop_child()
    assert make(home).up().recovered
    assert make(home).status().proxy_mode == "nftables", "it is kept with the objects"


def stand_in(cluster: EmbeddedCluster, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start ``body`` as Python instead of the server."""

    def command(folder: Path, _seed: int | None, _mode: str) -> list[str]:
        return [sys.executable, "-c", body, "--state-dir", str(folder)]

    monkeypatch.setattr(cluster, "server_command", command)


def test_server_that_dies_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot start: its last line, and where its log is, on one line."""
    cluster = make(home)
    stand_in(cluster, "import sys; sys.exit('OSError: no way.')", monkeypatch)
    with pytest.raises(ClusterError) as caught:
        cluster.up()
    assert "OSError: no way." in str(caught.value)
    assert str(cluster.log) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_server_that_never_gets_ready(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not ready in time is ended, and the error names the log."""
    cluster = make(home)
    body = "import os, sys, time; print(os.getpid(), file=sys.stderr, flush=True); time.sleep(60)"
    stand_in(cluster, body, monkeypatch)
    monkeypatch.setattr(embedded, "START_LIMIT", 1.0)
    with pytest.raises(ClusterError, match="not ready within 1 s"):
        cluster.up()
    assert not process.is_alive(int(cluster.log.read_text(encoding="utf-8")))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP")
def test_server_that_hangs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lives and does not answer is not doubled; down ends it all the same."""
    cluster = make(home)
    cluster.up()
    pid = pid_of(cluster)
    os.kill(pid, signal.SIGSTOP)
    asked = control.ask

    def impatient(*words: object, **_named: object) -> control.Reply:
        return asked(*words, timeout=0.3)  # type: ignore[arg-type]

    monkeypatch.setattr(control, "ask", impatient)
    with pytest.raises(ClusterError, match=rf"process {pid}.*labkit down"):
        make(home).up()
    monkeypatch.setattr(embedded, "STOP_LIMIT", 0.5)
    assert make(home).down()
    assert not process.is_alive(pid)


def test_file_of_somebody_else_is_left(home: Path) -> None:
    """Down removes what was made by name; a file of the user's own stays."""
    cluster = make(home)
    cluster.up()
    (cluster.folder / "notes.txt").write_text("mine", encoding="utf-8")
    cluster.down()
    assert [path.name for path in cluster.folder.iterdir()] == ["notes.txt"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a small disk by mount")
def test_disk_that_is_too_small(tmp_path: Path) -> None:
    """On a disk that is (nearly) full, up is one line that says so, and down still works."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k,mode=700", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    need("mount", mounted, "no right to mount a small disk (run as root)")
    try:
        cluster = make(disk)
        with pytest.raises(ClusterError, match=r"The disk .* is full.* Free some space"):
            cluster.up()
        assert not cluster.status().running
        cluster.down()
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=False)
