"""``getent hosts|ahosts NAME...``: what the C library finds, /etc/hosts first."""

from __future__ import annotations

from labkit.embedded.dns import resolver
from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import kit, lookup

NOT_FOUND, UNKNOWN_DATABASE = 2, 1
FILES = {"passwd": "/etc/passwd", "group": "/etc/group"}


async def getent(process: Process) -> int:
    """0 when every key was found, 2 when one was not (getent(1))."""
    words = list(process.argv[1:])
    if not words:
        kit.err(process, "Usage: getent database [key...]\n")
        return UNKNOWN_DATABASE
    database, keys = words[0], words[1:]
    if database in FILES:
        return _entries(process, FILES[database], keys)
    if database not in ("hosts", "ahosts", "ahostsv4"):
        kit.err(process, f"Unknown database: {database}\n")
        return UNKNOWN_DATABASE
    if not keys:
        return _all_hosts(process)
    found = [await _host(process, database, name) for name in keys]
    return 0 if all(found) else NOT_FOUND


async def _host(process: Process, database: str, name: str) -> bool:
    """One line an address: the address, its names; ``ahosts`` says the kind of socket."""
    config = lookup.config(process)
    line = _line_of(process, name)
    if line is not None and database == "hosts":
        kit.out(process, f"{line[0]:<15} {' '.join(line[1:])}\n")
        return True
    try:
        addresses = await lookup.addresses(process, name)
    except NameNotFound:
        return False
    full = _full_name(name, config)
    for address in addresses:
        if database == "hosts":
            kit.out(process, f"{address:<15} {full}\n")
            continue
        for kind, shown in (("STREAM", name), ("DGRAM", ""), ("RAW", "")):
            kit.out(process, f"{address:<15} {kind:<6} {shown}".rstrip() + "\n")
    return True


def _full_name(name: str, config: resolver.Config) -> str:
    """The name as it is asked for first."""
    if resolver.is_address(name) or name.count(".") >= config.ndots or not config.search:
        return name.rstrip(".")
    return f"{name}.{config.search[0]}"


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
