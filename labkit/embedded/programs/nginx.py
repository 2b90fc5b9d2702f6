"""``nginx``: static files from ``/usr/share/nginx/html``, access log and error log."""

from __future__ import annotations

import datetime
from dataclasses import replace

from labkit.clock import Clock
from labkit.embedded.http.messages import REASONS, Request, Response
from labkit.embedded.http.server import Answer, serving
from labkit.embedded.interfaces import Peer, Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.http_echo import stamp
from labkit.embedded.programs.signals import terminated, until_terminated
from labkit.embedded.programs.webfiles import look_up

VERSION = "1.29.3"
ROOT = "/usr/share/nginx/html"
WELCOME = b"""<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>This page comes from the nginx that labkit emulates.
It serves the files below /usr/share/nginx/html.</p>
</body>
</html>
"""


async def entrypoint(process: Process) -> int:
    """``/docker-entrypoint.sh COMMAND...``: a few notices, then the command."""
    words = list(process.argv[1:])
    if words[:1] == ["nginx"]:
        folder = "/docker-entrypoint.d/"
        kit.out(process, f"/docker-entrypoint.sh: {folder} is empty, nothing to configure\n")
        kit.out(process, "/docker-entrypoint.sh: Configuration complete; ready for start up\n")
    program = kit.find(process.programs, words[0]) if words else None
    if program is None:
        kit.err(process, f"/docker-entrypoint.sh: exec: {' '.join(words[:1])}: not found\n")
        return 127
    return await program(replace(process, argv=words))


async def nginx(process: Process) -> int:
    """Serves on port 80 until SIGTERM (a fast shutdown)."""
    if "-v" in process.argv or "-V" in process.argv:
        kit.err(process, f"nginx version: nginx/{VERSION}\n")
        return 0
    if "-t" in process.argv:
        conf = "/etc/nginx/nginx.conf"
        kit.err(process, f"nginx: the configuration file {conf} syntax is ok\n")
        kit.err(process, f"nginx: configuration file {conf} test is successful\n")
        return 0
    if "-s" in process.argv:
        terminated(process).set()
        return 0
    try:
        listener = process.net.listen(80, serving(_answers(process), process.clock))
    except OSError:
        why = "bind() to 0.0.0.0:80 failed (98: Address already in use)"
        kit.err(process, f"nginx: [emerg] {why}\n")
        return 1
    _note(process, "notice", f"nginx/{VERSION}")
    _note(process, "notice", "start worker processes")
    await until_terminated(process, [listener])
    _note(process, "notice", "signal 15 (SIGTERM) received, exiting")
    return 0


def _answers(process: Process) -> Answer:
    requests = iter(range(1, 1 << 62))

    async def answer(request: Request, peer: Peer) -> Response:
        number = next(requests)
        response = _served(process, request, peer, number)
        server = ("Server", f"nginx/{VERSION}")
        size = 0 if request.method == "HEAD" else len(response.body)
        agent = request.header("User-Agent") or "-"
        kit.out(
            process,
            f"{peer.address} - - [{_moment(process.clock)}] "
            f'"{request.method} {request.target} {request.version}" {response.status} {size} '
            f'"{request.header("Referer") or "-"}" "{agent}" '
            f'"{request.header("X-Forwarded-For") or "-"}"\n',
        )
        return replace(response, headers=(server, *response.headers))

    return answer


def _served(process: Process, request: Request, peer: Peer, number: int) -> Response:
    if request.method not in ("GET", "HEAD"):
        return _page(405)
    place = look_up(process.files, ROOT, request.path)
    if place.data is not None:
        kind = place.kind or "application/octet-stream"
        return Response(200, place.data, (("Content-Type", kind),))
    where, exists = place.path, place.exists
    if exists and not place.folder:
        target = f"http://{request.header('Host')}{request.path}/"
        return replace(_page(301), headers=(("Location", target), ("Content-Type", "text/html")))
    forbidden = f'directory index of "{where.removesuffix("index.html")}" is forbidden'
    missing = f'open() "{where}" failed (2: No such file or directory)'
    _note(
        process,
        "error",
        f"*{number} {forbidden if exists else missing}, client: "
        f'{peer.address}, server: localhost, request: "{request.method} {request.target} '
        f'{request.version}", host: "{request.header("Host")}"',
    )
    return _page(403 if exists else 404)


def _page(status: int) -> Response:
    """The short page of an error or a redirection."""
    title = f"{status} {REASONS[status] if status != 405 else 'Not Allowed'}"
    body = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n<hr><center>nginx/{VERSION}</center>\r\n"
        "</body>\r\n</html>\r\n"
    )
    return Response(status, body.encode(), (("Content-Type", "text/html"),))


def _note(process: Process, level: str, text: str) -> None:
    kit.err(process, f"{stamp(process.clock)} [{level}] 1#1: {text}\n")


def _moment(clock: Clock) -> str:
    """``22/Nov/2026:22:17:49 +0000``."""
    now = datetime.datetime.fromtimestamp(clock.now(), datetime.UTC)
    return now.strftime("%d/%b/%Y:%H:%M:%S +0000")
