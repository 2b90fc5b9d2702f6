"""A lesson in a kernel of its own, whose cells run in any order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from tests.support import ROOT

TRACEBACK = re.compile(r"Traceback|^-{20,}$|^(Cell|File) .*line \d+|---->", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(slots=True)
class Session:
    """One open lesson."""

    client: NotebookClient
    notebook: Any

    def ids(self) -> list[str]:
        """Its code cells, in order."""
        return [cell.id for cell in self.notebook.cells if cell.cell_type == "code"]

    def run(self, name: str) -> str:
        """Run the cell of that id; all that it shows, an error's lines included."""
        place = next(i for i, cell in enumerate(self.notebook.cells) if cell.id == name)
        return self._run(self.notebook.cells[place], place)

    def type(self, source: str) -> str:
        """Run a cell that a learner typed."""
        return self._run(nbformat.v4.new_code_cell(source), 0)

    def _run(self, cell: Any, place: int) -> str:
        cell = self.client.execute_cell(cell, place, store_history=True)
        return "\n".join(told(output) for output in cell.outputs)

    def interrupt(self, source: str, after: float) -> str:
        """Run what a learner typed, and press the stop button ``after`` seconds."""
        manager = self.client.km
        assert manager is not None
        pid = manager.provisioner.pid
        timer = threading.Timer(after, os.killpg, (os.getpgid(pid), signal.SIGINT))
        timer.start()
        try:
            return self.type(source)
        finally:
            timer.join()


def is_traceback(said: str) -> bool:
    """Whether a cell showed more of Python than a sentence."""
    return TRACEBACK.search(said) is not None


def told(output: Any) -> str:
    """An output as a reader sees it."""
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return COLOUR.sub("", "\n".join(output.traceback))
    return str(output.data.get("text/plain", ""))


@contextmanager
def opened(lesson: str, lang: str, home: Path) -> Iterator[Session]:
    """The lesson with a kernel; the cluster of ``home`` is left running (see ``lab_home``)."""
    folder = ROOT / "notebooks" / lang
    path = next(folder.glob(f"{lesson}-*.ipynb"))
    notebook = nbformat.read(path, as_version=4)
    environment = {**os.environ, "LABKIT_HOME": str(home)}
    environment.pop("LABKIT_LANG", None)
    client = NotebookClient(
        notebook, timeout=60, kernel_name="python3", allow_errors=True,
        resources={"metadata": {"path": str(folder)}}, store_widget_state=False,
    )  # fmt: skip
    with ExitStack() as stack:
        try:
            stack.enter_context(client.setup_kernel(env=environment))
        except RuntimeError:  # the kernel's ports are chosen before they are bound: once more
            stack.enter_context(client.setup_kernel(env=environment))
        yield Session(client, notebook)


@contextmanager
def lab_home(folder: Path) -> Iterator[Path]:
    """A runtime folder of its own; whatever runs in it is taken down at the end."""
    try:
        yield folder
    finally:
        down = [sys.executable, "-m", "labkit", "down"]
        environment = {**os.environ, "LABKIT_HOME": str(folder)}
        subprocess.run(down, env=environment, capture_output=True, check=False, timeout=60)
