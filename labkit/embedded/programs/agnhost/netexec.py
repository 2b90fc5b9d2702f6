"""``agnhost netexec``: a web server and a UDP server with the pages that tests ask for."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from labkit.embedded.http.client import exchange
from labkit.embedded.http.messages import BadMessage, Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.http.tls import serving_tls
from labkit.embedded.interfaces import Listener, Peer, Process
from labkit.embedded.programs import lookup
from labkit.embedded.programs.agnhost.common import BadFlags, flags, go_json, log, said
from labkit.embedded.programs.goflags import Value
from labkit.embedded.programs.signals import terminated
from labkit.embedded.programs.sockets import why
from labkit.embedded.programs.timing import TimeIsUp, within

DIAL_TIMEOUT = 5.0
FLAGS: dict[str, Value] = {
    "http-port": 8080, "udp-port": 8081, "sctp-port": -1, "tls-cert-file": "",
    "tls-private-key-file": "", "http-override": "", "udp-listen-addresses": "",
    "delay-shutdown": 0,
}  # fmt: skip
Page = Callable[[Process, Request, Peer], Awaitable[Response]]


async def netexec(process: Process) -> int:
    """HTTP on 8080 and UDP on 8081, until SIGTERM or until a page ends it."""
    try:
        values, _ = flags(process, FLAGS)
    except BadFlags:
        return 1
    listeners: list[Listener] = []
    try:
        _listen(process, values, listeners)
        await terminated(process).wait()
        if "exit" not in process.state:
            await process.clock.sleep(float(values["delay-shutdown"]))
    except OSError as error:
        log(process, f"listen tcp :{values['http-port']}: bind: {why(error).lower()}")
        return 1
    finally:
        for listener in listeners:
            listener.close()
    return int(process.state.get("exit", 0 if values["delay-shutdown"] else 2))


def _listen(process: Process, values: dict[str, Value], listeners: list[Listener]) -> None:
    """Raises ``OSError`` when a port cannot be had."""
    port, override = int(values["udp-port"]), str(values["http-override"])
    if port > 0:
        for address in str(values["udp-listen-addresses"] or "0.0.0.0").split(","):
            try:
                answers = _datagrams(process)
                listeners.append(process.net.listen_udp(port, answers, address=address))
            except OSError:
                if address in ("", "0.0.0.0"):
                    raise
            log(process, f"Started UDP server on port {address} {port}")

    async def answer(request: Request, peer: Peer) -> Response:
        if override:
            request = replace(request, method="GET", target=override)
        return await _page(process, request, peer)

    handler = serving(answer, process.clock)
    if values["tls-cert-file"]:
        handler = serving_tls(handler)
    listeners.append(process.net.listen(int(values["http-port"]), handler))
    log(process, f"Started HTTP server on port {values['http-port']}")


def _form(request: Request) -> dict[str, str]:
    """Values of the query, and of a form that was posted."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    if "urlencoded" in request.header("Content-Type"):
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


async def _page(process: Process, request: Request, peer: Peer) -> Response:
    log(process, f"{request.method} {request.target}")
    page = PAGES.get(request.path, _root)
    return await page(process, request, peer)


async def _root(process: Process, request: Request, peer: Peer) -> Response:
    now = datetime.datetime.fromtimestamp(process.clock.now(), datetime.UTC)
    return said(f"NOW: {now:%Y-%m-%d %H:%M:%S.%f} +0000 UTC".encode())


async def _hostname(process: Process, request: Request, peer: Peer) -> Response:
    return said(process.hostname.encode())


async def _client_ip(process: Process, request: Request, peer: Peer) -> Response:
    return said(f"{peer.address}:{peer.port}".encode())


async def _echo(process: Process, request: Request, peer: Peer) -> Response:
    form = _form(request)
    code = form.get("code", "")
    if code and not code.isdigit():
        wrong = f"argument 'code' must be an integer or empty, got \"{code}\"\n"
        return said(wrong.encode())
    return said(form.get("msg", "").encode(), int(code or 200))


async def _header(process: Process, request: Request, peer: Peer) -> Response:
    """One header of the request, or all of them."""
    key = _form(request).get("key", "")
    if key:
        return said(request.header(key).encode())
    every: dict[str, list[str]] = {}
    for name, value in request.headers:
        every.setdefault(name.title(), []).append(value)
    return said(go_json(every).encode())


async def _health(process: Process, request: Request, peer: Peer) -> Response:
    return said(b"")


async def _exit(process: Process, request: Request, peer: Peer) -> Response:
    code = _form(request).get("code", "0")
    process.state["exit"] = int(code) if code.isdigit() else 0
    terminated(process).set()
    return said(b"")


async def _redirect(process: Process, request: Request, peer: Peer) -> Response:
    form = _form(request)
    code = int(form.get("code", "302")) if form.get("code", "302").isdigit() else 302
    return Response(code, b"", (("Location", form.get("location", "/")),))


async def _shell(process: Process, request: Request, peer: Peer) -> Response:
    """Runs a command in the container and tells what it said."""
    form = _form(request)
    command = form.get("shellCommand") or form.get("cmd", "")
    heard: list[bytes] = []
    argv = ["/bin/sh", "-c", command]
    inner = replace(process, argv=argv, stdin=None, stdout=heard.append, stderr=heard.append)
    status = await process.programs["sh"](inner)
    output = {"output": b"".join(heard).decode("utf-8", "replace")} if heard else {}
    if status:
        output["error"] = f"exit status {status}"
    return said(go_json(output).encode())


async def _dial(process: Process, request: Request, peer: Peer) -> Response:
    """Asks another netexec, ``tries`` times, and lists the answers."""
    form = _form(request)
    if not form.get("request") or not form.get("port", "").isdigit():
        return said(b"request parameter not specified. <nil>\n", 400)
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
    return said(go_json(output).encode())


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
    "/header": _header, "/healthz": _health, "/exit": _exit, "/shutdown": _exit,
    "/redirect": _redirect, "/shell": _shell, "/dial": _dial,
}  # fmt: skip


def _datagrams(process: Process) -> Callable[[bytes, Peer], Awaitable[bytes | None]]:
    async def answer(data: bytes, peer: Peer) -> bytes | None:
        word = data.decode("utf-8", "replace").strip().lower()  # the echo is in lower case too
        if word == "hostname":
            return process.hostname.encode()
        if word.startswith("echo "):
            return word.partition(" ")[2].encode()
        if word == "clientip":
            return f"{peer.address}:{peer.port}".encode()
        if word:
            where = f"{peer.address}:{peer.port}"
            log(process, f"Unknown UDP command received from {where}: {word}")
        return None

    return answer
