"""The runtime folder: the one place where labkit keeps what a running cluster needs.

``$LABKIT_HOME``, else the user's state folder, else (a home that cannot be written to) a
private folder among the temporary files.  Folders have mode 0700, files 0600.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import ClusterError
from labkit.words import Words

PRIVATE = 0o700
CLUSTERS = ("embedded", "kind", "kubeconfig")
"""The folders in it, one for each back end that keeps something."""
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True, slots=True)
class Home:
    """The runtime folder.  ``chosen`` tells that the user named it (``$LABKIT_HOME``);
    ``temporary`` that the user's own folders could not be written to."""

    folder: Path
    chosen: bool = False
    temporary: bool = False


def find_home(environment: Mapping[str, str], words: Words) -> Home:
    """Where the runtime folder is or would be; makes it, and checks that it can be written to.

    Raises ``ClusterError`` with the folder, the reason and the next step.
    """
    named = environment.get("LABKIT_HOME", "")
    if named:
        folder = Path(named).expanduser().absolute()
        make_usable(folder, words)
        return Home(folder, chosen=True)
    try:
        folder = user_folder()
        make_usable(folder, words)
        return Home(folder)
    except ReadOnly:
        folder = Path(tempfile.gettempdir()) / f"labkit-{user_name()}"
        make_private(folder, words)
        return Home(folder, temporary=True)


class ReadOnly(ClusterError):
    """The folder cannot be written to, but another one may be."""


class DiskFull(ClusterError):
    """The disk that holds the folder has no room left."""


def user_folder() -> Path:
    """The folder for state that the system names for this user (not made yet)."""
    from platformdirs import user_state_path

    return user_state_path("labkit", appauthor=False)


def user_name() -> str:
    """A name for this user in a shared folder."""
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def make_usable(folder: Path, words: Words) -> None:
    """``make_private``; a disk that is full is no reason not to ask, or to remove, a cluster that
    is there already."""
    try:
        make_private(folder, words)
    except DiskFull:
        if not any((folder / name).is_dir() for name in CLUSTERS):
            raise


def changed(path: Path) -> float:
    """When the file was last written (seconds since the epoch); 0 for none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def make_private(folder: Path, words: Words, room: int = 4096) -> None:
    """Make the folder with mode 0700 and try to write ``room`` bytes into it.

    A folder that was there before keeps its mode, but must be this user's own.
    """
    try:
        there = folder.is_dir()
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        if not is_ours(folder):
            raise ClusterError(
                words("cluster.not_ours", folder=folder), words("cluster.folder.fix")
            )
        if not there:
            folder.chmod(PRIVATE)  # whatever the umask is
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".try-") as probe:
            probe.write(b"x" * room)
            probe.flush()
    except OSError as error:
        raise folder_error(folder, error, words) from error


def is_ours(folder: Path) -> bool:
    """Whether this is a true folder that belongs to this user."""
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode):
        return stat.S_ISLNK(about.st_mode) and is_ours_through_link(folder)
    return not hasattr(os, "getuid") or about.st_uid == os.getuid()


def is_ours_through_link(folder: Path) -> bool:
    """A link is followed only if the link itself and what it names are this user's."""
    if not hasattr(os, "getuid"):
        return folder.is_dir()
    mine = os.getuid()
    return folder.lstat().st_uid == mine and folder.is_dir() and folder.stat().st_uid == mine


def folder_error(folder: Path, error: OSError, words: Words) -> ClusterError:
    """The one line for a folder that cannot be used."""
    if error.errno in FULL:
        return DiskFull(words("cluster.disk_full", folder=folder), words("cluster.disk_full.fix"))
    reason = error.strerror or type(error).__name__
    return ReadOnly(
        words("cluster.folder", folder=folder, reason=reason), words("cluster.folder.fix")
    )
