"""``agnhost test-webserver``: serves the files of its container."""

from __future__ import annotations

from urllib.parse import quote

from labkit.embedded.http.messages import Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.interfaces import Peer, Process
from labkit.embedded.programs.agnhost.common import BadFlags, flags, said
from labkit.embedded.programs.signals import until_terminated
from labkit.embedded.programs.webfiles import look_up

OPEN = (
    ("Cache-Control", "private"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
)


async def webserver(process: Process) -> int:
    """2 after SIGTERM."""
    try:
        values, _ = flags(process, {"port": 80})
    except BadFlags:
        return 1

    async def answer(request: Request, peer: Peer) -> Response:
        return _file(process, request.path)

    listener = process.net.listen(int(values["port"]), serving(answer, process.clock))
    await until_terminated(process, [listener])
    return 2


def _file(process: Process, path: str) -> Response:
    """A file, or what lies in a folder."""
    place = look_up(process.files, "", path)
    if place.data is not None:
        return said(place.data, 200, OPEN)
    if place.exists and not place.folder:
        return Response(301, b"", (("Location", path.rsplit("/", 1)[-1] + "/"), *OPEN))
    folder = path if path.endswith("/") else path + "/"
    inside = {
        rest.partition("/")[0] + ("/" if "/" in rest else "")
        for name in process.files
        if name.startswith(folder) and (rest := name[len(folder) :])
    }
    if not inside:
        return said(b"404 page not found\n", 404, OPEN)
    links = "".join(f'<a href="{quote(name)}">{name}</a>\n' for name in sorted(inside))
    kind = ("Content-Type", "text/html; charset=utf-8")
    return Response(200, f"<pre>\n{links}</pre>\n".encode(), (kind, *OPEN))
