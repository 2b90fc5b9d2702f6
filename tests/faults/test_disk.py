"""Disks that are full or may not be written to: one line with the next step, or it works."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.conftest import Machine
from tests.support import need

pytestmark = [
    pytest.mark.kubectl,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="disks by mount"),
]


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of that size, mounted on a folder of the test's own."""
    folder.mkdir()
    options = f"size={size},mode=700"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    need("mount", done.returncode == 0, "no right to mount a small disk (run as root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def read_only(folder: Path) -> None:
    """Nobody writes there any more, root neither."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def seen(watch: subprocess.Popen[str], last: str) -> str:
    """What a watch printed up to a line; it is stopped then."""
    lines = []
    with watch:
        assert watch.stdout is not None
        for line in watch.stdout:
            lines.append(line)
            if line.strip() == last:
                break
        watch.kill()
    return "".join(lines)


@pytest.mark.parametrize("words", [("up",), ("lab", "--requests", "2")])
def test_disk_of_one_megabyte(machine: Machine, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A disk on which no cluster fits is refused before anything starts; nothing is left on it."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        machine.environment["LABKIT_HOME"] = str(disk)
        machine.labkit(*words).one_line(str(disk), "full", "Free some space")
        assert machine.labkit("down").status == 0
        assert list(disk.iterdir()) == []


def test_disk_that_fills_up_under_a_running_cluster(machine: Machine, tmp_path: Path) -> None:
    """Reading and watching go on, a write is refused in one line and not half stored, the Pods
    work on; with room again everything does; and down works on a full disk, too."""
    with small_disk(tmp_path / "disk", "6m") as disk:
        machine.home = disk
        machine.environment["LABKIT_HOME"] = str(disk)
        machine.up()
        machine.apply_the_lab()
        watch = machine.started("get", "configmaps", "--watch-only", "-o", "name")
        fill(disk / "fill")
        data = tmp_path / "data"
        data.write_bytes(b"x" * 200_000)
        refused = [
            machine.try_kubectl("create", "configmap", f"big-{n}", f"--from-file={data}")
            for n in range(20)
        ]
        refused = [said for said in refused if said.status != 0]
        assert refused, "the disk did not fill up"
        refused[-1].one_line("full")
        stored = machine.kubectl("get", "configmaps", "-o", "name").count("big-")
        assert stored == 20 - len(refused)
        assert "Running" in machine.kubectl("get", "pods", "client-pod")
        assert "Hello from Pod" in machine.kubectl(
            "exec", "client-pod", "--", "sh", "-c", "wget -qO- http://backend-service"
        )
        assert machine.labkit("status").status == 0
        assert "Running already" in machine.up()
        (disk / "fill").unlink()
        machine.kubectl("create", "configmap", "after")
        assert seen(watch, "configmap/after").count("big-") == stored
        fill(disk / "fill")
        assert machine.labkit("down").status == 0
        assert [path.name for path in disk.iterdir()] == ["fill"]


@pytest.mark.parametrize("words", [("up",), ("lab",), ("kubectl", "--", "get", "pods")])
def test_folder_on_a_read_only_disk(
    machine: Machine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """A LABKIT_HOME that nobody may write to: one line with the folder and what to do."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        read_only(disk)
        machine.environment["LABKIT_HOME"] = str(disk / "home")
        machine.labkit(*words).one_line(str(disk / "home"), "Read-only", "Set LABKIT_HOME")


def test_home_that_is_read_only(machine: Machine, tmp_path: Path) -> None:
    """Without LABKIT_HOME and with a home that nobody may write to, the lab simply works in a
    private folder among the temporary files, and leaves nothing there."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with small_disk(tmp_path / "user", "1m") as user:
        read_only(user)
        del machine.environment["LABKIT_HOME"]
        machine.environment.pop("XDG_STATE_HOME", None)
        machine.environment |= {"HOME": str(user), "TMPDIR": str(temporary)}
        said = machine.labkit("lab", "--requests", "20")
        assert said.status == 0, said
        assert "Traceback" not in said.err
        assert list(user.iterdir()) == []
        assert list(temporary.iterdir()) == []


def test_folder_of_somebody_else(machine: Machine, tmp_path: Path) -> None:
    """Who may not write to LABKIT_HOME (another user, not root) gets one line."""
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    if os.getuid() == 0:
        os.chown(theirs, 12345, 12345)
    else:
        theirs.chmod(0o555)
    machine.environment["LABKIT_HOME"] = str(theirs / "home" if os.getuid() else theirs)
    machine.labkit("up").one_line(str(theirs), "LABKIT_HOME")
