"""``dig [@SERVER] [NAME] [TYPE] [+short|+search|+tcp|+noall ...] [-x ADDRESS]`` (BIND 9.18).

A name is asked for as it is written; only with ``+search`` the suffixes of /etc/resolv.conf are
tried.
"""

from __future__ import annotations

import asyncio
import datetime
import struct
from dataclasses import dataclass, field

from labkit.embedded.dns import wire
from labkit.embedded.dns.resolver import Config, is_address
from labkit.embedded.dns.zone import reverse
from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import dnstext, kit, lookup
from labkit.embedded.programs.sockets import why

VERSION = "9.18.27"
TRIES, TIMEOUT = 3, 5.0
SECTIONS = ("cmd", "comments", "question", "answer", "authority", "additional", "stats")
NO_SERVER = 9
LOCAL = (
    ";; WARNING: .local is reserved for Multicast DNS\n"
    ";; You are currently testing what happens when an mDNS query is leaked to DNS\n"
)


@dataclass(slots=True)
class Wish:
    """What the command line asks for."""

    name: str = "."
    kind: int = wire.A
    server: str = ""
    short: bool = False
    search: bool = False
    tcp: bool = False
    tries: int = TRIES
    timeout: float = TIMEOUT
    shown: set[str] = field(default_factory=lambda: set(SECTIONS))


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer, its size in bytes and the seconds it took."""

    message: wire.Message
    size: int
    seconds: float


async def dig(process: Process) -> int:
    """0 when a server answered, whatever it said; 9 when none did."""
    try:
        wish = _wish(list(process.argv[1:]))
    except ValueError as mistake:
        kit.err(process, f"Invalid option: {mistake}\nUsage:  dig [@server] [name] [type] ...\n")
        return 1
    config = lookup.config(process)
    server = wish.server or next(iter(config.servers), "127.0.0.1")
    try:
        address = (await lookup.addresses(process, server))[0]
    except NameNotFound:
        kit.err(process, f"dig: couldn't get address for '{server}': not found\n")
        return 10
    words = " ".join(process.argv[1:])
    heard = None
    for name in _names(wish, config):
        heard = await _asked(process, wish, name, address)
        if heard is None or heard.message.answers:
            break
    if not wish.short and "cmd" in wish.shown:
        found = "; (1 server found)\n" if wish.server else ""
        kit.out(process, f"\n; <<>> DiG {VERSION} <<>> {words}\n{found};; global options: +cmd\n")
    if heard is None:
        kit.out(process, ";; no servers could be reached\n")
        return NO_SERVER
    kit.out(process, _short(heard) if wish.short else _whole(process, wish, heard, address))
    return 0


def _wish(words: list[str]) -> Wish:
    """Raises ``ValueError`` with the option that is not known."""
    wish = Wish()
    while words:
        word = words.pop(0)
        if word.startswith("@"):
            wish.server = word[1:]
        elif word.startswith("+"):
            _option(wish, word[1:])
        elif word == "-x" and words and is_address(words[0]):
            wish.name, wish.kind = reverse(words.pop(0)), wire.PTR
        elif word in ("-t", "-q") and words:
            value = words.pop(0)
            if word == "-t":
                wish.kind = wire.TYPES[value.upper()]
            else:
                wish.name = value
        elif word.startswith("-"):
            if word not in ("-4", "-u"):
                raise ValueError(word)
        elif word.upper() in wire.TYPES:
            wish.kind = wire.TYPES[word.upper()]
        elif word.upper() != "IN":
            wish.name = word
    return wish


def _option(wish: Wish, option: str) -> None:
    name, _, value = option.partition("=")
    on, bare = not name.startswith("no"), name.removeprefix("no")
    if bare in ("short", "search", "tcp"):
        setattr(wish, bare, on)
    elif bare == "vc":
        wish.tcp = on
    elif name in ("tries", "time", "timeout", "retry") and value.isdigit():
        if name in ("tries", "retry"):
            wish.tries = int(value) + (name == "retry")
        else:
            wish.timeout = float(value)
    elif bare == "all":
        wish.shown = set(SECTIONS) if on else set()
    elif bare in SECTIONS:
        (wish.shown.add if on else wish.shown.discard)(bare)
    elif bare not in ("edns", "recurse", "cookie", "stats", "ttlid", "multiline"):
        raise ValueError(f"+{option}")


def _names(wish: Wish, config: Config) -> list[str]:
    if not wish.search:
        return [wish.name.rstrip(".")]
    return config.candidates(wish.name)


async def _asked(process: Process, wish: Wish, name: str, address: str) -> Heard | None:
    """The answer to one question, or None after all tries."""
    for number in range(1, wish.tries + 1):
        began = process.clock.monotonic()
        try:
            data = wire.query(number, name, wish.kind)
            said = await (_by_tcp if wish.tcp else _by_udp)(process, address, data, wish.timeout)
            return Heard(wire.parse(said), len(said), process.clock.monotonic() - began)
        except (TimeoutError, OSError, wire.BadDns, asyncio.IncompleteReadError) as error:
            told = why(error).lower() if isinstance(error, OSError) else "bad packet"
            told = "timed out" if isinstance(error, TimeoutError) else told
            kit.out(process, f";; communications error to {address}#53: {told}\n")
    return None


async def _by_udp(process: Process, address: str, data: bytes, limit: float) -> bytes:
    return await process.net.datagram(address, 53, data, timeout=limit)


async def _by_tcp(process: Process, address: str, data: bytes, limit: float) -> bytes:
    """Two bytes of length stand in front of a message (RFC 7766)."""
    stream = await process.net.connect(address, 53, timeout=limit)
    try:
        await stream.write(struct.pack("!H", len(data)) + data)
        (size,) = struct.unpack("!H", await stream.readexactly(2))
        return await stream.readexactly(size)
    finally:
        stream.close()


def _short(heard: Heard) -> str:
    return "".join(dnstext.data(one) + "\n" for one in heard.message.answers)


def _whole(process: Process, wish: Wish, heard: Heard, address: str) -> str:
    message, shown = heard.message, wish.shown
    parts: list[str] = []
    if "comments" in shown:
        parts.append(_head(message))
    if "question" in shown:
        line = dnstext.question(message.name, message.kind)
        parts.append(f";; QUESTION SECTION:\n;{line}\n\n" if "comments" in shown else f";{line}\n")
    for title, records in (
        ("answer", message.answers), ("authority", message.authority),
        ("additional", message.extra),
    ):  # fmt: skip
        if title in shown and records:
            lines = "".join(dnstext.record(one) + "\n" for one in records)
            if "comments" in shown:
                lines = f";; {title.upper()} SECTION:\n{lines}\n"
            parts.append(lines)
    if "stats" in shown:
        now = datetime.datetime.fromtimestamp(process.clock.now(), datetime.UTC)
        parts.append(
            f";; Query time: {int(heard.seconds * 1000)} msec\n"
            f";; SERVER: {address}#53({address}) ({'TCP' if wish.tcp else 'UDP'})\n"
            f";; WHEN: {now:%a %b %d %H:%M:%S UTC %Y}\n"
            f";; MSG SIZE  rcvd: {heard.size}\n\n"
        )
    return "".join(parts)


def _head(message: wire.Message) -> str:
    counts = (len(part) for part in (message.answers, message.authority, message.extra))
    answers, authority, extra = counts
    leak = LOCAL if f".{message.name}".endswith(".local") else ""
    return (
        f";; Got answer:\n{leak};; ->>HEADER<<- opcode: QUERY, status: "
        f"{dnstext.CODES.get(message.code, str(message.code))}, id: {message.identifier}\n"
        f";; flags: qr aa rd; QUERY: 1, ANSWER: {answers}, AUTHORITY: {authority}, "
        f"ADDITIONAL: {extra}\n;; WARNING: recursion requested but not available\n\n"
    )
