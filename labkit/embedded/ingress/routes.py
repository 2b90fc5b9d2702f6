"""From Ingresses to routes, and from a request to its route.

After ``networking/v1``: a host matches whole or by one leading ``*``; Exact paths match whole,
Prefix paths by elements (``/a`` matches ``/a`` and ``/a/b``, not ``/ab``); the longest path wins,
and Exact wins over Prefix.  ImplementationSpecific is Prefix here, as Traefik has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labkit.embedded.interfaces import Json

CONTROLLER = "traefik.io/ingress-controller"


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service of a namespace, and one of its ports by number or name."""

    namespace: str
    service: str
    port: int | str


@dataclass(frozen=True, slots=True)
class Route:
    """One rule.  ``host`` is empty where any will do; ``path`` is empty for the default."""

    host: str
    path: str
    exact: bool
    backend: Backend

    def matches(self, host: str, path: str) -> bool:
        """Whether a request goes this way."""
        return self._host_matches(host.lower()) and self._path_matches(path)

    def _host_matches(self, host: str) -> bool:
        if self.host.startswith("*."):
            label, dot, rest = host.partition(".")
            return bool(label and dot) and rest == self.host[2:]
        return not self.host or host == self.host

    def _path_matches(self, path: str) -> bool:
        if self.exact:
            return path == self.path
        whole = self.path.rstrip("/")
        return path == whole or path.startswith(whole + "/")

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """The highest of those that match is taken: named hosts, then the longest path."""
        return bool(self.host), not self.host.startswith("*."), len(self.path), self.exact


def routes_of(ingresses: Iterable[Json], classes: Iterable[Json]) -> list[Route]:
    """The routes of the Ingresses that are this controller's, the first choice first."""
    own = {
        one["metadata"]["name"]
        for one in classes
        if (one.get("spec") or {}).get("controller") == CONTROLLER
    }
    found = [route for one in ingresses if is_ours(one, own) for route in _routes(one)]
    return sorted(found, key=lambda route: route.rank, reverse=True)


def is_ours(ingress: Json, own: set[str]) -> bool:
    """An Ingress without a class is taken too."""
    name = (ingress.get("spec") or {}).get("ingressClassName")
    return name is None or name in own


def _routes(ingress: Json) -> Iterator[Route]:
    spec, namespace = ingress.get("spec") or {}, ingress["metadata"]["namespace"]
    for rule in spec.get("rules") or ():
        host = str(rule.get("host") or "").lower()
        for path in (rule.get("http") or {}).get("paths") or ():
            backend = _backend(namespace, path.get("backend"))
            if backend is not None:
                exact = path.get("pathType") == "Exact"
                yield Route(host, str(path.get("path") or "/"), exact, backend)
    default = _backend(namespace, spec.get("defaultBackend"))
    if default is not None:
        yield Route("", "", False, default)


def _backend(namespace: str, backend: Json | None) -> Backend | None:
    service = (backend or {}).get("service")
    if not service:
        return None
    port = service.get("port") or {}
    return Backend(namespace, str(service["name"]), port.get("name") or int(port.get("number", 0)))


def find(routes: Iterable[Route], host: str, path: str) -> Backend | None:
    """Where a request goes; None when no rule knows it."""
    bare = host.partition(":")[0]
    return next((route.backend for route in routes if route.matches(bare, path)), None)
