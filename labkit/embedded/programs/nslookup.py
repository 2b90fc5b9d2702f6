"""``nslookup [-type=T] HOST [SERVER]`` as busybox 1.37 has it, words and blank lines."""

from __future__ import annotations

from labkit.embedded.dns import wire
from labkit.embedded.dns.resolver import is_address
from labkit.embedded.dns.zone import reverse
from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import kit, lookup
from labkit.embedded.programs.usage import USAGE

CODES = {
    wire.FORMERR: "FORMERR", wire.SERVFAIL: "SERVFAIL", wire.NXDOMAIN: "NXDOMAIN",
    wire.NOTIMP: "NOTIMP", wire.REFUSED: "REFUSED",
}  # fmt: skip
TIMEOUT = 5.0


async def nslookup(process: Process) -> int:
    """1 when a name has no answer, else 0."""
    words = [word for word in process.argv[1:] if not word.startswith("-")]
    kinds = _kinds(process)
    if kinds is None or not 1 <= len(words) <= 2:
        kit.err(process, USAGE["nslookup"])
        return 1
    config = lookup.config(process)
    server = words[1] if len(words) > 1 else next(iter(config.servers), "127.0.0.1")
    try:
        address = (await lookup.addresses(process, server))[0]
    except NameNotFound:
        return kit.complain(process, f"can't resolve '{server}'")
    queries = [(name, kind) for kind, name in _queries(words[0], kinds, config.search)]
    return await _ask_all(process, address, queries)


def _kinds(process: Process) -> list[int]:
    """The types of ``-type=A`` and the like; empty when none is asked for."""
    found = []
    for word in process.argv[1:]:
        option, _, value = word.partition("=")
        if option in ("-type", "-querytype", "-q") and value.upper() in wire.TYPES:
            found.append(wire.TYPES[value.upper()])
    return found


def _queries(name: str, kinds: list[int], search: tuple[str, ...]) -> list[tuple[int, str]]:
    """An address is looked up backwards; a name without a dot with every suffix."""
    if not kinds and is_address(name):
        return [(wire.PTR, reverse(name))]
    names = [name.rstrip(".")]
    if "." not in name and search:
        names = [f"{name}.{suffix}" for suffix in search]
    return [(kind, full) for kind in kinds or (wire.A, wire.AAAA) for full in names]


async def _ask_all(process: Process, server: str, queries: list[tuple[str, int]]) -> int:
    shown, status = [], 0
    for number, (name, kind) in enumerate(queries, 1):
        try:
            data = wire.query(number, name, kind)
            answer = wire.parse(await process.net.datagram(server, 53, data, timeout=TIMEOUT))
        except (OSError, TimeoutError):
            kit.out(process, ";; connection timed out; no servers could be reached\n\n")
            return 1
        except wire.BadDns:
            return kit.complain(process, f"invalid name '{name}'")
        shown.append(_shown(answer, name))
        status = status or int(answer.code != wire.NOERROR)
    kit.out(process, f"Server:\t\t{server}\nAddress:\t{server}:53\n\n")
    kit.out(process, "\n".join(shown) + "\n")
    return status


def _shown(answer: wire.Message, name: str) -> str:
    """What is printed of one answer, with a blank line behind it."""
    if answer.code != wire.NOERROR:
        return f"** server can't find {name}: {CODES.get(answer.code, str(answer.code))}\n"
    return "".join(_record(record) for record in answer.answers)


def _record(record: wire.Record) -> str:
    data = record.data
    if isinstance(data, bytes):
        return f'{record.name}\ttext = "{data[1:].decode("utf-8", "replace")}"\n'
    if record.kind == wire.A:
        return f"Name:\t{record.name}\nAddress: {data}\n"
    if record.kind == wire.CNAME:
        return f"{record.name}\tcanonical name = {data}\n"
    if record.kind == wire.PTR:
        return f"{record.name}\tname = {data}\n"
    if isinstance(data, wire.Service):
        numbers = f"{data.priority} {data.weight} {data.port}"
        return f"{record.name}\tservice = {numbers} {data.target}\n"
    return f"{record.name}\t{data}\n"
