"""``nc [-zvut] [-w SEC] [-l -p PORT] [HOST PORT]``."""

from __future__ import annotations

import asyncio
import contextlib

from labkit.embedded.interfaces import NameNotFound, Peer, Process
from labkit.embedded.programs import kit, lookup
from labkit.embedded.programs.sockets import why
from labkit.embedded.programs.timing import TimeIsUp, within
from labkit.embedded.programs.usage import USAGE
from labkit.embedded.streams import Stream

PROBE = 1.0
"""Seconds that a UDP port gets to refuse a probe."""


async def nc(process: Process) -> int:
    """0 when connected (and done), 1 when not."""
    try:
        found, words = kit.options(process, "zvulntp:w:i:q:Nk")
    except kit.UsageMistake as error:
        kit.err(process, f"nc: {error}\n{USAGE['nc']}")
        return 1
    flags = {option for option, _ in found}
    values = dict(found)
    if "-l" in flags:
        port = values.get("-p") or (words[-1] if words else "")
        return await _serve(process, port)
    if len(words) != 2 or not words[1].isdigit():
        kit.err(process, USAGE["nc"])
        return 1
    limit = float(values["-w"]) if values.get("-w", "").isdigit() else None
    if "-u" in flags:
        return await _datagram(process, words[0], int(words[1]), limit or 1.0, "-z" in flags)
    return await _connect(process, words[0], int(words[1]), limit, flags)


async def _connect(
    process: Process, host: str, port: int, limit: float | None, flags: set[str]
) -> int:
    try:
        address = (await lookup.addresses(process, host))[0]
        stream = await process.net.connect(address, port, timeout=limit)
    except NameNotFound:
        return kit.complain(process, f"bad address '{host}'")
    except TimeoutError:
        return kit.complain(process, f"{host} ({address}:{port}): Connection timed out")
    except OSError as error:
        return kit.complain(process, f"{host} ({address}:{port}): {why(error)}")
    if "-v" in flags:
        kit.err(process, f"{host} ({address}:{port}) open\n")
    try:
        if "-z" not in flags:
            await within(process.clock, limit, _talk(process, stream))
    except TimeIsUp:
        pass
    finally:
        stream.close()
    return 0


async def _talk(process: Process, stream: Stream) -> None:
    """Both directions until the other side has said everything."""

    async def forth() -> None:
        while process.stdin is not None and (data := await process.stdin.read()):
            await stream.write(data)
        stream.write_eof()

    sending = asyncio.ensure_future(forth())
    try:
        with contextlib.suppress(ConnectionResetError):
            while data := await stream.read():
                process.stdout(data)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _datagram(process: Process, host: str, port: int, limit: float, probe: bool) -> int:
    """``probe`` (-z): one byte, and open unless that is refused; silence is no answer to it."""
    data = b"X" if probe else await kit.read_all(process)
    try:
        address = (await lookup.addresses(process, host))[0]
        wait = min(limit, PROBE) if probe else limit
        answer = await process.net.datagram(address, port, data, timeout=wait)
    except NameNotFound:
        return kit.complain(process, f"bad address '{host}'")
    except TimeoutError:
        return 0
    except OSError as error:
        return kit.complain(process, why(error))
    process.stdout(b"" if probe else answer)
    return 0


async def _serve(process: Process, port: str) -> int:
    """Take one connection and talk on it."""
    if not port.isdigit():
        kit.err(process, USAGE["nc"])
        return 1
    done = asyncio.Event()

    async def handle(stream: Stream, peer: Peer) -> None:
        if not done.is_set():
            await _talk(process, stream)
            done.set()

    try:
        listener = process.net.listen(int(port), handle)
    except OSError as error:
        return kit.complain(process, f"bind: {why(error)}")
    try:
        await done.wait()
    finally:
        listener.close()
    return 0
