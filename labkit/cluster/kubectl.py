"""The real kubectl: the one of the pinned wheel first, run against the lab and nothing else."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from labkit.clock import Clock
from labkit.errors import ClusterError, CommandFailed
from labkit.words import Words

PROGRAM = "kubectl.exe" if sys.platform == "win32" else "kubectl"


@dataclass(frozen=True, slots=True)
class Program:
    """A kubectl that was found; ``pinned`` when it is the one of this Python's own wheel."""

    path: Path
    pinned: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said: ``words`` as typed after ``kubectl``, times in seconds.

    ``stopped`` tells that we ended it on purpose (a follow that would never end).
    """

    words: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    seconds: float
    stopped: bool = False

    @property
    def output(self) -> str:
        """Both streams, the error stream last."""
        return self.stdout + self.stderr

    @property
    def ok(self) -> bool:
        return self.status == 0


def find_program(environment: Mapping[str, str], words: Words) -> Program:
    """The wheel's kubectl beside this Python, else the first on ``PATH``.

    Raises ``ClusterError`` that says how to install it.
    """
    ours = Path(sysconfig.get_path("scripts")) / PROGRAM
    if os.access(ours, os.X_OK):
        return Program(ours, pinned=True)
    other = shutil.which("kubectl", path=environment.get("PATH", ""))
    if other is not None:
        return Program(Path(other), pinned=False)
    raise ClusterError(
        words("cluster.no_kubectl"), words("cluster.no_kubectl.fix", python=sys.executable)
    )


class Kubectl:
    """Runs kubectl with the lab's environment.  ``folder`` is where relative files stand."""

    def __init__(
        self,
        program: Program,
        environment: Mapping[str, str],
        clock: Clock,
        words: Words,
        folder: Path | None = None,
    ) -> None:
        self.program = program
        self.folder = folder
        self._environment = dict(environment)
        self._clock = clock
        self._words = words

    def __repr__(self) -> str:
        return f"Kubectl(pinned={self.program.pinned})"

    def inside(self, folder: Path) -> Kubectl:
        """The same, in another folder."""
        return Kubectl(self.program, self._environment, self._clock, self._words, folder)

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 120.0) -> Answer:
        """Run to the end and give back what it said, whatever its status.

        Raises ``CommandFailed`` when it does not end within ``timeout`` seconds.
        """
        started = self._clock.monotonic()
        command = [str(self.program.path), *arguments]
        try:
            done = subprocess.run(
                command,
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=self._environment,
                cwd=self.folder,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise self._too_slow(arguments, timeout) from error
        except OSError as error:
            raise self._not_run(error) from error
        seconds = self._clock.monotonic() - started
        return Answer(arguments, done.returncode, done.stdout, done.stderr, seconds)

    def check(self, *arguments: str, stdin: str | None = None, timeout: float = 120.0) -> Answer:
        """``run``, but a status other than 0 is ``CommandFailed`` with kubectl's last line."""
        answer = self.run(*arguments, stdin=stdin, timeout=timeout)
        if not answer.ok:
            raise self.failed(answer)
        return answer

    def stream(
        self,
        *arguments: str,
        on_line: Callable[[str], bool],
        seconds: float,
    ) -> Answer:
        """Run and hand over each line of its output (without the line end) as it comes.

        Ends when the program ends, when ``on_line`` returns False, or after ``seconds``; in the
        last two cases it is stopped and the answer says so.
        """
        started = self._clock.monotonic()
        try:
            child = subprocess.Popen(
                [str(self.program.path), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=self._environment,
                cwd=self.folder,
            )
        except OSError as error:
            raise self._not_run(error) from error
        lines: list[str] = []
        with child:
            reader = Reader(child)
            try:
                stopped = self._follow(reader, lines, on_line, started + seconds)
                if not stopped:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(timeout=10.0)  # its output has ended: it is about to
            finally:
                stop(child)
            errors = reader.errors()
        taken = self._clock.monotonic() - started
        text = "".join(line + "\n" for line in lines)
        status = 0 if stopped else child.returncode
        return Answer(arguments, status, text, errors, taken, stopped)

    def _follow(
        self, reader: Reader, lines: list[str], on_line: Callable[[str], bool], end: float
    ) -> bool:
        """Pass lines on until the output ends; True when somebody had enough before."""
        for line in reader.lines(lambda: end - self._clock.monotonic()):
            if line is None:
                return False
            lines.append(line)
            if not on_line(line):
                return True
        return True

    def passthrough(self, *arguments: str) -> int:
        """Run with our own terminal as its own; gives its exit status, as a shell would
        (128 + the signal's number if a signal ended it)."""
        try:
            child = subprocess.Popen(
                [str(self.program.path), *arguments], env=self._environment, cwd=self.folder
            )
        except OSError as error:
            raise self._not_run(error) from error
        while True:
            try:
                status = child.wait()
                return status if status >= 0 else 128 - status
            except KeyboardInterrupt:
                continue  # the terminal's Ctrl-C reached kubectl as well: its answer counts

    def failed(self, answer: Answer) -> CommandFailed:
        """The one-line error for an answer with a status other than 0."""
        said = [line.strip() for line in answer.output.splitlines() if line.strip()]
        command = shown(answer.words)
        return CommandFailed(
            self._words(
                "cluster.kubectl_failed",
                command=command,
                status=answer.status,
                last=said[-1] if said else self._words("cluster.silent"),
            ),
            command=("kubectl", *answer.words),
            status=answer.status,
            output=answer.output,
        )

    def _too_slow(self, arguments: tuple[str, ...], timeout: float) -> CommandFailed:
        return CommandFailed(
            self._words(
                "cluster.kubectl_timeout", command=shown(arguments), seconds=round(timeout)
            ),
            command=("kubectl", *arguments),
            status=-1,
            output="",
        )

    def _not_run(self, error: OSError) -> ClusterError:
        reason = error.strerror or type(error).__name__
        return ClusterError(
            self._words("cluster.kubectl_not_run", program=self.program.path, reason=reason),
            self._words("cluster.no_kubectl.fix", python=sys.executable),
        )


class Reader:
    """Reads both streams of a child in threads, so that waiting for a line can end in time."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        assert child.stdout is not None and child.stderr is not None
        self._threads = (
            threading.Thread(target=self._read_lines, args=(child.stdout,), daemon=True),
            threading.Thread(target=self._read_errors, args=(child.stderr,), daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def _read_lines(self, stream: IO[str]) -> None:
        try:
            for line in stream:
                self._queue.put(line.rstrip("\r\n"))
        finally:
            self._queue.put(None)

    def _read_errors(self, stream: IO[str]) -> None:
        self._errors.append(stream.read())

    def lines(self, left: Callable[[], float]) -> Iterator[str | None]:
        """Lines as they come, then None; just ends when no time is left."""
        while (seconds := left()) > 0:
            try:
                line = self._queue.get(timeout=seconds)
            except queue.Empty:
                return
            yield line
            if line is None:
                return

    def errors(self) -> str:
        """All of the error stream, once the child has ended."""
        for thread in self._threads:
            thread.join(timeout=5.0)
        return "".join(self._errors)


def stop(child: subprocess.Popen[str]) -> None:
    """End a child that still runs: politely, then for good."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(timeout=3.0)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()


def shown(arguments: Sequence[str]) -> str:
    """The command as one would type it: ``kubectl get pods``."""
    import shlex

    return shlex.join(("kubectl", *arguments))
