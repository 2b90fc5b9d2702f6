"""logs, exec, attach and port-forward, with the words of the kubelet."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from labkit.clock import ManualClock
from labkit.embedded.interfaces import LogOptions
from labkit.embedded.kubelet.addresses import Addresses
from labkit.embedded.kubelet.logs import LogFile, nano_timestamp, read
from labkit.embedded.status import StatusError
from tests.unit.embedded.controllers.lab import Lab, pod, run


async def text(log: LogFile, clock: ManualClock, **options: object) -> str:
    """What a reader with these options gets."""
    parts = [p async for p in read(log, LogOptions(**options), clock.now())]  # type: ignore[arg-type]
    return b"".join(parts).decode()


def test_lines_times_and_limits(tmp_path: Path) -> None:
    """tail, since, timestamps, limitBytes; RFC3339Nano; a last line without end is a line."""

    async def work() -> None:
        clock = ManualClock(1_795_384_800.25)
        log = LogFile(tmp_path / "0.log", clock)
        log.write("stdout", b"one\ntw")
        clock.turn(10)
        log.write("stdout", b"o\nthree\n")
        log.write("stderr", b"end")
        log.close()
        assert await text(log, clock) == "one\ntwo\nthree\nend\n"
        assert await text(log, clock, tail_lines=2) == "three\nend\n"
        assert await text(log, clock, tail_lines=0) == ""
        assert await text(log, clock, since_seconds=5) == "two\nthree\nend\n"
        assert await text(log, clock, limit_bytes=5) == "one\nt"
        assert (await text(log, clock, timestamps=True)).splitlines()[0] == (
            "2026-11-22T22:00:00.250000000Z one"
        )
        since = "2026-11-22T22:00:05Z"
        assert await text(log, clock, since_time=since) == "two\nthree\nend\n"

    run(work())


def test_long_lines_and_big_files(tmp_path: Path) -> None:
    """A line above 16 KiB is kept whole for the reader; a file above 4 MiB loses its start."""

    async def work() -> None:
        clock = ManualClock()
        log = LogFile(tmp_path / "0.log", clock)
        log.write("stdout", b"x" * 40_000 + b"\n")
        assert await text(log, clock) == "x" * 40_000 + "\n"
        for number in range(6000):
            log.write("stdout", b"%06d" % number + b"y" * 1000 + b"\n")
        assert log.path.stat().st_size < 5 * 1024 * 1024
        assert (await text(log, clock, tail_lines=1)).startswith("005999")

    run(work())


def test_follow_until_the_end(tmp_path: Path) -> None:
    """A follower gets what comes, and the end when the container ends."""

    async def work() -> None:
        clock = ManualClock()
        log = LogFile(tmp_path / "0.log", clock)
        log.write("stdout", b"old\n")
        follower = asyncio.ensure_future(text(log, clock, follow=True, tail_lines=1))
        for line in (b"new\n", b"ne", b"wer\n"):
            await asyncio.sleep(0)
            log.write("stdout", line)
        await asyncio.sleep(0)
        assert not follower.done()
        log.close()
        assert await asyncio.wait_for(follower, 5) == "old\nnew\nnewer\n"

    run(work())


def test_nano_timestamps() -> None:
    """Nine digits, always."""
    assert nano_timestamp(0.5) == "1970-01-01T00:00:00.500000000Z"


def test_logs_of_a_restarted_container(tmp_path: Path) -> None:
    """``--previous`` is the run before; without one, the refusal names container and Pod."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a", "say", "hello"))
            found = lab.get("pods", "a")
            assert await lab.log(found, container="web") == "hello\n"
            with pytest.raises(StatusError) as refused:
                await lab.log(found, previous=True)
            assert refused.value.message == (
                'previous terminated container "web" in pod "a" not found'
            )
            await lab.create("pods", pod("b", "exit", "1"))
            assert await lab.log(lab.get("pods", "b"), previous=True) == ""
            with pytest.raises(StatusError) as refused:
                await lab.log(found, container="nope")
            assert refused.value.code == 400
            assert "container nope is not valid for pod a" in refused.value.message

    run(work())


def test_a_pod_of_two_wants_a_name(tmp_path: Path) -> None:
    """The API server's refusal when the container is not named."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            made = pod("a")
            other = {"name": "side", "image": "lab:1", "command": ["say", "x"]}
            made["spec"]["containers"].append(other)
            await lab.create("pods", made)
            with pytest.raises(StatusError) as refused:
                await lab.log(lab.get("pods", "a"))
            assert refused.value.message == (
                "a container name must be specified for pod a, choose one of: [web side]"
            )

    run(work())


def test_exec(tmp_path: Path) -> None:
    """Exit status and output; an unknown command and a container that is not running."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a"))
            found = lab.get("pods", "a")
            assert (await lab.exec(found, ["exit", "5"]))[0] == 5
            assert "HOSTNAME=a" in (await lab.exec(found, ["show"]))[1]
            with pytest.raises(StatusError) as refused:
                await lab.exec(found, ["nope"])
            assert re.search(
                r'exec failed: unable to start container process: exec: "nope": '
                r"executable file not found in \$PATH",
                refused.value.message,
            )
            await lab.create("pods", pod("over", "exit", "0", restartPolicy="Never"))
            with pytest.raises(StatusError) as refused:
                await lab.exec(lab.get("pods", "over"), ["show"])
            assert refused.value.message == 'container not found ("web")'

    run(work())


def test_attach_and_dial(tmp_path: Path) -> None:
    """attach ends with the container; port-forward reaches the Pod's own loopback."""

    async def work() -> None:
        async with Lab(tmp_path) as lab:
            await lab.create("pods", pod("a"))
            found = lab.get("pods", "a")
            runtime = lab.system.runtime
            out: list[bytes] = []
            attached = asyncio.ensure_future(
                runtime.attach(found, "web", stdin=None, stdout=out.append, stderr=out.append)
            )
            stream = await runtime.dial(found, 8080)
            await stream.write(b"GET / HTTP/1.1\r\n\r\n")
            assert (await stream.readline()).startswith(b"HTTP/1.1 200")
            with pytest.raises(StatusError) as refused:
                await runtime.dial(found, 9)
            assert "dial tcp4 127.0.0.1:9: connect: connection refused" in refused.value.message
            lab.api.delete("pods", "default", "a")
            await lab.settle()
            assert await asyncio.wait_for(attached, 5) == 0

    run(work())


def test_addresses_go_round() -> None:
    """The next free one; not the gateway's; one that was given back comes last."""
    pool = Addresses("10.244.1.0/29", "10.244.1.1")
    first = [pool.take(str(n)) for n in range(3)]
    assert first == ["10.244.1.2", "10.244.1.3", "10.244.1.4"]
    pool.release("10.244.1.2", "0")
    assert [pool.take("x") for _ in range(3)] == ["10.244.1.5", "10.244.1.6", "10.244.1.2"]
    with pytest.raises(StatusError):
        pool.take("y")
