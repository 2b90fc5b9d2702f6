"""What the watch of a room counts, asked of processes that run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from labkit.grading.grader.watch import family
from tests.support import eventually

SLEEPS = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"


def test_files_of_this_machine_are_nobodys(tmp_path: Path) -> None:
    """A process that has not entered its room yet sees our folders: none of their files count."""
    child = subprocess.Popen([sys.executable, "-c", SLEEPS], stdin=subprocess.PIPE)
    try:
        assert eventually(lambda: family(child.pid).processes == 2)
        assert family(child.pid, (str(tmp_path), "/dev/shm", "/")).files == 0
    finally:
        child.communicate(b"\n", timeout=30)
