"""``nslookup [-type=T] HOST [SERVER]`` of BIND: in agnhost and in the image for debugging DNS.

Unlike busybox' it uses the search list as the resolver does, and shows only what was found.
"""

from __future__ import annotations

from labkit.embedded.dns import wire
from labkit.embedded.dns.resolver import is_address
from labkit.embedded.dns.zone import reverse
from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import dnstext, kit, lookup
from labkit.embedded.programs.sockets import why

TIMEOUT = 5.0


async def nslookup(process: Process) -> int:
    """1 when the name has no answer or no server answers."""
    words = [word for word in process.argv[1:] if not word.startswith("-")]
    if not 1 <= len(words) <= 2:
        kit.err(process, "Usage: nslookup [-type=T] host [server]\n")
        return 1
    config = lookup.config(process)
    server = words[1] if len(words) > 1 else next(iter(config.servers), "127.0.0.1")
    try:
        address = (await lookup.addresses(process, server))[0]
    except NameNotFound:
        kit.out(process, f"nslookup: couldn't get address for '{server}': not found\n")
        return 1
    kinds = _kinds(process)
    name = words[0]
    if is_address(name):
        return await _ask(process, address, name, [reverse(name)], [wire.PTR])
    return await _ask(process, address, name, config.candidates(name), kinds)


def _kinds(process: Process) -> list[int]:
    """What ``-type=`` names; an address of either family without it."""
    for word in process.argv[1:]:
        option, _, value = word.partition("=")
        if option in ("-type", "-query", "-querytype", "-q") and value.upper() in wire.TYPES:
            return [wire.TYPES[value.upper()]]
    return [wire.A, wire.AAAA]


async def _ask(
    process: Process, server: str, shown: str, names: list[str], kinds: list[int]
) -> int:
    """The first of the names that exists."""
    code = wire.NXDOMAIN
    for name in names:
        answers = []
        for number, kind in enumerate(kinds, 1):
            try:
                data = wire.query(number, name, kind)
                said = await process.net.datagram(server, 53, data, timeout=TIMEOUT)
                answers.append(wire.parse(said))
            except OSError as error:
                told = "timed out" if isinstance(error, TimeoutError) else why(error).lower()
                kit.out(process, f";; communications error to {server}#53: {told}\n")
                kit.out(process, ";; no servers could be reached\n\n")
                return 1
        code = answers[0].code
        if code == wire.NOERROR:
            return _found(process, server, kinds, answers)
    if code == wire.SERVFAIL:
        kit.out(process, f";; Got SERVFAIL reply from {server}\n")
    if kinds != [wire.PTR]:
        kit.out(process, _server(server))
    kit.out(process, f"** server can't find {shown}: {dnstext.CODES[code]}\n\n")
    return 1


def _found(process: Process, server: str, kinds: list[int], answers: list[wire.Message]) -> int:
    lines = list(dict.fromkeys(_line(one) for answer in answers for one in answer.answers))
    if not lines:
        lines = [f"*** Can't find {answers[0].name}: No answer\n"]
    head = "" if kinds == [wire.PTR] else _server(server)
    kit.out(process, head + "".join(lines) + "\n")
    return 0


def _server(server: str) -> str:
    return f"Server:\t\t{server}\nAddress:\t{server}#53\n\n"


def _line(one: wire.Record) -> str:
    if one.kind == wire.A:
        return f"Name:\t{one.name}\nAddress: {dnstext.data(one)}\n"
    said = {
        wire.CNAME: "canonical name", wire.PTR: "name", wire.SRV: "service", wire.TXT: "text",
    }.get(one.kind, dnstext.TYPE_NAMES.get(one.kind, ""))  # fmt: skip
    return f"{one.name}\t{said} = {dnstext.data(one)}\n"
