"""``getent hosts|ahosts|passwd|group KEY...``: what the C library finds, /etc/hosts first.

As glibc's prints it.
"""

from __future__ import annotations

from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import kit, lookup

MISUSED, NOT_FOUND = 1, 2
TRY = "Try `getent --help' or `getent --usage' for more information.\n"
FILES = {"passwd": "/etc/passwd", "group": "/etc/group"}


async def getent(process: Process) -> int:
    """0 when every key was found, 2 when one was not (getent(1))."""
    words = list(process.argv[1:])
    if not words:
        return _misused(process, f"{process.argv[0]}: wrong number of arguments")
    database, keys = words[0], words[1:]
    if database in FILES:
        return _entries(process, FILES[database], keys)
    if database not in ("hosts", "ahosts", "ahostsv4"):
        return _misused(process, f"Unknown database: {database}")
    if not keys:
        return _all_hosts(process)
    found = [await _host(process, database, name) for name in keys]
    return 0 if all(found) else NOT_FOUND


async def _host(process: Process, database: str, name: str) -> bool:
    """One line an address: the address, its names; ``ahosts`` says the kind of socket."""
    line = _line_of(process, name)
    if line is not None and database == "hosts":
        kit.out(process, f"{line[0]:<15} {' '.join(line[1:])}\n")
        return True
    full, addresses = await _resolved(process, name)
    for address in addresses:
        if database == "hosts":
            kit.out(process, f"{address:<15} {full}\n")
            continue
        for kind, shown in (("STREAM", name), ("DGRAM", ""), ("RAW", "")):
            kit.out(process, f"{address:<15} {kind:<6} {shown}\n")
    return bool(addresses)


async def _resolved(process: Process, name: str) -> tuple[str, list[str]]:
    """The full name that the search list finds first, and its addresses."""
    names = lookup.config(process).candidates(name)
    for full in [name] if _line_of(process, name) else names:
        try:
            return full, await lookup.addresses(process, f"{full}.")
        except NameNotFound:
            continue
    return name, []


def _misused(process: Process, complaint: str) -> int:
    """The complaint goes to standard error, the advice to standard output."""
    kit.err(process, f"{complaint}\n")
    kit.out(process, TRY)
    return MISUSED


def _line_of(process: Process, name: str) -> list[str] | None:
    """The first line of /etc/hosts with this name or address."""
    for words in _lines(process):
        if name.lower() in (word.lower() for word in words):
            return words
    return None


def _lines(process: Process) -> list[list[str]]:
    text = process.files.get(lookup.HOSTS, b"").decode("utf-8", "replace")
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [words for words in lines if words]


def _all_hosts(process: Process) -> int:
    for words in _lines(process):
        kit.out(process, f"{words[0]:<15} {' '.join(words[1:])}\n")
    return 0


def _entries(process: Process, path: str, keys: list[str]) -> int:
    lines = process.files.get(path, b"").decode("utf-8", "replace").splitlines()
    if not keys:
        kit.out(process, "".join(line + "\n" for line in lines))
        return 0
    status = 0
    for key in keys:
        found = [line for line in lines if key in (line.split(":")[0], line.split(":")[2])]
        kit.out(process, "".join(line + "\n" for line in found))
        status = status if found else NOT_FOUND
    return status
