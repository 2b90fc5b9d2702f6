"""Each lesson of both languages from top to bottom, in a lab of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Report

ROOT = Path(__file__).resolve().parent.parent
TIMES = 2


def run(report: Report) -> None:
    """Seconds under papermill, the kernel's start included; an empty notebook is the peer."""
    report.figure("a kernel's start and end (peer)", [empty() for _ in range(TIMES)], "s")
    for language in ("en", "es"):
        for lesson in sorted((ROOT / "notebooks" / language).glob("*.ipynb")):
            name = f"lesson {lesson.stem} ({language})"
            report.figure(name, [papermill(lesson) for _ in range(TIMES)], "s", limit=40)


def empty() -> float:
    """A notebook that does nothing."""
    import nbformat.v4

    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        path = Path(folder) / "empty.ipynb"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")], metadata=kernel)
        path.write_text(nbformat.writes(book), encoding="utf-8")
        return papermill(path)


def papermill(lesson: Path) -> float:
    """One notebook from top to bottom."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        environment = {**os.environ, "LABKIT_HOME": str(Path(folder) / "home")}
        words = [str(lesson), str(Path(folder) / "out.ipynb"), "--cwd", folder]
        started = time.perf_counter()
        call(environment, "papermill", *words, "--no-progress-bar")
        took = time.perf_counter() - started
        call(environment, "labkit", "down")
        return took


def call(environment: dict[str, str], module: str, *words: str) -> None:
    """``python -m MODULE``, which must succeed."""
    command = [sys.executable, "-m", module, *words]
    subprocess.run(command, env=environment, capture_output=True, check=True)
