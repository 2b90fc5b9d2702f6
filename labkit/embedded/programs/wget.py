"""``wget`` as busybox has it: its options, its words, its exit status."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeVar

from labkit.embedded.http.client import BadUrl, Url, exchange, parse_url
from labkit.embedded.http.messages import BadMessage, Response
from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import kit, lookup, paths, sockets
from labkit.embedded.programs.timing import TimeIsUp, within
from labkit.embedded.programs.usage import USAGE
from labkit.embedded.streams import Stream

T = TypeVar("T")
LONG = (
    "spider", "header=", "post-data=", "post-file=", "no-check-certificate", "quiet",
    "output-document=", "timeout=", "server-response", "user-agent=", "tries=",
)  # fmt: skip
MOST_REDIRECTS = 20


class Failed(Exception):
    """What wget says when it gives up."""


@dataclass(slots=True)
class Wish:
    """The options of one call."""

    urls: list[str]
    quiet: bool = False
    spider: bool = False
    show: bool = False
    output: str = ""
    timeout: float | None = None
    agent: str = "Wget"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | None = None


async def wget(process: Process) -> int:
    """0 when every URL was fetched, else 1."""
    try:
        wish = _wish(process)
    except kit.UsageMistake as error:
        kit.err(process, f"wget: {error}\n{USAGE['wget']}")
        return 1
    if not wish.urls:
        kit.err(process, USAGE["wget"])
        return 1
    for url in wish.urls:
        try:
            await _fetch(process, wish, url)
        except Failed as error:
            return kit.complain(process, str(error))
    return 0


def _wish(process: Process) -> Wish:
    found, urls = kit.options(process, "cqSO:T:U:P:Y:t:", LONG)
    wish = Wish(urls)
    for option, value in found:
        if option in ("-q", "--quiet"):
            wish.quiet = True
        elif option in ("-S", "--server-response"):
            wish.show = True
        elif option == "--spider":
            wish.spider = True
        elif option in ("-O", "--output-document"):
            wish.output = value
        elif option in ("-T", "--timeout"):
            wish.timeout = float(value) if value.isdigit() and int(value) else None
        elif option in ("-U", "--user-agent"):
            wish.agent = value
        elif option == "--header":
            name, _, text = value.partition(":")
            wish.headers.append((name.strip(), text.strip()))
        elif option == "--post-data":
            wish.body = value.encode()
        elif option == "--post-file":
            wish.body = paths.read(process, value)
    return wish


async def _fetch(process: Process, wish: Wish, text: str) -> None:
    for _ in range(MOST_REDIRECTS):
        try:
            url = parse_url(text)
        except BadUrl:
            raise Failed(f"bad address '{text}'") from None
        if url.scheme != "http":
            raise Failed(f"not an http or ftp url: {text}")
        response = await _ask(process, wish, url)
        if response.status not in (301, 302, 303, 307, 308):
            break
        target = response.header("Location")
        text = target if "://" in target else f"http://{url.authority}{target}"
    else:
        raise Failed("too many redirections")
    if not 200 <= response.status < 300:
        raise Failed(f"server returned error: {response.status_line}")
    _save(process, wish, url, response.body)


async def _ask(process: Process, wish: Wish, url: Url) -> Response:
    stream = await _connected(process, wish, url)
    method = "POST" if wish.body is not None else "HEAD" if wish.spider else "GET"
    headers = [("Host", url.authority), ("User-Agent", wish.agent), ("Connection", "close")]
    if wish.body is not None:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        headers.append(("Content-Length", str(len(wish.body))))
    named = {name.lower() for name, _ in wish.headers}
    headers = [pair for pair in headers if pair[0].lower() not in named] + wish.headers
    try:
        asking = exchange(stream, method, url.target, headers, wish.body or b"")
        response = await _timed(process, wish, asking)
    except (BadMessage, asyncio.IncompleteReadError):
        raise Failed("error getting response") from None
    except ConnectionResetError:
        raise Failed("error getting response: Connection reset by peer") from None
    finally:
        stream.close()
    if wish.show:
        shown = [response.status_line, *(f"{name}: {value}" for name, value in response.headers)]
        kit.err(process, "".join(f"  {line}\n" for line in [*shown, ""]))
    return response


async def _connected(process: Process, wish: Wish, url: Url) -> Stream:
    try:
        address = (await _timed(process, wish, lookup.addresses(process, url.host)))[0]
    except NameNotFound:
        raise Failed(f"bad address '{url.authority}'") from None
    if not wish.quiet:
        kit.err(process, f"Connecting to {url.host}:{url.port} ({address}:{url.port})\n")
    try:
        return await process.net.connect(address, url.port, timeout=wish.timeout)
    except TimeoutError:
        if wish.timeout is not None:
            raise Failed("download timed out") from None
        why = "Connection timed out"
    except OSError as error:
        why = sockets.why(error)
    raise Failed(f"can't connect to remote host ({address}): {why}")


async def _timed(process: Process, wish: Wish, work: Awaitable[T]) -> T:
    try:
        return await within(process.clock, wish.timeout, work)
    except TimeIsUp:
        raise Failed("download timed out") from None


def _save(process: Process, wish: Wish, url: Url, body: bytes) -> None:
    if wish.spider:
        if not wish.quiet:
            kit.err(process, "remote file exists\n")
        return
    name = wish.output or url.target.partition("?")[0].rsplit("/", 1)[-1] or "index.html"
    to_stdout = name == "-"
    try:
        if to_stdout:
            process.stdout(body)
        elif not wish.output and paths.absolute(process, name) in process.files:
            raise Failed(f"can't open '{name}': File exists")
        else:
            paths.write(process, name, body)
    except OSError as error:
        raise Failed(f"can't open '{name}': {paths.why(error)}") from None
    if not wish.quiet:
        kit.err(process, "writing to stdout\n" if to_stdout else f"saving to '{name}'\n")
        kit.err(process, f"{name[:20]:20} 100% |{'*' * 32}| {len(body):5}  0:00:00 ETA\n")
        kit.err(process, "written to stdout\n" if to_stdout else f"'{name}' saved\n")
