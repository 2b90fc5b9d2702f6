"""What Binder would see: the first answer after the container's start, and the memory of it all.

A Jupyter server, the kernel of a lesson and its cluster run as they do in Binder's container, with
a ``LABKIT_HOME`` of their own by which their processes are known.  mybinder.org gives a session
1 GB at least (2 GB at most), and a learner half a minute of patience.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

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
                peak = Peak(os.environ["LABKIT_HOME"])
                with peak:
                    play("07")
                report.figure(
                    "Binder: memory of lesson 7, all of it", [peak.most], "MB", limit=MEMORY
                )
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


class Peak:
    """The largest sum of resident memory, in MB, of the processes of one ``LABKIT_HOME``.

    Memory that processes share is counted once for each of them: the true figure is lower.
    """

    def __init__(self, home: str) -> None:
        self.home, self.most = home, 0.0
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._watch.start()

    def __exit__(self, *why: Any) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(0.3):
            self.most = max(self.most, sum(map(self._size, self._mine())) / 1e6)

    def _mine(self) -> list[Any]:
        import psutil

        return [one for one in psutil.process_iter() if one.pid != os.getpid()]

    def _size(self, process: Any) -> int:
        import psutil

        try:
            mine = process.environ().get("LABKIT_HOME") == self.home
            return int(process.memory_info().rss) if mine else 0
        except psutil.Error:
            return 0
