"""What most programs need: words out, options in, lines from files or standard input."""

from __future__ import annotations

import getopt
from collections.abc import Mapping, Sequence

from labkit.embedded.interfaces import Process, Program
from labkit.embedded.programs import paths


class UsageMistake(Exception):
    """A command line that the program cannot take; the text is what it says of it."""


def out(process: Process, text: str) -> None:
    """Write text to standard output."""
    process.stdout(text.encode("utf-8", "surrogateescape"))


def err(process: Process, text: str) -> None:
    """Write text to standard error."""
    process.stderr(text.encode("utf-8", "surrogateescape"))


def name(process: Process) -> str:
    """The program's own name, as it prints it in front of errors."""
    return process.argv[0].rsplit("/", 1)[-1]


def complain(process: Process, text: str, status: int = 1) -> int:
    """``name: text`` on standard error; gives ``status`` back."""
    err(process, f"{name(process)}: {text}\n")
    return status


def options(
    process: Process, short: str, long: Sequence[str] = (), *, mixed: bool = True
) -> tuple[list[tuple[str, str]], list[str]]:
    """Options and operands, as getopt(3) reads them.  Raises ``UsageMistake`` in its words."""
    parse = getopt.gnu_getopt if mixed else getopt.getopt
    try:
        found, rest = parse(list(process.argv[1:]), short, list(long))
    except getopt.GetoptError as error:
        if "requires argument" in error.msg and len(error.opt) == 1:
            raise UsageMistake(f"option requires an argument -- '{error.opt}'") from None
        if len(error.opt) == 1:
            raise UsageMistake(f"invalid option -- '{error.opt}'") from None
        raise UsageMistake(f"unrecognized option '--{error.opt}'") from None
    return found, rest


async def read_all(process: Process) -> bytes:
    """Everything on standard input."""
    parts = []
    if process.stdin is not None:
        while data := await process.stdin.read():
            parts.append(data)
    return b"".join(parts)


async def inputs(process: Process, names: Sequence[str]) -> tuple[list[tuple[str, bytes]], int]:
    """Contents of the named files (``-``, or none named: standard input), and the status.

    A file that cannot be read is complained about, as busybox does, and left out.
    """
    found: list[tuple[str, bytes]] = []
    status = 0
    for path in names or ("-",):
        try:
            data = await read_all(process) if path == "-" else paths.read(process, path)
        except IsADirectoryError:
            status = complain(process, "read error: Is a directory")
            continue
        except OSError as error:
            status = complain(process, f"can't open '{path}': {paths.why(error)}")
            continue
        found.append((path, data))
    return found, status


def find(programs: Mapping[str, Program], command: str) -> Program | None:
    """A program by its full path, then by its base name (``/bin/wget`` is ``wget``)."""
    if command in programs:
        return programs[command]
    base = command.rsplit("/", 1)[-1]
    if "/" not in command or command.rsplit("/", 1)[0] in BIN_FOLDERS:
        return programs.get(base)
    return None


BIN_FOLDERS = ("/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")
"""Where an image's programs lie; a base name is found in any of them."""


def seconds(text: str) -> float:
    """``1``, ``0.5``, ``2m``, ``1h``, ``1d`` in seconds.  Raises ``ValueError``."""
    scale = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
    if text and text[-1] in scale:
        return _plain(text[:-1]) * scale[text[-1]]
    return _plain(text)


def _plain(text: str) -> float:
    if not text or not text.replace(".", "", 1).isdigit() or not text.isascii():
        raise ValueError(text)
    return float(text)
