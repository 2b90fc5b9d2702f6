"""``agnhost porter``: serves the value of each variable ``SERVE_PORT_N`` on port N."""

from __future__ import annotations

from labkit.embedded.http.messages import Request, Response
from labkit.embedded.http.server import Answer, serving
from labkit.embedded.http.tls import serving_tls
from labkit.embedded.interfaces import Listener, Peer, Process, TcpHandler, UdpHandler
from labkit.embedded.programs.agnhost.common import BadFlags, flags, go_json, log, said
from labkit.embedded.programs.signals import until_terminated
from labkit.embedded.programs.sockets import why

JSON = (("Content-Type", "application/json"),)
TCP, UDP, TLS = ("SERVE_PORT_", "SERVE_TCP_PORT_"), "SERVE_UDP_PORT_", "SERVE_TLS_PORT_"


async def porter(process: Process) -> int:
    """HTTP (``SERVE_PORT_``, ``SERVE_TCP_PORT_``), HTTPS (``SERVE_TLS_PORT_``), UDP.

    With ``--json-response`` the answer is JSON: the value, and the method that asked for it.
    """
    try:
        values, _ = flags(process, {"json-response": False})
    except BadFlags:
        return 1
    listeners: list[Listener] = []
    for name, value in sorted(process.env.items()):
        _open(process, name, value, bool(values["json-response"]), listeners)
    await until_terminated(process, listeners)
    return 2


def _open(
    process: Process, name: str, value: str, as_json: bool, listeners: list[Listener]
) -> None:
    """The port of one variable; one that cannot be had is told to the log."""
    prefix, _, port = name.rpartition("_")
    prefix += "_"
    if not port.isdigit() or prefix not in (*TCP, UDP, TLS):
        return
    net, number = process.net, int(port)
    try:
        if prefix == UDP:
            listeners.append(net.listen_udp(number, _always(value.encode())))
            log(process, f"Started UDP server on port {port}")
            return
        handler: TcpHandler = serving(_answers(value, as_json), process.clock)
        listeners.append(net.listen(number, serving_tls(handler) if prefix == TLS else handler))
    except OSError as error:
        said_why = f"listen tcp 0.0.0.0:{port}: bind: {why(error).lower()}"
        log(process, f'server on port "{port}" failed: {said_why}')


def _always(body: bytes) -> UdpHandler:
    async def answer(data: bytes, peer: Peer) -> bytes:
        return body

    return answer


def _answers(value: str, as_json: bool) -> Answer:
    async def answer(request: Request, peer: Peer) -> Response:
        if as_json:
            body = go_json({"Method": request.method, "Body": value})
            return Response(200, body.encode(), JSON)
        return said(value.encode())

    return answer
