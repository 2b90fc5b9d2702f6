"""The documented lab and the lessons, from start to end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Report

ROOT = Path(__file__).resolve().parent.parent


def run(report: Report) -> None:
    """Seconds of `labkit lab` with 200 requests, and of each lesson under papermill."""
    report.figure("labkit lab, 200 requests, in all", [lab() for _ in range(3)], "s", limit=10)
    for lesson in sorted((ROOT / "notebooks" / "en").glob("*.ipynb")):
        report.figure(f"lesson {lesson.stem}", [papermill(lesson) for _ in range(3)], "s", limit=40)


def lab() -> float:
    """One whole run, the cluster's start and end included."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as home:
        return seconds(["-m", "labkit", "lab"], home)


def papermill(lesson: Path) -> float:
    """One lesson top to bottom in a lab of its own."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as home:
        out = str(Path(home) / "out.ipynb")
        words = ["-m", "papermill", str(lesson), out, "--cwd", home, "--no-progress-bar"]
        took = seconds(words, home)
        seconds(["-m", "labkit", "down"], home)
        return took


def seconds(words: list[str], home: str) -> float:
    """How long a command took that must succeed."""
    started = time.perf_counter()
    environment = {**os.environ, "LABKIT_HOME": home, "LABKIT_LANG": "en"}
    subprocess.run([sys.executable, *words], env=environment, capture_output=True, check=True)
    return time.perf_counter() - started
