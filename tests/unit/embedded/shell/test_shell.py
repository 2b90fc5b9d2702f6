"""The shell, judged by others: recorded busybox ash, and the machine's own sh."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from labkit.clock import ManualClock, SystemClock
from labkit.embedded.programs.busybox import PROGRAMS
from labkit.embedded.programs.signals import terminate
from labkit.embedded.shell.main import sh
from labkit.embedded.streams import pipe
from tests.unit.embedded.network.world import process, settle, turning

RECORDED = json.loads((Path(__file__).parent / "ash.json").read_text(encoding="utf-8"))
"""Scripts with what BusyBox v1.35.0 ash printed and returned; ``everywhere`` says that dash and
bash --posix print and return the same."""


def run(script: str, *more: str, **values: Any) -> tuple[str, int, str]:
    """Our shell: standard output, status, standard error."""
    out: list[bytes] = []
    err: list[bytes] = []
    env = {"PATH": "/bin:/usr/bin", "HOME": "/root"}
    argv = ["sh", "-c", script, *more]
    one = process(None, PROGRAMS, argv, out, err, env=env, **values)  # type: ignore[arg-type]
    status = asyncio.run(asyncio.wait_for(sh(one), 20))
    return _text(out), status, _text(err)


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["script"][:40])
def test_says_and_returns_what_ash_does(row: dict[str, Any]) -> None:
    """Output, status and every word of complaint are those of busybox ash."""
    assert run(row["script"]) == (row["stdout"], row["status"], row["stderr"])


@pytest.mark.skipif(shutil.which("sh") is None, reason="this machine has no sh")
@pytest.mark.parametrize(
    "row", [row for row in RECORDED if row["everywhere"]], ids=lambda row: row["script"][:40]
)
def test_agrees_with_the_machine_s_own_sh(row: dict[str, Any], tmp_path: Path) -> None:
    """Output and status of a POSIX script are those of /bin/sh, whichever shell that is."""
    script = row["script"]
    real = subprocess.run(
        ["sh", "-c", script], capture_output=True, cwd=tmp_path, stdin=subprocess.DEVNULL,
        env={"PATH": "/bin:/usr/bin", "HOME": "/root"}, timeout=20, check=False,
    )  # fmt: skip
    ours = run(script)
    assert ours[:2] == (real.stdout.decode("utf-8", "surrogateescape"), real.returncode)


def test_arguments_name_and_exit() -> None:
    """``sh -c SCRIPT NAME ARG...``; the status goes through."""
    script = 'echo "$0 $# $1-$2"; exit 9'
    assert run(script, "me", "a b", "c") == ("me 2 a b-c\n", 9, "")


def test_the_seed_s_client_loop() -> None:
    """The loop of client-pod.yaml: a line, then one request and a blank line a second."""
    clock, out = ManualClock(), []
    script = (
        "echo 'Connecting to backend-service...'; while true; do wget -q -O- "
        "http://backend-service:80; echo; sleep 1; done"
    )

    async def fake_wget(one: Any) -> int:
        one.stdout(f"{' '.join(one.argv)} at {clock.monotonic():.0f}\n".encode())
        return 0

    programs = {**PROGRAMS, "wget": fake_wget}

    async def body() -> None:
        one = process(None, programs, ["sh", "-c", script], out, [], clock=clock)  # type: ignore[arg-type]
        task = asyncio.ensure_future(sh(one))
        await settle()
        for _ in range(3):
            await clock.advance(1)
        terminate(one)
        await settle()
        assert not task.done()  # a shell as process 1 does not heed SIGTERM
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(body())
    wanted = "wget -q -O- http://backend-service:80 at"
    assert _text(out) == "Connecting to backend-service...\n" + "".join(
        f"{wanted} {second}\n\n" for second in range(4)
    )


def test_a_trap_hears_sigterm() -> None:
    """``trap 'exit 0' TERM`` ends the loop at the next command; ``wait`` at once."""
    script = "trap 'echo bye; exit 3' TERM; while true; do sleep 1; done"

    async def status_of(text: str, clock: ManualClock) -> int:
        out: list[bytes] = []
        one = process(None, PROGRAMS, ["sh", "-c", text], out, [], clock=clock)  # type: ignore[arg-type]
        task = asyncio.ensure_future(sh(one))
        await settle()
        terminate(one)
        status = await turning(clock, asyncio.wait_for(task, None), 0.5)
        assert _text(out) == "bye\n"
        return int(status)

    clock = ManualClock()
    assert asyncio.run(status_of(script, clock)) == 3
    assert clock.monotonic() <= 2
    waiting = "trap 'echo bye; exit 4' TERM; sleep 1000 & wait"
    clock = ManualClock()
    assert asyncio.run(status_of(waiting, clock)) == 4
    assert clock.monotonic() < 10


def test_files_live_as_long_as_the_container() -> None:
    """Redirections write into the container's files, and a later shell reads them."""
    files: dict[str, bytes] = {"/tmp/": b""}
    assert run("echo one > /tmp/a; echo two >> /tmp/a; ls /tmp", files=files)[0] == "a\n"
    assert run("cat < /tmp/a; cat /tmp/a | wc -l; ls /tmp/*", files=files)[0] == (
        "one\ntwo\n2\n/tmp/a\n"
    )
    assert files["/tmp/a"] == b"one\ntwo\n"


def test_a_script_file_runs() -> None:
    """By ``sh FILE``, by its path, and with ``.``; a missing one is 2 or 127."""
    files = {"/tmp/": b"", "/tmp/s.sh": b"#!/bin/sh\nX=set\necho script $0 $1\n"}
    assert run("sh /tmp/s.sh a; /tmp/s.sh b; . /tmp/s.sh; echo $X", files=files)[0] == (
        "script /tmp/s.sh a\nscript /tmp/s.sh b\nscript sh\nset\n"
    )
    assert run("sh /tmp/none", files=files)[1] == 2
    assert run("/tmp/none", files=files)[1:] == (127, "sh: /tmp/none: not found\n")


def test_a_loop_in_the_shell_leaves_time_for_others() -> None:
    """An endless loop without a sleep does not stop the rest of the cluster."""

    async def body() -> None:
        argv = ["sh", "-c", "while :; do :; done"]
        task = asyncio.ensure_future(sh(process(None, PROGRAMS, argv, [], [])))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(body(), 10))


def converse(typed: bytes, *, tty: bool) -> tuple[str, int]:
    """An interactive shell that is typed to."""
    out: list[bytes] = []

    async def body() -> int:
        here, there = pipe()
        one = process(None, PROGRAMS, ["sh", "-i"], out, out, clock=SystemClock(), tty=tty)  # type: ignore[arg-type]
        one.stdin = there
        await here.write(typed)
        here.write_eof()
        return await asyncio.wait_for(sh(one), 10)

    status = asyncio.run(body())
    return _text(out), status


def test_a_person_at_a_terminal() -> None:
    """Prompt, echo, erase, a command over two lines, a mistake that ends nothing, exit."""
    text, status = converse(b"ecx\x7fho hi\rif true\rthen echo in; fi\rfi\rexit 5\r", tty=True)
    assert status == 5
    assert text == (
        "/ # ecx\b \bho hi\r\nhi\r\n/ # if true\r\n> then echo in; fi\r\nin\r\n"
        '/ # fi\r\nsh: syntax error: unexpected "fi"\r\n/ # exit 5\r\n'
    )


def test_keys_while_a_command_runs() -> None:
    """^C ends the command and not the shell; a line goes to a command that reads, ^D ends it."""

    async def body() -> tuple[int, str]:
        out: list[bytes] = []
        here, there = pipe()
        one = process(None, PROGRAMS, ["sh"], out, out, tty=True)  # type: ignore[arg-type]
        one.stdin = there
        task = asyncio.ensure_future(sh(one))
        for keys in (b"sleep 1000\r", b"\x03", b"echo $?; cat\r", b"line\r", b"\x04", b"exit 3\r"):
            await here.write(keys)
            await settle(40)
        return await asyncio.wait_for(task, 10), _text(out)

    status, text = asyncio.run(body())
    assert status == 3
    assert text == (
        "/ # sleep 1000\r\n^C\r\n/ # echo $?; cat\r\n130\r\nline\r\nline\r\n/ # exit 3\r\n"
    )


def test_the_end_of_the_input_ends_the_shell() -> None:
    """^D, and ^C throws the line away."""
    text, status = converse(b"echo no\x03echo yes\r\x04", tty=True)
    assert status == 0
    assert text == "/ # echo no^C\r\n/ # echo yes\r\nyes\r\n/ # "


def test_commands_on_standard_input() -> None:
    """``kubectl exec -i pod -- sh`` without a terminal: a script, no prompt."""

    async def body() -> tuple[int, str]:
        out: list[bytes] = []
        here, there = pipe()
        one = process(None, PROGRAMS, ["sh"], out, [])  # type: ignore[arg-type]
        one.stdin = there
        await here.write(b"x=3\necho $((x*2))\nexit 4\n")
        here.write_eof()
        return await sh(one), _text(out)

    assert asyncio.run(body()) == (4, "6\n")
