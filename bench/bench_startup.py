"""How long labkit takes to start."""

from __future__ import annotations

import shutil
import subprocess
import sys

from bench.report import Report


def run(report: Report) -> None:
    """Import time, and the process time of the shortest command, beside a bare Python."""
    bare = report.time("a bare Python process", lambda: call(sys.executable, "-c", ""))
    inside = report.time("import labkit, process", lambda: call(sys.executable, "-c", IMPORT))
    report.figure(
        "import labkit, without the bare Python",
        [value - bare.median for value in inside.values],
        "s",
        limit=0.1,
    )
    labkit = shutil.which("labkit")
    if labkit is None:
        report.skip("labkit --help", "labkit is not installed")
    else:
        report.time("labkit --help, process", lambda: call(labkit, "--help"), limit=0.3)


IMPORT = "import labkit"


def call(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
