"""The runtime folder: private, where the user wants it, and one line when it cannot be."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from labkit.cluster import paths
from labkit.errors import ClusterError
from labkit.words import Words

WORDS = Words("en")
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def mode(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_named_folder_is_made_private(tmp_path: Path) -> None:
    """LABKIT_HOME is made with mode 0700 whatever the umask is, and nothing is left in it."""
    before = os.umask(0)
    try:
        home = paths.find_home({"LABKIT_HOME": str(tmp_path / "a" / "b")}, WORDS)
    finally:
        os.umask(before)
    assert home.chosen
    assert mode(home.folder) == 0o700
    assert list(home.folder.iterdir()) == []


@posix
def test_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    """A folder of the user's own is used and not changed."""
    tmp_path.chmod(0o755)
    paths.find_home({"LABKIT_HOME": str(tmp_path)}, WORDS)
    assert mode(tmp_path) == 0o755


def test_named_folder_that_cannot_be(tmp_path: Path) -> None:
    """A LABKIT_HOME that cannot be written to is an error with the next step, no other folder."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ClusterError) as caught:
        paths.find_home({"LABKIT_HOME": str(tmp_path / "file" / "home")}, WORDS)
    assert str(tmp_path / "file" / "home") in caught.value.what
    assert "LABKIT_HOME" in caught.value.fix
    assert "\n" not in str(caught.value)


def test_read_only_home_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that cannot be written to: a private folder among the temporary files is used."""
    (tmp_path / "home").write_text("", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "home" / "state" / "labkit")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    home = paths.find_home({}, WORDS)
    assert home.temporary
    assert home.folder.parent == tmp_path / "temporary"
    if sys.platform != "win32":
        assert mode(home.folder) == 0o700


def test_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is one line that says so, and no other folder is taken."""

    def full(**_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(paths, "user_folder", lambda: tmp_path / "labkit")
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    with pytest.raises(ClusterError, match="full") as caught:
        paths.find_home({}, WORDS)
    assert "Free some space" in caught.value.fix


@posix
def test_folder_of_somebody_else(tmp_path: Path) -> None:
    """A folder that belongs to another user is refused."""
    if os.getuid() != 0:
        pytest.skip("only root can make another user's folder")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    with pytest.raises(ClusterError, match="someone else"):
        paths.find_home({"LABKIT_HOME": str(theirs)}, WORDS)
    (tmp_path / "link").symlink_to(theirs)
    with pytest.raises(ClusterError, match="someone else"):
        paths.find_home({"LABKIT_HOME": str(tmp_path / "link")}, WORDS)
