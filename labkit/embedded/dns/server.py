"""The program ``/coredns``: watches Services and slices, answers on port 53."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable
from typing import Any, Protocol

from labkit.clock import Clock
from labkit.embedded.chance import Chance
from labkit.embedded.dns import wire, zone
from labkit.embedded.dns.answers import Answerer
from labkit.embedded.http.messages import Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.interfaces import Api, Json, Listener, Peer, Process
from labkit.embedded.programs import kit
from labkit.embedded.programs.signals import terminated
from labkit.embedded.streams import Stream

VERSION = "1.14.1"
SERVICES, SLICES = "services", "endpointslices.discovery.k8s.io"
BANNER = f".:53\nCoreDNS-{VERSION}\nlinux/amd64, emulated by labkit\n"
UDP_LIMIT = 1232
"""Bytes of an answer over UDP (CoreDNS' bufsize; emulated clients take it without EDNS)."""


class CoreDns:
    """The program, bound to an API server as its ServiceAccount would bind it."""

    def __init__(self, api: Api, chance: Chance) -> None:
        self._api, self._chance = api, chance

    async def __call__(self, process: Process) -> int:
        """Serves until SIGTERM."""
        view = View(self._api, self._chance)
        listeners = _listen(process, view)
        following = asyncio.ensure_future(view.follow())
        kit.out(process, BANNER)
        try:
            await terminated(process).wait()
        finally:
            for listener in listeners:
                listener.close()
            view.close()
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        kit.out(process, "[INFO] SIGTERM: Shutting down servers then terminating\n")
        return 0


class Source(Protocol):
    """What has the answers."""

    def answer(self, question: wire.Message) -> wire.Message: ...


class View:
    """Services and slices as this server has seen them; the zone is made when asked for."""

    def __init__(self, api: Api, chance: Chance) -> None:
        self._known: dict[str, dict[tuple[str, str], Json]] = {SERVICES: {}, SLICES: {}}
        since = api.version()
        for resource, known in self._known.items():
            known.update((_key(obj), obj) for obj in api.list(resource))
        self._watches = {name: api.watch(name, since=since) for name in self._known}
        self._answerer = Answerer(zone.Zone(), chance)
        self._stale = True

    def answer(self, question: wire.Message) -> wire.Message:
        """The answer out of what is known now."""
        if self._stale:
            services, slices = (self._known[name].values() for name in (SERVICES, SLICES))
            self._answerer.zone = zone.build(services, slices)
            self._answerer.serial += 1
            self._stale = False
        return self._answerer.answer(question)

    async def follow(self) -> None:
        """Take over every change."""
        await asyncio.gather(*(self._one(name, watch) for name, watch in self._watches.items()))

    def close(self) -> None:
        """End the watches."""
        for watch in self._watches.values():
            watch.close()

    async def _one(self, resource: str, watch: Any) -> None:
        async for event in watch:
            if event.type in ("ADDED", "MODIFIED"):
                self._known[resource][_key(event.object)] = event.object
            elif event.type == "DELETED":
                self._known[resource].pop(_key(event.object), None)
            else:
                continue
            self._stale = True


def _key(obj: Json) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def _listen(process: Process, view: View) -> Iterable[Listener]:
    """DNS on 53 (UDP and TCP), health on 8080, readiness on 8181."""
    net = process.net
    return [
        net.listen_udp(53, datagrams(view)),
        net.listen(53, connections(view)),
        net.listen(8080, _saying(b"OK", "/health", process.clock)),
        net.listen(8181, _saying(b"OK", "/ready", process.clock)),
    ]


def reply(view: Source, data: bytes, limit: int | None) -> bytes | None:
    """The bytes of an answer; None for what is no question."""
    try:
        question = wire.parse(data)
    except wire.BadDns:
        return None
    if question.response:
        return None
    return wire.answer(view.answer(question), limit=limit)


def datagrams(view: Source) -> Any:
    """A handler of questions over UDP."""

    async def handle(data: bytes, peer: Peer) -> bytes | None:
        return reply(view, data, UDP_LIMIT)

    return handle


def connections(view: Source) -> Any:
    """A handler of questions over TCP."""

    async def handle(stream: Stream, peer: Peer) -> None:
        """Messages with two bytes of length in front (RFC 7766)."""
        while True:
            try:
                (size,) = struct.unpack("!H", await stream.readexactly(2))
                data = await stream.readexactly(size)
            except asyncio.IncompleteReadError:
                return
            answer = reply(view, data, None)
            if answer is None:
                return
            await stream.write(struct.pack("!H", len(answer)) + answer)

    return handle


def _saying(body: bytes, path: str, clock: Clock) -> Any:
    kind = (("Content-Type", "text/plain; charset=utf-8"),)

    async def answer(request: Request, peer: Peer) -> Response:
        return Response(200, body, kind) if request.path == path else Response(404, b"", kind)

    return serving(answer, clock)
