"""Every program that a back end runs goes through here: with a time limit, and into a log.

A program runs in a session of its own, so that Ctrl-C reaches us alone and we end it together
with all that it started.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, current_thread, main_thread
from typing import IO

from labkit.clock import Clock
from labkit.cluster.failures import UNTOLD, explain
from labkit.cluster.process import creation_flags
from labkit.errors import ClusterError, CommandFailed
from labkit.words import Words

Told = Callable[[str], None]
Explanation = Callable[[str, Words, Mapping[str, object]], tuple[str, str]]
"""What a text means: the sentence and the next step, or two empty texts."""

GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, the seconds that it may take, and what it reads."""

    words: tuple[str, ...]
    limit: float = 60.0
    stdin: str = ""

    def shown(self) -> str:
        """As one would type it."""
        return shlex.join(self.words)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command said; ``status`` -1 stands for one that was stopped at its limit."""

    command: Command
    status: int
    out: str
    err: str
    seconds: float

    @property
    def ok(self) -> bool:
        return self.status == 0

    @property
    def text(self) -> str:
        """All that it printed."""
        return self.out + self.err


class Runner:
    """Runs commands in one environment.  ``log`` takes what they print (mode 0600)."""

    def __init__(
        self,
        environment: Mapping[str, str],
        clock: Clock,
        words: Words,
        log: Path | None = None,
        explanation: Explanation = explain,
    ) -> None:
        self.environment = dict(environment)
        self.log = log
        self._clock = clock
        self._words = words
        self._explain = explanation

    def run(self, command: Command, told: Told | None = None) -> Done:
        """Run to the end, whatever the status; ``told`` gets the lines of its error stream.

        Raises ``ClusterError`` for a program that cannot be run at all.
        """
        began = self._clock.monotonic()
        try:
            child = self._start(command)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            program = command.words[0]
            raise ClusterError(
                self._words("failure.not_run", program=program, reason=reason)
            ) from error
        out, err = Collector(child.stdout), Collector(child.stderr, told)
        try:
            feed(child, command.stdin)
            child.wait(command.limit)
            status = child.returncode
        except subprocess.TimeoutExpired:
            status = -1
        finally:
            end_all(child)
        done = Done(command, status, out.text(), err.text(), self._clock.monotonic() - began)
        self._note(done)
        return done

    def check(
        self,
        command: Command,
        fields: Mapping[str, object] | None = None,
        told: Told | None = None,
    ) -> Done:
        """``run``, but anything except status 0 is the ``ClusterError`` that explains it."""
        done = self.run(command, told)
        if not done.ok:
            raise self.failed(done, fields or {})
        return done

    def failed(self, done: Done, fields: Mapping[str, object]) -> CommandFailed:
        """The one sentence for a command that failed, and the next step, log included."""
        words = self._words
        what, fix = self._explain(done.text, words, fields)
        if not what and done.status == -1:
            what = words(
                "failure.timeout", command=done.command.shown(), seconds=round(done.command.limit)
            )
            fix = words("failure.timeout.fix", **{**UNTOLD, **fields})
        if not what:
            what = words(
                "failure.unknown",
                command=short(done.command.shown()),
                status=done.status,
                last=telling_line(done) or words("cluster.silent"),
            )
        if self.log is not None:
            fix = f"{fix} {words('failure.log', log=self.log)}".strip()
        return CommandFailed(
            what, fix, command=done.command.words, status=done.status, output=done.text
        )

    def _start(self, command: Command) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command.words,
            env=self.environment,
            stdin=subprocess.PIPE if command.stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=sys.platform != "win32",
            creationflags=creation_flags(),
        )

    def _note(self, done: Done) -> None:
        """Append to the log; a log that cannot be written stops nothing."""
        if self.log is None:
            return
        lines = [f"$ {done.command.shown()}", done.out, done.err]
        lines.append(f"(status {done.status}, {done.seconds:.1f} s)\n")
        with suppress(OSError):
            self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with open(handle, "a", encoding="utf-8") as file:
                file.write("\n".join(line.rstrip("\n") for line in lines if line) + "\n\n")


class Collector:
    """Reads a stream to its end in a thread; ``told`` gets each line as it comes."""

    def __init__(self, stream: IO[str] | None, told: Told | None = None) -> None:
        self._lines: list[str] = []
        self._told = told
        self._stream = stream
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(ValueError, OSError):
            for line in self._stream or ():
                self._lines.append(line)
                if self._told is not None:
                    self._told(line.rstrip("\r\n"))

    def text(self) -> str:
        """Everything, once the program has ended."""
        self._thread.join(GRACE)
        if self._stream is not None and not self._thread.is_alive():
            self._stream.close()
        return "".join(self._lines)


def feed(child: subprocess.Popen[str], text: str) -> None:
    """Give a program what it reads (little: it fits into the pipe)."""
    if child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin:
            child.stdin.write(text)


def end_all(child: subprocess.Popen[str]) -> None:
    """End a program that still runs, with all that it started: politely, then for good."""
    if child.poll() is None:
        signal_all(child, gently=True)
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            signal_all(child, gently=False)
            child.wait()


def signal_all(child: subprocess.Popen[str], *, gently: bool) -> None:
    """To the whole session of the child; on Windows to the child alone."""
    if sys.platform == "win32":
        child.terminate() if gently else child.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM if gently else signal.SIGKILL)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until this is over: whoever cleans up must not be stopped half-way."""
    if current_thread() is not main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def telling_line(done: Done) -> str:
    """The line that tells most: an ERROR line, else the last one."""
    lines = [line.strip() for line in done.text.splitlines() if line.strip()]
    errors = [line for line in lines if line.upper().startswith("ERROR")]
    return short((errors or lines or [""])[0 if errors else -1])


def short(text: str, most: int = 240) -> str:
    """The text, cut where it becomes a wall."""
    return text if len(text) <= most else text[: most - 1] + "…"
