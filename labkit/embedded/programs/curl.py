"""``curl``: the options that lessons use, its words and its exit statuses (curl 8)."""

from __future__ import annotations

import asyncio
import errno
import re
from dataclasses import dataclass, field

from labkit.embedded.http.client import BadUrl, Url, exchange, keeps_alive, parse_url
from labkit.embedded.http.messages import BadMessage, Response
from labkit.embedded.http.tls import TlsError, over_tls
from labkit.embedded.interfaces import NameNotFound, Process
from labkit.embedded.programs import curlout, kit, lookup, paths
from labkit.embedded.programs.curlout import Report
from labkit.embedded.programs.timing import TimeIsUp, within
from labkit.embedded.streams import Stream

VERSION = "8.11.1"
SHORT = "qgsSo:w:ivm:X:d:H:kLfIA:OnN46u:e:G#"
LONG = (
    "silent", "show-error", "output=", "write-out=", "include", "verbose", "max-time=",
    "connect-timeout=", "request=", "data=", "data-raw=", "header=", "insecure", "location",
    "fail", "head", "user-agent=", "remote-name", "no-progress-meter", "http1.1", "retry=",
    "no-keepalive", "url=", "version", "ipv4", "get", "no-buffer", "resolve=", "disable", "globoff",
    "interface=",
)  # fmt: skip
NAMES = {
    "--silent": "-s", "--show-error": "-S", "--output": "-o", "--write-out": "-w",
    "--include": "-i", "--verbose": "-v", "--max-time": "-m", "--request": "-X", "--data": "-d",
    "--data-raw": "-d", "--header": "-H", "--insecure": "-k", "--location": "-L", "--fail": "-f",
    "--head": "-I", "--user-agent": "-A", "--remote-name": "-O", "--get": "-G",
    "--globoff": "-g", "--disable": "-q",
}  # fmt: skip
MOST_REDIRECTS = 50


class Failed(Exception):
    """curl gives up on a URL: its exit status and its words."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(slots=True)
class Wish:
    """Options by their short name (long ones without a short name by that)."""

    values: dict[str, str]
    urls: list[str]
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    def has(self, option: str) -> bool:
        return option in self.values

    def seconds(self, option: str) -> float | None:
        try:
            return float(self.values[option]) or None
        except (KeyError, ValueError):
            return None

    @property
    def method(self) -> str:
        usual = "HEAD" if self.has("-I") else "POST" if self.data and not self.has("-G") else "GET"
        return self.values.get("-X") or usual


@dataclass(slots=True)
class Session:
    """Open connections that the next URL may use again."""

    streams: dict[tuple[str, int], tuple[Stream, str]] = field(default_factory=dict)
    made: int = 0

    def close(self) -> None:
        for stream, _ in self.streams.values():
            stream.close()


async def curl(process: Process) -> int:
    """The exit status of the last URL that failed, else of the last one."""
    try:
        wish = _wish(process)
    except kit.UsageMistake as error:
        kit.err(process, f"curl: {_options_words(str(error))}\n{TRY}")
        return 2
    if wish.has("--version"):
        kit.out(process, f"curl {VERSION} (emulated by labkit)\nProtocols: http https\n")
        return 0
    if not wish.urls:
        kit.err(process, f"curl: (2) no URL specified\n{TRY}")
        return 2
    session, status = Session(), 0
    try:
        for url in wish.urls:
            status = await _one(process, wish, session, url)
    finally:
        session.close()
    return status


TRY = "curl: try 'curl --help' or 'curl --manual' for more information\n"


def _options_words(text: str) -> str:
    found = re.search(r"'(.*)'", text)
    option = found.group(1) if found else ""
    option = option if option.startswith("--") else f"-{option}"
    return f"option {option}: {'requires parameter' if 'requires' in text else 'is unknown'}"


def _wish(process: Process) -> Wish:
    found, urls = kit.options(process, SHORT, LONG)
    wish = Wish({}, [])
    for option, value in found:
        short = NAMES.get(option, option)
        if short == "-H":
            name, _, text = value.partition(":")
            wish.headers.append((name.strip(), text.strip()))
        elif short == "-d":
            wish.data.append(_data(process, value) if option != "--data-raw" else value)
        elif option == "--url":
            urls.append(value)
        else:
            wish.values[short] = value
    wish.urls = urls if wish.has("-g") else [one for url in urls for one in _globbed(url)]
    return wish


def _data(process: Process, value: str) -> str:
    if not value.startswith("@"):
        return value
    text = paths.read(process, value[1:]).decode("utf-8", "surrogateescape")
    return text.replace("\r", "").replace("\n", "")


def _globbed(url: str) -> list[str]:
    """``[1-3]`` and ``{a,b}`` written out."""
    found = re.search(r"\[(\d+)-(\d+)\]|\{([^{}]*)\}", url)
    if not found:
        return [url]
    first, last, words = found.groups()
    parts = words.split(",") if words is not None else map(str, range(int(first), int(last) + 1))
    head, tail = url[: found.start()], url[found.end() :]
    return [one for part in parts for one in _globbed(head + part + tail)]


async def _one(process: Process, wish: Wish, session: Session, text: str) -> int:
    """Fetch one URL and say what came of it."""
    report = Report(text, process.clock.monotonic())
    try:
        await within(process.clock, wish.seconds("-m"), _transfer(process, wish, session, report))
        status = 0
    except TimeIsUp:
        took = int(report.elapsed(process) * 1000)
        if not report.resolved and report.connected is None:
            said = f"Resolving timed out after {took} milliseconds"
        elif report.connected is None:
            said = f"Connection timed out after {took} milliseconds"
        else:
            said = f"Operation timed out after {took} milliseconds with 0 bytes received"
        status = _complain(process, wish, Failed(28, said))
    except Failed as error:
        status = _complain(process, wish, error)
    report.total = report.elapsed(process)
    report.status = status
    if wish.has("-w"):
        kit.out(process, curlout.written(wish.values["-w"], report))
    return status


def _complain(process: Process, wish: Wish, error: Failed) -> int:
    if not wish.has("-s") or wish.has("-S"):
        kit.err(process, f"curl: ({error.status}) {error}\n")
    return error.status


async def _transfer(process: Process, wish: Wish, session: Session, report: Report) -> None:
    text = report.url
    for _ in range(MOST_REDIRECTS):
        url = _parsed(text)
        response = await _ask(process, wish, session, url, report)
        target = response.header("Location")
        if not (wish.has("-L") and target and 300 <= response.status < 400):
            break
        text = target if "://" in target else f"{url.scheme}://{url.authority}{target}"
        report.url = text
    if wish.has("-f") and response.status >= 400:
        raise Failed(22, f"The requested URL returned error: {response.status}")
    _save(process, wish, url, response, report)
    if wish.has("-v") and (url.host, url.port) in session.streams:
        kit.err(process, f"* Connection #{session.made - 1} to host {url.host} left intact\n")


def _parsed(text: str) -> Url:
    try:
        url = parse_url(text)
    except BadUrl:
        raise Failed(3, "URL using bad/illegal format or missing URL") from None
    if url.scheme not in ("http", "https"):
        raise Failed(1, f'Protocol "{url.scheme}" not supported')
    return url


async def _ask(
    process: Process, wish: Wish, session: Session, url: Url, report: Report
) -> Response:
    """One request; a kept connection that turned out to be closed is replaced once."""
    key = (url.host, url.port)
    again = key in session.streams
    stream = await _stream(process, wish, session, url, report)
    headers = _headers(wish, url)
    body = "" if wish.has("-G") else "&".join(wish.data)
    target = url.target
    if wish.has("-G") and wish.data:
        target += ("&" if "?" in target else "?") + "&".join(wish.data)
    if wish.has("-v"):
        kit.err(process, curlout.request_lines(wish.method, target, headers))
        kit.err(process, "* Request completely sent off\n")
    try:
        response = await exchange(stream, wish.method, target, headers, body.encode())
    except (BadMessage, ConnectionError, asyncio.IncompleteReadError) as error:
        session.streams.pop(key, (stream, ""))[0].close()
        if again:
            return await _ask(process, wish, session, url, report)
        if isinstance(error, ConnectionError):
            raise Failed(56, "Recv failure: Connection reset by peer") from None
        if str(error) == "not HTTP":
            raise Failed(1, "Received HTTP/0.9 when not allowed") from None
        raise Failed(52, "Empty reply from server") from None
    report.response = response
    if wish.has("-v"):
        kit.err(process, curlout.response_lines(response))
    if not keeps_alive(response):
        session.streams.pop(key)[0].close()
    return response


def _headers(wish: Wish, url: Url) -> list[tuple[str, str]]:
    agent = wish.values.get("-A", f"curl/{VERSION}")
    headers = [("Host", url.authority), ("User-Agent", agent), ("Accept", "*/*")]
    if wish.data and not wish.has("-G"):
        headers.append(("Content-Length", str(len("&".join(wish.data).encode()))))
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    own = {name.lower() for name, _ in wish.headers}
    kept = [pair for pair in headers if pair[0].lower() not in own]
    return kept + [pair for pair in wish.headers if pair[1]]


async def _stream(
    process: Process, wish: Wish, session: Session, url: Url, report: Report
) -> Stream:
    """A kept connection to the same host and port, or a new one."""
    kept = session.streams.get((url.host, url.port))
    if kept is not None:
        if wish.has("-v"):
            kit.err(process, f"* Re-using existing connection with host {url.host}\n")
        report.address, report.port, report.connected = kept[1], url.port, 0.0
        return kept[0]
    limit = wish.seconds("--connect-timeout")
    try:
        address = (await within(process.clock, limit, lookup.addresses(process, url.host)))[0]
    except TimeIsUp:
        took = int(report.elapsed(process) * 1000)
        raise Failed(28, f"Resolving timed out after {took} milliseconds") from None
    except NameNotFound:
        raise Failed(6, f"Could not resolve host: {url.host}") from None
    report.looked_up, report.resolved = report.elapsed(process), True
    if wish.has("-v"):
        if address != url.host:
            kit.err(process, curlout.resolved_lines(url.host, url.port, address))
        kit.err(process, f"*   Trying {address}:{url.port}...\n")
    stream = await _connect(process, wish, url, address, report)
    if url.scheme == "https":
        stream = await _secured(wish, stream)
    session.made += 1
    report.made = 1
    report.address, report.port, report.connected = address, url.port, report.elapsed(process)
    session.streams[url.host, url.port] = (stream, address)
    if wish.has("-v"):
        kit.err(process, f"* Connected to {url.host} ({address}) port {url.port}\n")
        kit.err(process, "* using HTTP/1.x\n")
    return stream


async def _connect(process: Process, wish: Wish, url: Url, address: str, report: Report) -> Stream:
    limit = wish.seconds("--connect-timeout")
    try:
        source = _own(process, wish.values.get("--interface", ""))
        return await process.net.connect(address, url.port, timeout=limit, source=source)
    except TimeoutError:
        took = int(report.elapsed(process) * 1000)
        if limit is not None:
            raise Failed(28, f"Connection timed out after {took} milliseconds") from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise Failed(45, f"bind failed with errno {error.errno}: {error.strerror}") from None
        took = int(report.elapsed(process) * 1000)
    where = f"Failed to connect to {url.host} port {url.port} after {took} ms"
    raise Failed(7, f"{where}: Could not connect to server")


async def _secured(wish: Wish, stream: Stream) -> Stream:
    """TLS inside the connection.  No server here has a certificate that somebody vouches for."""
    try:
        inside = await over_tls(stream)
    except TlsError as error:
        stream.close()
        raise Failed(35, f"TLS connect error: {str(error).lower().replace('_', ' ')}") from None
    if not wish.has("-k"):
        inside.close()
        raise Failed(60, "SSL certificate problem: self-signed certificate")
    return inside


def _own(process: Process, name: str) -> str:
    """The address that ``--interface`` means: itself, or that of ``eth0``."""
    return {"eth0": process.net.address, "lo": "127.0.0.1"}.get(name, name)


def _save(process: Process, wish: Wish, url: Url, response: Response, report: Report) -> None:
    data = response.body
    if wish.has("-i") or wish.has("-I"):
        data = curlout.head(response) + (b"" if wish.has("-I") else data)
    name = wish.values.get("-o", "")
    if wish.has("-O"):
        name = url.target.partition("?")[0].rsplit("/", 1)[-1]
    if not wish.has("-s") and not wish.has("--no-progress-meter"):
        if name not in ("", "-") or not process.tty:
            kit.err(process, curlout.meter(len(response.body), report.elapsed(process)))
    if name in ("", "-"):
        process.stdout(data)
        return
    try:
        paths.write(process, name, data)
    except OSError:
        raise Failed(23, "client returned ERROR on write, 0 bytes written") from None
