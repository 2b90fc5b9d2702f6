"""What Binder would see: the first answer after the container's start, and the memory of it all.

A Jupyter server, the kernel of a lesson and its cluster run as they do in Binder's container, with
a ``LABKIT_HOME`` of their own.  mybinder.org gives a session 1 GB at least (2 GB at most), and a
learner half a minute of patience.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.bench_lessons import Scales
from bench.report import Report

ROOT = Path(__file__).resolve().parent.parent
ANSWER = "lab.ask("
PATIENCE, MEMORY = 30, 1000


def run(report: Report) -> None:
    """Seconds to the first answer of lesson 0; megabytes at the worst moment of lesson 7."""
    from tests.notebooks.jupyter import jupyter_server

    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        home = Path(folder)
        started = time.perf_counter()
        with jupyter_server(ROOT / "notebooks", home):
            os.environ["LABKIT_HOME"] = str(home / "labkit_home")
            try:
                answered = play("00", stop=ANSWER) - started
                report.figure(
                    "Binder: first answer after the start", [answered], "s", limit=PATIENCE
                )
                with Scales(os.getpid(), os.environ["LABKIT_HOME"]) as scales:
                    play("07")
                most = scales.most / 1e6
                report.figure("Binder: memory of lesson 7, all of it", [most], "MB", limit=MEMORY)
            finally:
                del os.environ["LABKIT_HOME"]


def play(lesson: str, stop: str = "") -> float:
    """Run a lesson to its end, or to the end of the cell with ``stop``; when that was."""
    import nbformat
    from nbclient import NotebookClient

    (path,) = (ROOT / "notebooks" / "en").glob(f"{lesson}-*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    if stop:
        last = next(i for i, one in enumerate(notebook.cells) if stop in one.source)
        del notebook.cells[last + 1 :]
    with tempfile.TemporaryDirectory(prefix="labkit-bench-") as folder:
        NotebookClient(notebook, resources={"metadata": {"path": folder}}, timeout=60).execute()
    return time.perf_counter()
