"""Each lesson from top to bottom, in a lab of its own: seconds, and memory of all its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread

import psutil

from bench.report import Report

ROOT = Path(__file__).resolve().parent.parent
SECONDS, MEGABYTES, MEAN_SECONDS = 40.0, 600.0, 15.0
LOOK_EVERY = 0.1


def run(report: Report) -> None:
    """All twelve lessons of one language under papermill.  The peer is an empty notebook in the
    same run: what a kernel's start and end take, and what it and papermill weigh."""
    took, weight = zip(*(empty() for _ in range(3)), strict=True)
    report.figure("an empty notebook (peer)", took, "s")
    report.figure("an empty notebook, most memory (peer)", weight, "MB")
    lessons = sorted((ROOT / "notebooks" / "en").glob("*.ipynb"))
    found = {lesson.stem: papermill(lesson) for lesson in lessons}
    for name, (seconds, megabytes) in found.items():
        report.figure(f"lesson {name}", [seconds], "s", limit=SECONDS)
        report.figure(f"lesson {name}, most memory", [megabytes], "MB", limit=MEGABYTES)
    mean = sum(seconds for seconds, _ in found.values()) / len(found)
    report.figure("a lesson on average", [mean], "s", limit=MEAN_SECONDS)


def empty() -> tuple[float, float]:
    """A notebook that does nothing."""
    import nbformat.v4

    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        path = Path(folder) / "empty.ipynb"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")], metadata=kernel)
        path.write_text(nbformat.writes(book), encoding="utf-8")
        return papermill(path)


def papermill(lesson: Path) -> tuple[float, float]:
    """One notebook from top to bottom: seconds, and the most memory (MB) that papermill, the
    kernel, the cluster and whatever they start had together."""
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        home = Path(folder) / "home"
        environment = {**os.environ, "LABKIT_HOME": str(home)}
        words = [str(lesson), str(Path(folder) / "out.ipynb"), "--cwd", folder]
        with Scales(os.getpid(), str(home)) as scales:
            started = time.perf_counter()
            call(environment, "papermill", *words, "--no-progress-bar")
            took = time.perf_counter() - started
        call(environment, "labkit", "down")
        return took, scales.most / 1e6


class Scales:
    """Weighs, again and again, the processes below ``parent`` and the cluster of ``home``.

    Proportional set size where Linux tells it: pages that several processes share count once.
    """

    def __init__(self, parent: int, home: str) -> None:
        self.most = 0
        self._parent, self._home = psutil.Process(parent), home
        self._end = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Scales:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(LOOK_EVERY):
            self.most = max(self.most, sum(weight(one) for one in self._processes()))

    def _processes(self) -> Iterable[psutil.Process]:
        below = self._parent.children(recursive=True)
        yield from below
        for one in psutil.process_iter(["cmdline"]):
            if self._home in " ".join(one.info["cmdline"] or ()) and one not in below:
                yield one


def weight(process: psutil.Process) -> int:
    """Bytes of one process; 0 once it is gone."""
    try:
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", 0) or memory.rss)
    except psutil.Error:
        return 0


def call(environment: dict[str, str], module: str, *words: str) -> None:
    """``python -m MODULE``, which must succeed."""
    command = [sys.executable, "-m", module, *words]
    subprocess.run(command, env=environment, capture_output=True, check=True)
