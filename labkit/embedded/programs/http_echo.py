"""``/http-echo`` of hashicorp/http-echo 1.0.0: flags, answers, log lines, exit status."""

from __future__ import annotations

import datetime

from labkit.clock import Clock
from labkit.embedded.http.messages import Request, Response
from labkit.embedded.http.server import Answer, serving
from labkit.embedded.interfaces import Peer, Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.goflags import GoFlags, Value, flag_error
from labkit.embedded.programs.signals import until_terminated

VERSION = "1.0.0"
FLAGS: dict[str, Value] = {"listen": ":5678", "text": "", "status-code": 200, "version": False}
HELP = {
    "listen": "address and port to listen",
    "status-code": "http response code, e.g.: 200",
    "text": "text to put on the webpage",
    "version": "display version information",
}


async def http_echo(process: Process) -> int:
    """Serves until SIGTERM (then 2, as the real one); 127 without a text to echo."""
    try:
        flags, rest = GoFlags(FLAGS, HELP).parse(process.argv)
    except flag_error as error:
        kit.err(process, str(error))
        return 2
    if flags["version"]:
        kit.err(process, f"http-echo v{VERSION}\n")
        return 0
    text = str(flags["text"] or process.env.get("ECHO_TEXT", ""))
    if not text:
        kit.err(process, "Missing -text option or ECHO_TEXT env var!\n")
        return 127
    if rest:
        kit.err(process, "Too many arguments!\n")
        return 127
    return await _serve(process, str(flags["listen"]), text, int(flags["status-code"]))


async def _serve(process: Process, listen: str, text: str, status: int) -> int:
    host, _, port = listen.rpartition(":")
    _log(process, f"[INFO] server is listening on {listen}")
    if not port.isdigit():
        _log(process, f"[ERR] server exited with: listen tcp: address {listen}: invalid port")
        return 1
    handler = serving(_answers(process, text, status), process.clock)
    try:
        listener = process.net.listen(int(port), handler, address=host or "0.0.0.0")
    except OSError:
        why = f"listen tcp {listen}: bind: address already in use"
        _log(process, f"[ERR] server exited with: {why}")
        return 1
    await until_terminated(process, [listener])
    _log(process, "[INFO] received interrupt, shutting down...")
    return 2


def _answers(process: Process, text: str, status: int) -> Answer:
    body = text.encode() + b"\n"
    kind = ("Content-Type", "text/plain; charset=utf-8")
    headers = (("X-App-Name", "http-echo"), ("X-App-Version", VERSION))

    async def answer(request: Request, peer: Peer) -> Response:
        if request.path == "/health":
            return Response(200, b'{"status":"ok"}\n', (*headers, kind))
        began = process.clock.monotonic()
        response = Response(status, body, (*headers, kind))
        took = duration(process.clock.monotonic() - began)
        line = (
            f"{stamp(process.clock)} {request.header('Host')} {peer.address}:{peer.port} "
            f'"{request.method} {request.path} {request.version}" {status} {len(body)} '
            f'"{request.header("User-Agent")}" {took}\n'
        )
        kit.out(process, line)
        return response

    return answer


def _log(process: Process, text: str) -> None:
    """A line of Go's log package, on standard error."""
    kit.err(process, f"{stamp(process.clock)} {text}\n")


def stamp(clock: Clock) -> str:
    """``2026/11/22 22:17:49``."""
    now = datetime.datetime.fromtimestamp(clock.now(), datetime.UTC)
    return now.strftime("%Y/%m/%d %H:%M:%S")


def duration(seconds: float) -> str:
    """As Go prints a duration: ``12.3µs``, ``1.5ms``, ``2s``."""
    for scale, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs"), (1e9, "ns")):
        if seconds * scale >= 1:
            digits = {"s": 9, "ms": 6, "µs": 3, "ns": 0}[unit]
            text = f"{seconds * scale:.{digits}f}"
            return (text.rstrip("0").rstrip(".") if "." in text else text) + unit
    return "0s"
