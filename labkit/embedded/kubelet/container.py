"""One run of one container: its process, its log, its end."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from labkit.clock import Clock
from labkit.embedded.interfaces import Net, Process, Program
from labkit.embedded.kubelet.logs import LogFile
from labkit.embedded.programs import signals
from labkit.embedded.streams import Stream, pipe

KILLED = 137
_log = logging.getLogger(__name__)
Sink = Callable[[bytes], None]


class StartError(Exception):
    """The runtime cannot start the command (runc's words)."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything a process of a container gets."""

    argv: Sequence[str]
    env: Mapping[str, str]
    net: Net
    files: MutableMapping[str, bytes]
    hostname: str
    programs: Mapping[str, Program]
    workdir: str
    stdin: bool
    tty: bool


def container_id(pod_uid: str, name: str, run: int) -> str:
    """64 hexadecimal digits, the same after a restart of the server."""
    return hashlib.sha256(f"{pod_uid}/{name}/{run}".encode()).hexdigest()


def find_program(programs: Mapping[str, Program], command: str) -> Program:
    """By full path, then by base name.  ``StartError`` as runc says it."""
    found = programs.get(command) or programs.get(command.rsplit("/", 1)[-1])
    if found is not None:
        return found
    why = (
        f"stat {command}: no such file or directory"
        if "/" in command
        else "executable file not found in $PATH"
    )
    raise StartError(f'unable to start container process: exec: "{command}": {why}')


class Container:
    """A run: started once, ends once.  ``on_exit`` is called when it has ended."""

    def __init__(
        self, identity: str, setup: Setup, log: LogFile, clock: Clock, on_exit: Callable[[], None]
    ) -> None:
        self.identity, self.log = identity, log
        self.started_at = clock.now()
        self.finished_at: float | None = None
        self.exit_code = 0
        self.stop_reason = ""
        self._setup, self._clock, self._on_exit = setup, clock, on_exit
        self._sinks: list[tuple[Sink, Sink]] = []
        self._execs: set[asyncio.Task[int]] = set()
        self._task: asyncio.Task[None] | None = None
        self._killed = False
        self._done = asyncio.Event()
        self.stdin: Stream | None = None
        self._process = self._new_process(setup)

    @property
    def running(self) -> bool:
        return self.finished_at is None

    def start(self) -> None:
        """Start the main process.  Raises ``StartError`` if there is no such program."""
        if not self._setup.argv:
            raise StartError("no command specified")
        program = find_program(self._setup.programs, self._setup.argv[0])
        self.started_at = self._clock.now()
        self._task = asyncio.get_running_loop().create_task(self._run(program))

    def terminate(self) -> None:
        """SIGTERM to the main process."""
        signals.terminate(self._process)

    def kill(self) -> None:
        """SIGKILL to all of its processes."""
        self._killed = True
        for task in [*self._execs, *([self._task] if self._task else [])]:
            task.cancel()

    async def wait(self) -> int:
        """Until the main process has ended; its exit status."""
        await self._done.wait()
        return self.exit_code

    def listen(self, out: Sink, err: Sink) -> Callable[[], None]:
        """Hand over everything it writes from now on (attach); call the result to stop."""
        entry = (out, err)
        self._sinks.append(entry)
        return lambda: self._sinks.remove(entry) if entry in self._sinks else None

    async def exec(
        self, command: Sequence[str], stdin: Stream | None, out: Sink, err: Sink, tty: bool
    ) -> int:
        """Run another program in the container.  Raises ``StartError``."""
        program = find_program(self._setup.programs, command[0])
        process = Process(
            argv=list(command),
            env=self._setup.env,
            stdin=stdin,
            stdout=out,
            stderr=out if tty else err,
            net=self._setup.net,
            files=self._setup.files,
            clock=self._clock,
            hostname=self._setup.hostname,
            programs=self._setup.programs,
            workdir=self._setup.workdir,
            tty=tty,
            state=self._process.state,
        )
        task = asyncio.get_running_loop().create_task(_called(program, process))
        self._execs.add(task)
        try:
            return await task & 0xFF
        except asyncio.CancelledError:
            if not self._killed:
                task.cancel()
                raise
            return KILLED
        finally:
            self._execs.discard(task)

    def _new_process(self, setup: Setup) -> Process:
        theirs: Stream | None = None
        if setup.stdin:
            self.stdin, theirs = pipe()
        return Process(
            argv=setup.argv,
            env=setup.env,
            stdin=theirs,
            stdout=lambda data: self._write("stdout", data),
            stderr=lambda data: self._write("stdout" if setup.tty else "stderr", data),
            net=setup.net,
            files=setup.files,
            clock=self._clock,
            hostname=setup.hostname,
            programs=setup.programs,
            workdir=setup.workdir,
            tty=setup.tty,
            state={"command": setup.argv},
        )

    def _write(self, stream: str, data: bytes) -> None:
        self.log.write(stream, data)
        for out, err in list(self._sinks):
            (out if stream == "stdout" else err)(data)

    async def _run(self, program: Program) -> None:
        try:
            self.exit_code = await program(self._process) & 0xFF
        except asyncio.CancelledError:
            self.exit_code = KILLED
        except Exception as error:
            _log.exception("emulated program %s failed", self._setup.argv[0])
            self._write("stderr", f"labkit: the emulated program failed: {error!r}\n".encode())
            self.exit_code = 1
        self._end()

    def _end(self) -> None:
        self._killed = True
        self.finished_at = self._clock.now()
        for task in list(self._execs):
            task.cancel()
        self.log.close()
        if self.stdin is not None:
            self.stdin.close()
        self._done.set()
        self._on_exit()


async def _called(program: Program, process: Process) -> int:
    return await program(process)
