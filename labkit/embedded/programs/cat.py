"""``cat [FILE...]``: standard input is passed on as it comes."""

from __future__ import annotations

from labkit.embedded.interfaces import Process
from labkit.embedded.programs import kit, paths


async def cat(process: Process) -> int:
    status = 0
    for path in [word for word in process.argv[1:] if not word.startswith("-") or word == "-"] or [
        "-"
    ]:
        if path == "-":
            while process.stdin is not None and (data := await process.stdin.read()):
                process.stdout(data)
            continue
        try:
            process.stdout(paths.read(process, path))
        except IsADirectoryError:
            status = kit.complain(process, "read error: Is a directory")
        except OSError as error:
            status = kit.complain(process, f"can't open '{path}': {paths.why(error)}")
    return status
