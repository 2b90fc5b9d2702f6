"""``/agnhost`` of the Kubernetes test images: netexec, serve-hostname, connect, porter, pause."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from labkit.embedded.http.client import exchange
from labkit.embedded.http.messages import BadMessage, Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.interfaces import NameNotFound, Peer, Process
from labkit.embedded.programs import kit, lookup
from labkit.embedded.programs.goflags import GoFlags, flag_error
from labkit.embedded.programs.http_echo import stamp
from labkit.embedded.programs.pause import pause
from labkit.embedded.programs.signals import terminated
from labkit.embedded.programs.sockets import why
from labkit.embedded.programs.timing import TimeIsUp, within

TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
DIAL_TIMEOUT = 5.0
SERVE_PORT = "SERVE_PORT_"
Page = Callable[[Process, Request, Peer], Awaitable[Response]]


async def agnhost(process: Process) -> int:
    """``agnhost COMMAND [FLAGS]``; without one it pauses."""
    words = list(process.argv[1:]) or ["pause"]
    commands = {
        "pause": pause, "netexec": netexec, "serve-hostname": serve_hostname, "connect": connect,
        "porter": porter,
    }  # fmt: skip
    command = commands.get(words[0])
    if command is None:
        known = ", ".join(commands)
        kit.err(process, f'Error: unknown command "{words[0]}" for "app" (here: {known})\n')
        return 1
    return await command(replace(process, argv=words))


async def netexec(process: Process) -> int:
    """Web server (8080) and UDP server (8081) with the pages that tests ask for."""
    try:
        flags, _ = GoFlags({"http-port": 8080, "udp-port": 8081}, {}).parse(process.argv)
    except flag_error as error:
        kit.err(process, f"Error: {error}")
        return 1
    handler = serving(lambda request, peer: _netexec(process, request, peer), process.clock)
    listeners = []
    try:
        if int(flags["udp-port"]) > 0:
            port = int(flags["udp-port"])
            listeners.append(process.net.listen_udp(port, _datagrams(process)))
            _log(process, f"Started UDP server on port  {port}")
        listeners.append(process.net.listen(int(flags["http-port"]), handler))
        _log(process, f"Started HTTP server on port {flags['http-port']}")
        await terminated(process).wait()
    except OSError as error:
        _log(process, f"listen tcp :{flags['http-port']}: bind: {why(error).lower()}")
        return 1
    finally:
        for listener in listeners:
            listener.close()
    return int(process.state.get("exit", 2))


async def serve_hostname(process: Process) -> int:
    """Answers its own name on port 9376, by HTTP or (``--tcp --udp``) to anyone who connects."""
    try:
        flags, _ = GoFlags(
            {"port": 9376, "http": True, "tcp": False, "udp": False, "close": False}, {}
        ).parse(process.argv)
    except flag_error as error:
        kit.err(process, f"Error: {error}")
        return 1
    name = process.hostname.encode()

    async def answer(request: Request, peer: Peer) -> Response:
        return Response(200, name, TEXT)

    async def say(data: bytes, peer: Peer) -> bytes:
        return name

    port = int(flags["port"])
    listeners = [process.net.listen(port, serving(answer, process.clock))]
    if flags["udp"]:
        listeners.append(process.net.listen_udp(port, say))
    _log(process, f"Serving on port {port}.")
    try:
        await terminated(process).wait()
    finally:
        for listener in listeners:
            listener.close()
    return 2


async def porter(process: Process) -> int:
    """Serves the value of each variable ``SERVE_PORT_N`` on port N."""
    ports = {
        int(name.removeprefix(SERVE_PORT)): value
        for name, value in process.env.items()
        if name.startswith(SERVE_PORT) and name.removeprefix(SERVE_PORT).isdigit()
    }
    listeners = [
        process.net.listen(port, serving(_always(value.encode()), process.clock))
        for port, value in sorted(ports.items())
    ]
    for port in sorted(ports):
        _log(process, f"server on port {port} started")
    try:
        await terminated(process).wait()
    finally:
        for listener in listeners:
            listener.close()
    return 2


def _always(body: bytes) -> Callable[[Request, Peer], Awaitable[Response]]:
    async def answer(request: Request, peer: Peer) -> Response:
        return Response(200, body, TEXT)

    return answer


async def connect(process: Process) -> int:
    """``connect HOST:PORT [--timeout=1s]``: silent when it works; REFUSED, TIMEOUT, DNS, OTHER."""
    try:
        flags, words = GoFlags({"timeout": "0s", "protocol": "tcp"}, {}).parse(process.argv)
        if words:
            flags, _ = GoFlags(flags, {}).parse(words)
    except flag_error as error:
        kit.err(process, f"Error: {error}")
        return 1
    host, _, port = (words[0] if words else "").rpartition(":")
    if not port.isdigit():
        kit.err(process, "Error: accepts 1 arg(s): HOST:PORT\n")
        return 1
    limit = kit.seconds(str(flags["timeout"])) or None
    said = "OTHER"
    try:
        address = (await lookup.addresses(process, host))[0]
        (await process.net.connect(address, int(port), timeout=limit)).close()
    except NameNotFound:
        said = "DNS"
    except ConnectionRefusedError:
        said = "REFUSED"
    except TimeoutError:
        said = "TIMEOUT"
    except OSError as error:
        said = f"OTHER: {why(error)}"
    else:
        return 0
    kit.err(process, said + "\n")
    return 1


def _log(process: Process, text: str) -> None:
    kit.err(process, f"{stamp(process.clock)} {text}\n")


def _form(request: Request) -> dict[str, str]:
    """Values of the query, and of a form that was posted."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    if "urlencoded" in request.header("Content-Type"):
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


async def _netexec(process: Process, request: Request, peer: Peer) -> Response:
    _log(process, f"{request.method} {request.target}")
    page = PAGES.get(request.path, _root)
    return await page(process, request, peer)


async def _root(process: Process, request: Request, peer: Peer) -> Response:
    now = datetime.datetime.fromtimestamp(process.clock.now(), datetime.UTC)
    return Response(200, f"NOW: {now:%Y-%m-%d %H:%M:%S.%f} +0000 UTC".encode(), TEXT)


async def _hostname(process: Process, request: Request, peer: Peer) -> Response:
    return Response(200, process.hostname.encode(), TEXT)


async def _client_ip(process: Process, request: Request, peer: Peer) -> Response:
    return Response(200, f"{peer.address}:{peer.port}".encode(), TEXT)


async def _echo(process: Process, request: Request, peer: Peer) -> Response:
    form = _form(request)
    code = form.get("code", "")
    if code and not code.isdigit():
        said = f"argument 'code' must be an integer or empty, got \"{code}\"\n"
        return Response(200, said.encode(), TEXT)
    return Response(int(code or 200), form.get("msg", "").encode(), TEXT)


async def _health(process: Process, request: Request, peer: Peer) -> Response:
    return Response(200, b"", TEXT)


async def _exit(process: Process, request: Request, peer: Peer) -> Response:
    code = _form(request).get("code", "0")
    process.state["exit"] = int(code) if code.isdigit() else 0
    terminated(process).set()
    return Response(200, b"", TEXT)


async def _redirect(process: Process, request: Request, peer: Peer) -> Response:
    form = _form(request)
    code = int(form.get("code", "302")) if form.get("code", "302").isdigit() else 302
    return Response(code, b"", (("Location", form.get("location", "/")),))


async def _shell(process: Process, request: Request, peer: Peer) -> Response:
    """Runs a command in the container and tells what it said."""
    form = _form(request)
    command = form.get("shellCommand") or form.get("cmd", "")
    said: list[bytes] = []
    argv = ["/bin/sh", "-c", command]
    inner = replace(process, argv=argv, stdin=None, stdout=said.append, stderr=said.append)
    status = await process.programs["sh"](inner)
    output = {"output": b"".join(said).decode("utf-8", "replace")} if said else {}
    if status:
        output["error"] = f"exit status {status}"
    return Response(200, json.dumps(output, separators=(",", ":")).encode(), TEXT)


async def _dial(process: Process, request: Request, peer: Peer) -> Response:
    """Asks another netexec, ``tries`` times, and lists the answers."""
    form = _form(request)
    if not form.get("request") or not form.get("port", "").isdigit():
        return Response(400, b"request parameter not specified. <nil>\n", TEXT)
    answers, errors = [], []
    for _ in range(int(form.get("tries") or 1)):
        try:
            asking = _ask(process, form.get("protocol", "http"), form)
            answers.append(await within(process.clock, DIAL_TIMEOUT, asking))
        except (OSError, BadMessage, TimeIsUp, asyncio.IncompleteReadError) as error:
            errors.append(why(error) if isinstance(error, OSError) else str(error))
    output = {"responses": answers} if answers else {}
    if errors:
        output["errors"] = errors
    return Response(200, json.dumps(output, separators=(",", ":")).encode(), TEXT)


async def _ask(process: Process, protocol: str, form: dict[str, str]) -> str:
    address = (await lookup.addresses(process, form.get("host", "")))[0]
    port, words = int(form["port"]), form["request"]
    if protocol == "udp":
        data = await process.net.datagram(address, port, words.encode(), timeout=DIAL_TIMEOUT)
        return data.decode("utf-8", "replace")
    stream = await process.net.connect(address, port)
    try:
        headers = (("Host", f"{address}:{port}"), ("User-Agent", "Go-http-client/1.1"))
        response = await exchange(stream, "GET", "/" + words, headers)
    finally:
        stream.close()
    return response.body.decode("utf-8", "replace")


PAGES: dict[str, Page] = {
    "/hostname": _hostname, "/hostName": _hostname, "/clientip": _client_ip, "/echo": _echo,
    "/healthz": _health, "/exit": _exit, "/shutdown": _exit, "/redirect": _redirect,
    "/shell": _shell, "/dial": _dial,
}  # fmt: skip


def _datagrams(process: Process) -> Callable[[bytes, Peer], Awaitable[bytes | None]]:
    async def answer(data: bytes, peer: Peer) -> bytes | None:
        word, _, rest = data.decode("utf-8", "replace").strip().partition(" ")
        if word.lower() == "hostname":
            return process.hostname.encode()
        if word.lower() == "echo":
            return rest.encode()
        if word.lower() == "clientip":
            return f"{peer.address}:{peer.port}".encode()
        return b"" if word else None

    return answer
