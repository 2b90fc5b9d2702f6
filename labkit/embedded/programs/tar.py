"""``tar``: what ``kubectl cp`` needs (``cf -``, ``xmf -``), and a little more."""

from __future__ import annotations

import io
import posixpath
import tarfile

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.usage import USAGE


async def tar(process: Process) -> int:
    """Create, extract or list; the first word may leave out its dash."""
    words = list(process.argv[1:])
    if words and not words[0].startswith("-"):
        words[0] = "-" + words[0]
    flags, archive, folder, names = _parsed(words)
    modes = [letter for letter in "cxt" if letter in flags]
    if len(modes) != 1:
        kit.err(process, USAGE["tar"])
        return 1
    base = paths.absolute(process, folder)
    try:
        if modes == ["c"]:
            return _create(process, archive, base, names, flags)
        data = await kit.read_all(process) if archive == "-" else paths.read(process, archive)
        return _extract(process, data, base, names, flags)
    except (OSError, tarfile.TarError) as error:
        why = paths.why(error) if isinstance(error, OSError) else "invalid tar magic"
        return kit.complain(process, f"{archive}: {why}")


def _parsed(words: list[str]) -> tuple[str, str, str, list[str]]:
    """Letters, archive, folder, operands."""
    letters, archive, folder, names = "", "-", ".", []
    while words:
        word = words.pop(0)
        if word == "-C" and words:
            folder = words.pop(0)
        elif word.startswith("--"):
            continue
        elif word.startswith("-") and len(word) > 1:
            letters += word[1:]
            if "f" in word and words:
                archive = words.pop(0)
            if "C" in word and words:
                folder = words.pop(0)
        else:
            names.append(word)
    return letters, archive, folder, names


def _create(process: Process, archive: str, base: str, names: list[str], flags: str) -> int:
    status, buffer = 0, io.BytesIO()
    mode = "w:gz" if "z" in flags else "w:"
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.GNU_FORMAT) as pack:  # type: ignore[call-overload]
        for name in names:
            where = posixpath.normpath(posixpath.join(base, name))
            if not paths.exists(process.files, where):
                status = kit.complain(process, f"{name}: No such file or directory")
                continue
            _add(process, pack, name.lstrip("/") or ".", where)
    if archive == "-":
        process.stdout(buffer.getvalue())
    else:
        paths.write(process, archive, buffer.getvalue())
    return status


def _add(process: Process, pack: tarfile.TarFile, shown: str, where: str) -> None:
    folder = paths.is_dir(process.files, where)
    info = tarfile.TarInfo(shown)
    info.mtime = int(process.clock.now())
    info.mode = 0o755 if folder else 0o644
    if folder:
        info.type = tarfile.DIRTYPE
        pack.addfile(info)
        for name in paths.children(process.files, where):
            _add(process, pack, posixpath.join(shown, name), posixpath.join(where, name))
        return
    data = process.files[where]
    info.size = len(data)
    pack.addfile(info, io.BytesIO(data))


def _extract(process: Process, data: bytes, base: str, names: list[str], flags: str) -> int:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:*") as pack:
        for info in pack:
            if names and not f"{info.name}/".startswith(tuple(f"{one}/" for one in names)):
                continue
            if "t" in flags:
                kit.out(process, info.name + "\n")
                continue
            where = posixpath.normpath(posixpath.join(base, info.name.lstrip("/")))
            if info.isdir():
                process.files[where.rstrip("/") + "/"] = b""
            elif info.isfile():
                content = pack.extractfile(info)
                process.files[where] = content.read() if content else b""
            if "v" in flags:
                kit.err(process, info.name + "\n")
    return 0
