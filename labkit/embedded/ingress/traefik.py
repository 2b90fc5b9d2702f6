"""The program ``traefik``: proxies HTTP by the cluster's Ingresses.

Of Traefik v3 it has the provider for Ingresses, its answers to what it cannot serve, round robin
over a Service's servers, connections to them that are kept and used again, and the address in
``status.loadBalancer``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from labkit.embedded.http.client import exchange, keeps_alive
from labkit.embedded.http.messages import BadMessage, Request, Response
from labkit.embedded.http.server import serving
from labkit.embedded.ingress.routes import CONTROLLER, Backend, Route, find, is_ours, routes_of
from labkit.embedded.ingress.upstreams import Address, servers
from labkit.embedded.interfaces import Api, Json, Peer, Process
from labkit.embedded.mirror import Mirror
from labkit.embedded.programs import kit
from labkit.embedded.programs.http_echo import stamp
from labkit.embedded.programs.signals import terminated
from labkit.embedded.status import StatusError
from labkit.embedded.streams import Stream

VERSION = "3.5.0"
INGRESSES, CLASSES = "ingresses.networking.k8s.io", "ingressclasses.networking.k8s.io"
SERVICES, SLICES = "services", "endpointslices.discovery.k8s.io"
SERVICE_NAME = "kubernetes.io/service-name"
PLAIN = (("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff"))
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"}
ENTRY, ADDRESS = "--entrypoints.web.address=", "--providers.kubernetesingress.ingressendpoint.ip="
PROVIDER = "--providers.kubernetesingress"
DEFAULT_PORT = 80
CONNECT_LIMIT = 30.0
LOOK_AGAIN = 0.5


@dataclass(slots=True)
class Pool:
    """Idle connections to servers."""

    idle: dict[Address, list[Stream]] = field(default_factory=dict)

    def take(self, server: Address) -> Stream | None:
        kept = self.idle.get(server)
        return kept.pop() if kept else None

    def give(self, server: Address, stream: Stream) -> None:
        self.idle.setdefault(server, []).append(stream)

    def close(self) -> None:
        for streams in self.idle.values():
            for stream in streams:
                stream.close()


class Traefik:
    """The program, bound to an API server as its ServiceAccount would bind it."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def __call__(self, process: Process) -> int:
        """Serves until SIGTERM."""
        words = [word.lower() for word in process.argv[1:]]
        port = next((w.rpartition(":")[2] for w in words if w.startswith(ENTRY)), DEFAULT_PORT)
        mirror = Mirror(self._api, (INGRESSES, CLASSES, SERVICES, SLICES))
        if any(word.startswith(PROVIDER) for word in words):
            mirror.start()
        proxy = Proxy(process, mirror)
        listener = process.net.listen(int(port), serving(proxy.answer, process.clock))
        kit.out(process, f"{stamp(process.clock)} INF Traefik version {VERSION} (emulated)\n")
        address = next((w.partition("=")[2] for w in words if w.startswith(ADDRESS)), "")
        telling = asyncio.ensure_future(self._tell(process, mirror, address))
        try:
            await terminated(process).wait()
        finally:
            listener.close()
            proxy.pool.close()
            telling.cancel()
            mirror.halt()
        return 0

    async def _tell(self, process: Process, mirror: Mirror, address: str) -> None:
        """Write the address under which the Ingresses can be reached into their status."""
        while address:
            own = classes_of(mirror)
            for one in list(mirror.all(INGRESSES)):
                if is_ours(one, own) and points_of(one) != [address]:
                    self._write(one, address)
            await process.clock.sleep(LOOK_AGAIN)

    def _write(self, ingress: Json, address: str) -> None:
        meta = ingress["metadata"]
        status = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}}
        try:
            self._api.patch(
                INGRESSES, meta["namespace"], meta["name"], status, subresource="status",
                manager="traefik",
            )  # fmt: skip
        except StatusError:
            return  # it is gone, or changed just now: the next look will tell


class Proxy:
    """Answers requests by the routes as they stand."""

    def __init__(self, process: Process, mirror: Mirror) -> None:
        self._process, self._mirror = process, mirror
        self._routes: list[Route] = []
        self._seen = -1
        self._turns: dict[Backend, int] = {}
        self.pool = Pool()

    async def answer(self, request: Request, peer: Peer) -> Response:
        """The server's answer, or why there is none: 404, 503, 502."""
        backend = find(self._current(), request.header("Host"), request.path)
        if backend is None:
            return Response(404, b"404 page not found\n", PLAIN)
        service = self._mirror.get(SERVICES, backend.namespace, backend.service)
        if service is None:
            return Response(404, b"404 page not found\n", PLAIN)
        choice = servers(backend, service, self._slices(backend))
        if not choice:
            return Response(503, b"no available server\n", PLAIN)
        turn = self._turns[backend] = self._turns.get(backend, -1) + 1
        try:
            return await self._forward(choice[turn % len(choice)], request, peer)
        except (OSError, BadMessage, asyncio.IncompleteReadError):
            return Response(502, b"Bad Gateway", PLAIN)

    def _current(self) -> list[Route]:
        if self._seen != self._mirror.changes:
            self._seen = self._mirror.changes
            self._routes = routes_of(self._mirror.all(INGRESSES), self._mirror.all(CLASSES))
        return self._routes

    def _slices(self, backend: Backend) -> Iterable[Json]:
        for one in self._mirror.all(SLICES):
            meta = one["metadata"]
            owner = (meta.get("labels") or {}).get(SERVICE_NAME)
            if meta["namespace"] == backend.namespace and owner == backend.service:
                yield one

    async def _forward(self, server: Address, request: Request, peer: Peer) -> Response:
        """Over a kept connection if there is one; one that turned out to be closed is replaced."""
        kept = self.pool.take(server)
        if kept is not None:
            try:
                return await self._exchange(server, kept, request, peer)
            except (ConnectionError, BadMessage, asyncio.IncompleteReadError):
                kept.close()
        stream = await self._process.net.connect(*server, timeout=CONNECT_LIMIT)
        return await self._exchange(server, stream, request, peer)

    async def _exchange(
        self, server: Address, stream: Stream, request: Request, peer: Peer
    ) -> Response:
        headers = forwarded(request, peer, self._process.hostname)
        response = await exchange(stream, request.method, request.target, headers, request.body)
        if keeps_alive(response):
            self.pool.give(server, stream)
        else:
            stream.close()
        kept = tuple(pair for pair in response.headers if pair[0].lower() not in HOP_BY_HOP)
        return Response(response.status, response.body, kept, response.reason)


def forwarded(request: Request, peer: Peer, name: str) -> list[tuple[str, str]]:
    """The request's headers, and who asked for whom."""
    host = request.header("Host")
    before = request.header("X-Forwarded-For")
    added = [
        ("X-Forwarded-For", f"{before}, {peer.address}" if before else peer.address),
        ("X-Forwarded-Host", host),
        ("X-Forwarded-Port", host.partition(":")[2] or "80"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Server", name),
        ("X-Real-Ip", peer.address),
    ]
    own = {title.lower() for title, _ in added} | HOP_BY_HOP
    return [pair for pair in request.headers if pair[0].lower() not in own] + added


def classes_of(mirror: Mirror) -> set[str]:
    """The names of the IngressClasses that are this controller's."""
    return {
        one["metadata"]["name"]
        for one in mirror.all(CLASSES)
        if (one.get("spec") or {}).get("controller") == CONTROLLER
    }


def points_of(ingress: Json) -> list[str]:
    """The addresses in an Ingress' status."""
    balancer = (ingress.get("status") or {}).get("loadBalancer") or {}
    return [str(one.get("ip", "")) for one in balancer.get("ingress") or ()]
