"""``httpd`` (Apache): static files from ``/usr/local/apache2/htdocs``, the logs of its image."""

from __future__ import annotations

import datetime
import html
import posixpath
from dataclasses import replace

from labkit.clock import Clock
from labkit.embedded.http.messages import REASONS, Request, Response
from labkit.embedded.http.server import Answer, serving
from labkit.embedded.interfaces import Peer, Process
from labkit.embedded.programs import kit, paths
from labkit.embedded.programs.signals import until_terminated
from labkit.embedded.programs.webfiles import Place, look_up

VERSION = "2.4.39"
ROOT = "/usr/local/apache2/htdocs"
WELCOME = b"<html><body><h1>It works!</h1></body></html>\n"
SERVER = f"Apache/{VERSION} (Unix)"
UNNAMED = (
    "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, "
    "using {}. Set the 'ServerName' directive globally to suppress this message\n"
)


async def httpd(process: Process) -> int:
    """Serves on port 80 until it is told to end (``httpd-foreground``, ``httpd -X``)."""
    if "-v" in process.argv:
        kit.out(process, f"Server version: {SERVER}\n")
        return 0
    if "-t" in process.argv:
        kit.err(process, "Syntax OK\n")
        return 0
    address = process.net.address
    kit.err(process, UNNAMED.format(address) * 2)
    try:
        listener = process.net.listen(80, serving(_answers(process), process.clock))
    except OSError:
        why = "(98)Address in use: AH00072: make_sock: could not bind to address 0.0.0.0:80"
        kit.err(process, f"{why}\nno listening sockets available, shutting down\n")
        return 1
    _note(process, "mpm_event", f"AH00489: {SERVER} configured -- resuming normal operations")
    _note(process, "core", "AH00094: Command line: 'httpd -D FOREGROUND'")
    await until_terminated(process, [listener])
    _note(process, "mpm_event", "AH00491: caught SIGTERM, shutting down")
    return 0


def _answers(process: Process) -> Answer:
    async def answer(request: Request, peer: Peer) -> Response:
        response = _served(process, request)
        size = len(response.body) if response.body and request.method != "HEAD" else "-"
        kit.out(
            process,
            f"{peer.address} - - [{_moment(process.clock)}] "
            f'"{request.method} {request.target} {request.version}" {response.status} {size}\n',
        )
        return replace(response, headers=(("Server", SERVER), *response.headers))

    return answer


def _served(process: Process, request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        what = f"The requested method {request.method} is not allowed for the URL {request.path}."
        return _page(405, what)
    place = look_up(process.files, ROOT, request.path)
    if place.data is not None:
        kind = place.kind
        return Response(200, place.data, (("Content-Type", kind),) if kind else ())
    if not place.exists:
        url = html.escape(request.path)
        return _page(404, f"The requested URL {url} was not found on this server.")
    if place.folder:
        return _index(process, request, place)
    target = f"http://{request.header('Host')}{request.path}/"
    moved = _page(301, f'The document has moved <a href="{html.escape(target)}">here</a>.')
    return replace(moved, headers=(("Location", target), *moved.headers))


def _index(process: Process, request: Request, place: Place) -> Response:
    """``Options Indexes``: what lies in a folder without an index file."""
    names = paths.children(process.files, posixpath.dirname(place.path))
    items = "".join(f'<li><a href="{n}"> {n}</a></li>\n' for n in map(html.escape, sorted(names)))
    title = f"Index of {html.escape(request.path)}"
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n'
        f"  <title>{title}</title>\n </head>\n <body>\n<h1>{title}</h1>\n<ul>{items}</ul>\n"
        "</body></html>\n"
    )
    return Response(200, body.encode(), (("Content-Type", "text/html;charset=ISO-8859-1"),))


def _page(status: int, what: str) -> Response:
    """The short page of an error or a redirection."""
    title = REASONS[status]
    body = (
        '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n'
        f"<title>{status} {title}</title>\n</head><body>\n<h1>{title}</h1>\n"
        f"<p>{what}</p>\n</body></html>\n"
    )
    return Response(status, body.encode(), (("Content-Type", "text/html; charset=iso-8859-1"),))


def _note(process: Process, module: str, text: str) -> None:
    now = datetime.datetime.fromtimestamp(process.clock.now(), datetime.UTC)
    kit.err(process, f"[{now:%a %b %d %H:%M:%S.%f %Y}] [{module}:notice] [pid 1:tid 1] {text}\n")


def _moment(clock: Clock) -> str:
    """``22/Nov/2026:22:17:49 +0000``."""
    now = datetime.datetime.fromtimestamp(clock.now(), datetime.UTC)
    return now.strftime("%d/%b/%Y:%H:%M:%S +0000")
