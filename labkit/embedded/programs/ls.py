"""``ls [-la1d] [FILE...]``: one name a line where nobody looks, columns on a terminal."""

from __future__ import annotations

import datetime
import posixpath

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths


async def ls(process: Process) -> int:
    """1 when something is not there."""
    try:
        found, words = kit.options(process, "la1dAhRtrF")
    except kit.UsageMistake as error:
        return kit.complain(process, str(error))
    flags = {option[1] for option, _ in found}
    status, plain, folders = 0, [], []
    for word in words or ["."]:
        where = paths.absolute(process, word)
        if not paths.exists(process.files, where):
            status = kit.complain(process, f"{word}: No such file or directory")
        elif paths.is_dir(process.files, where) and "d" not in flags:
            folders.append((word, where))
        else:
            plain.append((word, where))
    _show(process, plain, flags)
    for index, (word, where) in enumerate(folders):
        if len(words) > 1:
            kit.out(process, ("\n" if index or plain else "") + f"{word}:\n")
        if "l" in flags:
            kit.out(process, "total 0\n")
        _show(process, _inside(process, where, flags), flags)
    return status


def _inside(process: Process, where: str, flags: set[str]) -> list[tuple[str, str]]:
    names = _children(process, where)
    if not flags & {"a", "A"}:
        names = [name for name in names if not name.startswith(".")]
    if "a" in flags:
        names = [".", "..", *names]
    return [(name, posixpath.normpath(posixpath.join(where, name))) for name in names]


def _children(process: Process, where: str) -> list[str]:
    """Names in a folder; in ``/bin`` the image's programs."""
    names = set(paths.children(process.files, where))
    if where in kit.BIN_FOLDERS[:1]:
        names |= {name for name in process.programs if "/" not in name}
    if where == "/":
        names |= {name[1:] for name in process.programs if name.count("/") == 1}
    return sorted(names)


def _show(process: Process, entries: list[tuple[str, str]], flags: set[str]) -> None:
    if not entries:
        return
    if "l" in flags:
        kit.out(process, "".join(_long(process, name, where) for name, where in entries))
    elif process.tty and "1" not in flags:
        kit.out(process, "  ".join(name for name, _ in entries) + "\n")
    else:
        kit.out(process, "".join(name + "\n" for name, _ in entries))


def _long(process: Process, name: str, where: str) -> str:
    """Everything belongs to root and was made when the container was."""
    folder = paths.is_dir(process.files, where)
    size = 4096 if folder else len(process.files.get(where, b""))
    moment = datetime.datetime.fromtimestamp(process.clock.now(), datetime.UTC)
    day = moment.strftime("%b ") + f"{moment.day:2} " + moment.strftime("%H:%M")
    mode, links = ("drwxr-xr-x", 2) if folder else ("-rw-r--r--", 1)
    return f"{mode} {links:4} {'root':8} {'root':8} {size:9} {day} {name}\n"
