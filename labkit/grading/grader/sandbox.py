"""A room without a way out for a learner's code: bubblewrap, limits, another user, no network.

Inside there are: the Python that runs us, labkit without its exercises, a read-only folder with
the job, a working folder in memory, and one file to write the executed notebook to.  There is no
home, no other submission, no hidden test, no environment, and no network but a loopback of its
own.  Where bubblewrap is missing it is *practice mode*: limits and a wall clock, nothing secret.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from labkit.clock import Clock
from labkit.grading.grader.limits import Limits
from labkit.grading.grader.syscalls import handed_over
from labkit.grading.grader.walls import PACKAGE, Room, is_root, walls
from labkit.grading.grader.watch import family, threads_of, waited
from labkit.grading.verbs import GRADING

HOME = "/sandbox"
IN_MEMORY = (HOME, "/tmp", "/dev/shm")
"""The folders of a room that lie in memory (those of ``walls``)."""
FIRST_UID, UIDS = 61_000, 4_000
STDOUT = 4 << 20
GRACE = 15.0
WATCH_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: ``how`` is what the process inside said, or why it was stopped
    (``slow``, ``memory``, ``processes``, ``files``, ``flood``, ``dead``); ``said`` its last line as
    JSON; ``peak`` the most bytes that one process held, as the kernel counted (0: it did not
    tell)."""

    how: str
    said: Mapping[str, Any]
    seconds: float
    peak: int = 0


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Runs jobs.  ``program`` is bubblewrap; "" is practice mode."""

    program: str
    limits: Limits
    clock: Clock
    secret: tuple[Path, ...] = ()

    def run(self, job: Mapping[str, Any], files: Mapping[str, str], out: Path | None = None) -> Ran:
        """Run ``inside.py`` with a job; ``files`` are put beside it, ``out`` gets the notebook."""
        with tempfile.TemporaryDirectory(prefix="labkit-grade-") as name:
            folder = Path(name)
            room = folder / "in"
            room.mkdir()
            seen = "/in" if self.program else str(room)
            home = HOME if self.program else str(folder / "home")
            for file, text in files.items():
                (room / file).write_text(text, encoding="utf-8")
            written = "/out.ipynb" if self.program else str(folder / "out.ipynb")
            table = {
                **job,
                "uid": self._uid(),
                "sandboxed": bool(self.program),
                "home": home,
                "template": f"{seen}/template.ipynb",
                "out": written,
                "limits": self._limits(),
            }
            (room / "job.json").write_text(json.dumps(table), encoding="utf-8")
            _readable(room)
            produced = folder / "out.ipynb"
            produced.touch()
            produced.chmod(0o666 if self.program else 0o600)
            command = self._command(room, produced, f"{seen}/job.json")
            ran = self._watched(command, _environment(home, f"{seen}/tasks.json"), folder)
            if out is not None:
                _keep(produced, out, self.limits.notebook * 4)
            return ran

    def _limits(self) -> dict[str, int]:
        """The limits; Linux counts the processes of a user wherever they run, and those of an
        ordinary teacher's session are not the learner's."""
        table = self.limits.table()
        if self.program and not is_root():
            table["processes"] += threads_of(os.getuid())
        return table

    def _uid(self) -> int:
        """A user that nobody is, when we may change; one for each worker."""
        return FIRST_UID + os.getpid() % UIDS if self.program and is_root() else 0

    def _command(self, room: Path, out: Path, job: str) -> list[str]:
        python = [sys.executable, "-I", str(PACKAGE / "grading" / "grader" / "inside.py")]
        words = [*python, job, str(PACKAGE.parent)]
        if not self.program:
            return words
        return [self.program, *self._walls(room, out), *words]

    def _filtered(self, command: list[str], filter_at: int | None) -> list[str]:
        if filter_at is None:
            return command
        return [command[0], "--seccomp", str(filter_at), *command[1:]]

    def _walls(self, room: Path, out: Path) -> list[str]:
        return walls(
            Room(
                HOME,
                self.limits.files,
                _environment(HOME, "/in/tasks.json"),
                read={"/in": room},
                write={"/out.ipynb": out},
                secret=self.secret,
                drop=True,
            )
        )

    def _watched(self, command: list[str], environment: Mapping[str, str], folder: Path) -> Ran:
        """Run it; stop it when it is too long, too large or too loud."""
        began = self.clock.monotonic()
        filter_at = handed_over() if self.program else None
        with (folder / "stderr").open("wb") as errors:
            child = subprocess.Popen(
                self._filtered(command, filter_at),
                pass_fds=() if filter_at is None else (filter_at,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                cwd=folder,
                start_new_session=True,
            )
            if filter_at is not None:
                os.close(filter_at)
            assert child.stdout is not None
            ear = _Ear(child.stdout)
            how, peak = self._wait(child, ear, began)
            _kill(child)
            ear.join(5.0)
            child.stdout.close()
        seconds = self.clock.monotonic() - began
        said = ear.last()
        if how:
            return Ran(how, said, seconds, peak)
        if not said:
            return Ran("dead", {"reason": _tail(folder / "stderr")}, seconds, peak)
        return Ran(str(said.get("ended", "done")), said, seconds, peak)

    def _wait(self, child: subprocess.Popen[bytes], ear: _Ear, began: float) -> tuple[str, int]:
        """Why it was stopped ("" when it ended), and the most bytes that one process held."""
        end = began + self.limits.total_seconds + GRACE
        highest = 0
        while True:
            ended, peak = waited(child, WATCH_SECONDS)
            if ended:
                return "", max(peak, highest)
            seen = family(child.pid, IN_MEMORY if self.program else ())
            highest = max(highest, seen.largest)
            if self.clock.monotonic() > end:
                return "slow", highest
            if ear.full:
                return "flood", highest
            if seen.processes > self.limits.family:
                return "processes", highest
            if seen.files > self.limits.inodes:
                return "files", highest
            if seen.bytes > self.limits.resident:
                return "memory", highest


class _Ear(threading.Thread):
    """Listens to a pipe so that it never fills; keeps the end of what it heard."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._heard = b""
        self._total = 0
        self.start()

    @property
    def full(self) -> bool:
        return self._total > STDOUT

    def run(self) -> None:
        while chunk := self._stream.read1(65536):  # type: ignore[attr-defined]
            self._total += len(chunk)
            self._heard = (self._heard + chunk)[-STDOUT:]

    def last(self) -> dict[str, Any]:
        """The last line as a JSON table; empty when it is none."""
        lines = self._heard.decode("utf-8", "replace").strip().splitlines()
        try:
            found = json.loads(lines[-1]) if lines else {}
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the whole group; the PID namespace goes with its first process."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(10)


def _environment(home: str, tasks: str) -> dict[str, str]:
    """All that a learner's code sees of the environment."""
    program = Path(sys.executable).parent
    made = {
        "HOME": home,
        "PATH": f"{program}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "LANG": "C.UTF-8",
        "LABKIT_HOME": f"{home}/labkit",
        "IPYTHONDIR": f"{home}/ipython",
        "JUPYTER_CONFIG_DIR": f"{home}/jupyter-config",
        "JUPYTER_DATA_DIR": f"{home}/jupyter-data",
        "JUPYTER_RUNTIME_DIR": f"{home}/jupyter-runtime",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        "MPLBACKEND": "agg",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        GRADING: tasks,
    }
    for name in ("SYSTEMROOT", "TEMP"):  # Windows starts no Python without
        if name in os.environ:
            made[name] = os.environ[name]
    return made


def _readable(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)


def _keep(produced: Path, out: Path, most: int) -> None:
    """Take the executed notebook over as a plain file of ours."""
    with produced.open("rb") as source:
        data = source.read(most)
    out.write_bytes(data)


def _tail(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text[-400:].strip()
