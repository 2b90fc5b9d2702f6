"""A small ``redis-server`` and ``redis-cli``: strings, counters, PING, INFO."""

from __future__ import annotations

from collections.abc import Callable

from labkit.embedded.interfaces import NameNotFound, Peer, Process
from labkit.embedded.programs import kit, lookup
from labkit.embedded.programs.signals import until_terminated
from labkit.embedded.programs.sockets import why
from labkit.embedded.streams import Stream

VERSION = "7.4.0"
PORT = 6379
Reply = bytes
Command = Callable[[dict[bytes, bytes], list[bytes]], Reply]


class Refused(Exception):
    """What the server says to a command that it cannot carry out."""


def _bulk(value: bytes | None) -> Reply:
    return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)


def _set(data: dict[bytes, bytes], words: list[bytes]) -> Reply:
    data[words[0]] = words[1]
    return b"+OK\r\n"


def _add(data: dict[bytes, bytes], words: list[bytes], step: int) -> Reply:
    try:
        value = int(data.get(words[0], b"0")) + step
    except ValueError:
        raise Refused("ERR value is not an integer or out of range") from None
    data[words[0]] = b"%d" % value
    return b":%d\r\n" % value


def _delete(data: dict[bytes, bytes], words: list[bytes]) -> Reply:
    return b":%d\r\n" % sum(data.pop(word, None) is not None for word in words)


def _keys(data: dict[bytes, bytes], words: list[bytes]) -> Reply:
    return b"*%d\r\n" % len(data) + b"".join(_bulk(key) for key in sorted(data))


def _flush(data: dict[bytes, bytes], words: list[bytes]) -> Reply:
    data.clear()
    return b"+OK\r\n"


def _info(data: dict[bytes, bytes], words: list[bytes]) -> Reply:
    text = f"# Server\r\nredis_version:{VERSION}\r\nredis_mode:standalone\r\n# Keyspace\r\n"
    return _bulk((text + (f"db0:keys={len(data)}\r\n" if data else "")).encode())


COMMANDS: dict[str, tuple[int, Command]] = {
    "PING": (0, lambda data, words: _bulk(words[0]) if words else b"+PONG\r\n"),
    "ECHO": (1, lambda data, words: _bulk(words[0])),
    "SET": (2, _set),
    "GET": (1, lambda data, words: _bulk(data.get(words[0]))),
    "DEL": (1, _delete),
    "EXISTS": (1, lambda data, words: b":%d\r\n" % sum(word in data for word in words)),
    "INCR": (1, lambda data, words: _add(data, words, 1)),
    "DECR": (1, lambda data, words: _add(data, words, -1)),
    "KEYS": (1, _keys),
    "DBSIZE": (0, lambda data, words: b":%d\r\n" % len(data)),
    "FLUSHALL": (0, _flush),
    "MGET": (
        1,
        lambda data, words: (
            b"*%d\r\n" % len(words) + b"".join(_bulk(data.get(word)) for word in words)
        ),
    ),
    "INFO": (0, _info),
    "COMMAND": (0, lambda data, words: b"*0\r\n"),
}
"""How many arguments a command needs at least, and what it does."""


def _carried_out(data: dict[bytes, bytes], words: list[bytes]) -> Reply:
    name = words[0].decode("utf-8", "replace").upper()
    if name not in COMMANDS:
        said = words[0].decode("utf-8", "replace")
        rest = "".join(f"'{word.decode('utf-8', 'replace')}' " for word in words[1:])
        return f"-ERR unknown command '{said}', with args beginning with: {rest}\r\n".encode()
    least, run = COMMANDS[name]
    if len(words) - 1 < least:
        return f"-ERR wrong number of arguments for '{name.lower()}' command\r\n".encode()
    try:
        return run(data, words[1:])
    except Refused as error:
        return f"-{error}\r\n".encode()


async def server(process: Process) -> int:
    """Serves on 6379 until SIGTERM; data live as long as the container."""
    data: dict[bytes, bytes] = {}

    async def handle(stream: Stream, peer: Peer) -> None:
        while words := await _read_command(stream):
            await stream.write(_carried_out(data, words))

    try:
        listener = process.net.listen(PORT, handle)
    except OSError:
        kit.out(process, f"# Could not create server TCP listening socket *:{PORT}: bind\n")
        return 1
    kit.out(process, f"1:M * Ready to accept connections tcp (emulated redis {VERSION})\n")
    await until_terminated(process, [listener])
    kit.out(process, "1:M # Redis is now ready to exit, bye bye...\n")
    return 0


async def _read_command(stream: Stream) -> list[bytes]:
    """A command as an array of strings, or as one plain line; empty at the end."""
    line = (await stream.readline()).strip()
    if not line.startswith(b"*"):
        return line.split()
    words = []
    for _ in range(int(line[1:] or b"0")):
        size = int((await stream.readline()).strip()[1:])
        words.append((await stream.readexactly(size + 2))[:-2])
    return words


async def cli(process: Process) -> int:
    """``redis-cli [-h HOST] [-p PORT] [COMMAND...]``; without one, commands from standard input."""
    try:
        found, words = kit.options(process, "h:p:", mixed=False)
    except kit.UsageMistake as error:
        return kit.complain(process, str(error))
    values = dict(found)
    host, port = values.get("-h", "127.0.0.1"), int(values.get("-p", PORT))
    try:
        address = (await lookup.addresses(process, host))[0]
        stream = await process.net.connect(address, port)
    except NameNotFound:
        said = "Name or service not known"
    except OSError as error:
        said = why(error)
    else:
        try:
            for command in [words] if words else await _commands(process):
                await _asked(process, stream, command)
            return 0
        finally:
            stream.close()
    kit.err(process, f"Could not connect to Redis at {host}:{port}: {said}\n")
    return 1


async def _commands(process: Process) -> list[list[str]]:
    """One command a line of standard input."""
    text = (await kit.read_all(process)).decode("utf-8", "surrogateescape")
    return [words for line in text.splitlines() if (words := line.split())]


async def _asked(process: Process, stream: Stream, words: list[str]) -> None:
    parts = [word.encode() for word in words]
    await stream.write(b"*%d\r\n" % len(parts) + b"".join(_bulk(part) for part in parts))
    kit.out(process, await _shown(stream) + "\n")


async def _shown(stream: Stream) -> str:
    """A reply as redis-cli prints it where nobody looks."""
    line = (await stream.readline()).decode("utf-8", "replace").removesuffix("\r\n")
    kind, rest = line[:1], line[1:]
    if kind == "$":
        if rest == "-1":
            return ""
        return (await stream.readexactly(int(rest) + 2))[:-2].decode("utf-8", "replace")
    if kind == "*":
        return "\n".join([await _shown(stream) for _ in range(int(rest))])
    return rest + "\n" if kind == "-" else rest
