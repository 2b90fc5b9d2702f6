"""The container's file system as programs see it: a mapping of absolute paths to bytes.

A folder is there when something lies below it, or when it was made: then its own path with a
slash behind it is a key with empty content.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, MutableMapping

from labkit.embedded.interfaces import Process

Files = MutableMapping[str, bytes]

BUILT_IN = ("/", "/bin", "/dev", "/etc", "/home", "/proc", "/root", "/tmp", "/usr", "/var")
"""Folders that every image has, with or without files in them."""


def absolute(process: Process, path: str) -> str:
    """``path`` from the root, without ``.`` and ``..``."""
    joined = posixpath.normpath(posixpath.join(process.workdir, path))
    return "/" + joined.lstrip("/")


def is_dir(files: Files, path: str) -> bool:
    """Whether an absolute path is a folder."""
    if path in BUILT_IN or path.rstrip("/") + "/" in files:
        return True
    below = path.rstrip("/") + "/"
    return any(name.startswith(below) for name in files)


def exists(files: Files, path: str) -> bool:
    """Whether anything is there: a file, a folder or ``/dev/null``."""
    return path in files or path == "/dev/null" or is_dir(files, path)


def read(process: Process, path: str) -> bytes:
    """The content of a file.  Raises ``FileNotFoundError`` or ``IsADirectoryError``."""
    where = absolute(process, path)
    if where == "/dev/null":
        return b""
    if where in process.files:
        return process.files[where]
    if is_dir(process.files, where):
        raise IsADirectoryError(path)
    raise FileNotFoundError(path)


def write(process: Process, path: str, data: bytes, *, append: bool = False) -> None:
    """Set or lengthen a file.  Raises ``FileNotFoundError`` when its folder is missing."""
    where = absolute(process, path)
    if where == "/dev/null":
        return
    if is_dir(process.files, where):
        raise IsADirectoryError(path)
    if not is_dir(process.files, posixpath.dirname(where)):
        raise FileNotFoundError(path)
    process.files[where] = (process.files.get(where, b"") if append else b"") + data


def children(files: Files, folder: str) -> list[str]:
    """Names in a folder, sorted."""
    below = folder.rstrip("/") + "/"
    found = {name[len(below) :].split("/")[0] for name in files if name.startswith(below)}
    if folder == "/":
        found |= {name[1:] for name in BUILT_IN}
    return sorted(found - {""})


def below(files: Files, folder: str) -> Iterator[str]:
    """Every path under a folder, and the folder's own key."""
    start = folder.rstrip("/") + "/"
    for name in sorted(files):
        if name.startswith(start):
            yield name


def why(error: OSError) -> str:
    """The words of the C library for what went wrong with a file."""
    words = {
        FileNotFoundError: "No such file or directory",
        IsADirectoryError: "Is a directory",
        NotADirectoryError: "Not a directory",
        FileExistsError: "File exists",
    }
    return words.get(type(error), error.strerror or "Input/output error")
