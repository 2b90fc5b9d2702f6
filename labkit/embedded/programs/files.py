"""Programs that change the file system: mkdir, rm, rmdir, touch, cp, mv; and names of paths."""

from __future__ import annotations

import posixpath

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.usage import USAGE


def _words(process: Process, letters: str) -> tuple[set[str], list[str]]:
    found, words = kit.options(process, letters)
    return {option[1] for option, _ in found}, words


async def mkdir(process: Process) -> int:
    """``mkdir [-p] DIRECTORY...``."""
    flags, words = _words(process, "pm:")
    if not words:
        kit.err(process, USAGE["mkdir"])
        return 1
    status = 0
    for word in words:
        where = paths.absolute(process, word)
        if paths.exists(process.files, where):
            if "p" not in flags or where in process.files:
                status = kit.complain(process, f"can't create directory '{word}': File exists")
        elif "p" not in flags and not paths.is_dir(process.files, posixpath.dirname(where)):
            why = "No such file or directory"
            status = kit.complain(process, f"can't create directory '{word}': {why}")
        else:
            process.files[where + "/"] = b""
    return status


async def rm(process: Process) -> int:
    """``rm [-rf] FILE...``."""
    flags, words = _words(process, "rRfi")
    if not words:
        if "f" in flags:
            return 0
        kit.err(process, USAGE["rm"])
        return 1
    status = 0
    for word in words:
        where = paths.absolute(process, word)
        if where in process.files:
            _gone(process, where)
        elif paths.is_dir(process.files, where):
            if not flags & {"r", "R"}:
                status = kit.complain(process, f"'{word}' is a directory")
                continue
            for name in list(paths.below(process.files, where)):
                del process.files[name]
        elif "f" not in flags:
            status = kit.complain(process, f"can't remove '{word}': No such file or directory")
    return status


def _gone(process: Process, where: str) -> None:
    """Remove a file; its folder stays, even when nothing else is in it."""
    del process.files[where]
    folder = posixpath.dirname(where)
    if folder != "/" and not paths.is_dir(process.files, folder):
        process.files[folder + "/"] = b""


async def rmdir(process: Process) -> int:
    """Only empty folders."""
    status = 0
    for word in process.argv[1:]:
        where = paths.absolute(process, word)
        if not paths.is_dir(process.files, where):
            status = kit.complain(process, f"'{word}': No such file or directory")
        elif paths.children(process.files, where):
            status = kit.complain(process, f"'{word}': Directory not empty")
        else:
            process.files.pop(where + "/", None)
    return status


async def touch(process: Process) -> int:
    """Make files that are not there."""
    flags, words = _words(process, "c")
    status = 0
    for word in words:
        try:
            if not paths.exists(process.files, paths.absolute(process, word)) and "c" not in flags:
                paths.write(process, word, b"")
        except OSError as error:
            status = kit.complain(process, f"{word}: {paths.why(error)}")
    return status


async def copy(process: Process) -> int:
    """``cp [-rv] SOURCE... DEST`` and ``mv [-v] SOURCE... DEST``."""
    flags, words = _words(process, "rRafpiv")
    moving = kit.name(process) == "mv"
    if len(words) < 2:
        kit.err(process, USAGE["mv" if moving else "cp"])
        return 1
    *sources, target = words
    status = 0
    for source in sources:
        where, goal = paths.absolute(process, source), paths.absolute(process, target)
        if paths.is_dir(process.files, goal):
            goal = posixpath.join(goal, posixpath.basename(where))
        if not paths.exists(process.files, where):
            verb = "rename" if moving else "stat"
            status = kit.complain(process, f"can't {verb} '{source}': No such file or directory")
        elif where not in process.files and not moving and not flags & {"r", "R", "a"}:
            status = kit.complain(process, f"omitting directory '{source}'")
        else:
            _copied(process, where, goal, moving)
            if "v" in flags:
                kit.out(process, f"'{source}' -> '{_shown(process, source, target)}'\n")
    return status


def _shown(process: Process, source: str, target: str) -> str:
    """The new name as ``-v`` prints it: in terms of the words of the command."""
    if paths.is_dir(process.files, paths.absolute(process, target)):
        return posixpath.join(target, posixpath.basename(source.rstrip("/")))
    return target


def _copied(process: Process, where: str, goal: str, moving: bool) -> None:
    single = where in process.files
    for name in [where] if single else list(paths.below(process.files, where)):
        process.files[goal + name[len(where) :]] = process.files[name]
        if moving and goal != where:
            if single:
                _gone(process, name)
            else:
                del process.files[name]


async def basename(process: Process) -> int:
    """``basename FILE [SUFFIX]``."""
    words = process.argv[1:]
    if not words:
        kit.err(process, USAGE["basename"])
        return 1
    found = posixpath.basename(words[0].rstrip("/")) or "/"
    if len(words) > 1 and found != words[1]:
        found = found.removesuffix(words[1])
    kit.out(process, found + "\n")
    return 0


async def dirname(process: Process) -> int:
    """``dirname FILENAME``."""
    if len(process.argv) < 2:
        kit.err(process, USAGE["dirname"])
        return 1
    kit.out(process, (posixpath.dirname(process.argv[1].rstrip("/")) or ".") + "\n")
    return 0


async def which(process: Process) -> int:
    """Where a program lies."""
    status = 0
    for word in process.argv[1:]:
        if kit.find(process.programs, word) is None:
            status = 1
        else:
            kit.out(process, (word if "/" in word else f"/bin/{word}") + "\n")
    return status
