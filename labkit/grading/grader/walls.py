"""The walls of a room without a way out, as words of bubblewrap.

Inside there are: the Python that runs us, labkit, and what is named.  There is no home, no
environment, and no network but a loopback of its own; when the first process ends, all end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
EXERCISES = PACKAGE / "grading" / "exercises"
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives")
"""What every Linux program needs; of ``/etc`` nothing else."""

BOUND = (Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix), PACKAGE)
NEEDED = (sys.executable, str(PACKAGE), *SYSTEM, *sysconfig.get_paths().values())
NOBODY = "65534"
APART = (
    "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
    "--die-with-parent", "--new-session", "--hostname", "sandbox",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Room:
    """A room: its home (in memory, at most ``size`` bytes), what can be read and written in it.

    ``read`` and ``write`` go from paths inside to paths outside; ``exercises`` says whether the
    judge's own material is there; ``secret`` are paths that must not be seen even where they lie
    in a folder of Python's; ``drop`` keeps the right to become another user.
    """

    home: str
    size: int
    environment: Mapping[str, str]
    read: Mapping[str, Path] = field(default_factory=dict)
    write: Mapping[str, Path] = field(default_factory=dict)
    exercises: bool = False
    secret: tuple[Path, ...] = ()
    drop: bool = False


def available() -> str:
    """The program, or "" where there is none (or it cannot make namespaces here)."""
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        return ""
    user = [] if is_root() else ["--unshare-user"]
    probe = [program, *user, "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "true"]
    try:
        done = subprocess.run(probe, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return program if done.returncode == 0 else ""


def is_root() -> bool:
    """Whether we may become anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def walls(room: Room) -> list[str]:
    """The words between ``bwrap`` and the command that runs in the room."""
    words = [*APART, *_rights(room)]
    for name in SYSTEM:
        words += _bound(Path(name))
    words += ["--proc", "/proc", "--dev", "/dev"]
    for name in (room.home, "/tmp", "/dev/shm"):
        words += ["--perms", "1777", "--size", str(room.size), "--tmpfs", name]
    # After /tmp, which would hide a Python or a checkout that lives below it.
    words += _roots(BOUND)
    if not room.exercises:
        for folder in _exercises():
            words += ["--tmpfs", str(folder)]
    for folder in sorted({one for path in room.secret if (one := _hidden_by(path))}):
        words += ["--tmpfs", str(folder)]
    for inside, outside in room.read.items():
        words += [*_parents(Path(inside)), "--ro-bind", str(outside), inside]
    for inside, outside in room.write.items():
        words += ["--bind", str(outside), inside]
    return [*words, "--chdir", room.home, "--clearenv", *_set(room.environment)]


def _rights(room: Room) -> list[str]:
    """Root gives up everything (but what a later change of user needs); others are nobody."""
    if not is_root():
        return ["--unshare-user", *_no_more_users(), "--uid", NOBODY, "--gid", NOBODY]
    later = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if room.drop else []
    return ["--cap-drop", "ALL", *later]


@lru_cache(maxsize=1)
def _no_more_users() -> tuple[str, ...]:
    """No further user namespaces inside, where bubblewrap is new enough (0.8)."""
    asked = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False)
    return ("--disable-userns",) if "--disable-userns" in asked.stdout + asked.stderr else ()


def _exercises() -> Iterator[Path]:
    """The exercises of this labkit, and those of another one that is installed beside it."""
    yield EXERCISES
    for entry in sys.path:
        folder = Path(entry or ".").absolute() / "labkit" / "grading" / "exercises"
        seen = any(folder.is_relative_to(root) for root in (*BOUND, Path("/usr")))
        if folder != EXERCISES and seen and folder.is_dir():
            yield folder


def _hidden_by(path: Path) -> Path | None:
    """The largest folder around ``path`` without anything that Python needs; ``None`` where the
    room does not show it anyway."""
    if not any(path.is_relative_to(root) for root in (*BOUND, *map(Path, SYSTEM))):
        return None
    folder = path if path.is_dir() else path.parent
    found = None
    while not any(Path(one).is_relative_to(folder) for one in NEEDED):
        found, folder = folder, folder.parent
    return found


def _roots(roots: Sequence[Path]) -> list[str]:
    words: list[str] = []
    covered = [Path("/usr")]
    for root in sorted(set(roots)):
        if not any(root.is_relative_to(one) for one in covered):
            words += [*_parents(root), "--ro-bind", str(root), str(root)]
            covered.append(root)
    return words


def _set(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        yield from ("--setenv", name, value)


def _bound(path: Path) -> list[str]:
    """A system folder as it is: a link stays a link."""
    if path.is_symlink():
        return ["--symlink", os.readlink(path), str(path)]
    return ["--ro-bind-try", str(path), str(path)]


def _parents(path: Path) -> list[str]:
    """Empty folders on the way that another user may pass through."""
    made: list[str] = []
    for parent in reversed(path.parents[:-1]):
        made += ["--perms", "0755", "--dir", str(parent)]
    return made
