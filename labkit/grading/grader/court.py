"""The judge's process, from outside: started, asked twice, ended, its lab gone in any case."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit.clock import SystemClock
from labkit.errors import LabkitError
from labkit.grading.grader.limits import Limits
from labkit.grading.grader.walls import PACKAGE, Room, walls
from labkit.words import Language, Words

START = (
    "import sys; sys.path.insert(0, {root!r});"
    " from labkit.grading.grader.judge import main; main({memory})"
)
HOME, HIDDEN = "/judge", "/hidden"
FILES = 128 << 20


class JudgeFailed(LabkitError):
    """The judge did not answer: our fault or the machine's, never the learner's."""


class Court:
    """One judge for one submission; use it as a context manager.

    With bubblewrap it sits in a room of its own too: what a learner's manifests start in its lab
    reaches no network and ends with it.  ``hidden`` is the folder of hidden tests, "" for none.
    """

    def __init__(
        self, language: Language, limits: Limits, bwrap: str = "", hidden: str = ""
    ) -> None:
        self._language = language
        self._seconds = limits.judge_seconds
        self._bwrap = bwrap
        self._folder = Path(tempfile.mkdtemp(prefix="labkit-judge-"))
        self.hidden = HIDDEN if hidden and bwrap else hidden
        self._errors = (self._folder / "stderr").open("wb")
        start = START.format(root=str(PACKAGE.parent), memory=limits.memory)
        command = [sys.executable, "-I", "-c", start]
        environment = _environment(HOME if bwrap else str(self._folder))
        if bwrap:
            seen = {HIDDEN: Path(hidden)} if hidden else {}
            room = Room(HOME, FILES, environment, read=seen, exercises=True)
            command = [bwrap, *walls(room), *command]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=self._folder,
        )

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """One line in, one line out; ``JudgeFailed`` when none comes in time."""
        assert self._child.stdin is not None and self._child.stdout is not None
        alarm = threading.Timer(self._seconds, self._child.kill)
        alarm.start()
        try:
            self._child.stdin.write(json.dumps(question) + "\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except (BrokenPipeError, OSError):
            line = ""
        finally:
            alarm.cancel()
        if not line:
            raise JudgeFailed(f"The judge did not answer: {self._reason()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _reason(self) -> str:
        self._errors.flush()
        text = (self._folder / "stderr").read_text(encoding="utf-8", errors="replace").strip()
        return text.splitlines()[-1][:300] if text else f"stopped after {self._seconds:.0f} s"

    def __enter__(self) -> Court:
        return self

    def __exit__(self, *_error: object) -> None:
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._bwrap:
            self._child.kill()  # all that it started goes with it
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._errors.close()
        self._no_lab()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _no_lab(self) -> None:
        """A judge that was stopped could not take its lab down."""
        lab = self._folder / "lab"
        if not (lab / "embedded" / "state.json").exists():
            return
        from labkit.cluster.embedded import EmbeddedCluster
        from labkit.cluster.paths import Home

        home = Home(lab, chosen=True)
        with contextlib.suppress(LabkitError):
            EmbeddedCluster(home, os.environ, SystemClock(), Words(self._language)).down()


def _environment(home: str) -> dict[str, str]:
    """What the judge sees of the environment: nothing of the teacher's."""
    made = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": home,
        "LANG": "C.UTF-8",
        "LABKIT_HOME": f"{home}/lab",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if "SYSTEMROOT" in os.environ:
        made["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return made
