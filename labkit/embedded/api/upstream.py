"""Where a request through the API server's proxy goes: the Pod behind a name, or of a Service.

Source: kubernetes pkg/registry/core/pod/strategy.go (ResourceLocation),
pkg/registry/core/service/storage/storage.go (ResourceLocation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labkit.embedded.api.paths import Target
from labkit.embedded.kinds.base import at
from labkit.embedded.machinery.world import World
from labkit.embedded.status import StatusError, bad_request

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """``web``, ``web:8080``, ``https:web:443``; the port of a Service may be a name."""

    scheme: str
    name: str
    port: str


@dataclass(frozen=True, slots=True)
class Upstream:
    """An address that the API server connects to."""

    scheme: str
    address: str
    port: int

    @property
    def host(self) -> str:
        return f"{self.address}:{self.port}"


def asked(identifier: str, what: str) -> Asked:
    """The parts of what stands in the path (SplitSchemeNamePort); 400 when it is none."""
    parts = identifier.split(":")
    scheme, name, port = "", parts[0], ""
    if len(parts) == 2:
        port = parts[1]
    elif len(parts) == 3:
        scheme, name, port = parts
    if len(parts) > 3 or not name or scheme not in ("", "http", "https"):
        raise bad_request(f'invalid {what} request "{identifier}"')
    return Asked(scheme or "http", name, port)


def unavailable(message: str) -> StatusError:
    """503 with a reason that clients may wait on."""
    return StatusError(503, "ServiceUnavailable", message)


def upstream(world: World, target: Target) -> Upstream:
    """Where the request goes.  Raises ``StatusError``."""
    if target.kind.plural == "pods":
        return _pod(world, target)
    return _service(world, target)


def _pod(world: World, target: Target) -> Upstream:
    wish = asked(target.name, "pod")
    pod = world.current(target.kind, target.namespace, wish.name)
    address = at(pod, "status", "podIP")
    if not address:
        raise bad_request("address not allowed")
    port = wish.port or _first_port(pod) or ("443" if wish.scheme == "https" else "80")
    if not port.isdigit():
        raise unavailable(f"error trying to reach service: lookup tcp/{port}: unknown port")
    return Upstream(wish.scheme, address, int(port))


def _first_port(pod: Json) -> str:
    """The first port that any container names."""
    for container in at(pod, "spec", "containers", default=[]):
        for port in container.get("ports") or []:
            return str(port["containerPort"])
    return ""


def _service(world: World, target: Target) -> Upstream:
    wish = asked(target.name, "service")
    service = world.current(target.kind, target.namespace, wish.name)
    port = wish.port
    if port.isdigit():
        port = _name_of(service, int(port))
    endpoints = world.find("endpoints", target.namespace or "", wish.name) or {}
    choices = [
        (str(address["ip"]), int(one["port"]))
        for subset in endpoints.get("subsets") or []
        for one in subset.get("ports") or []
        if (one.get("name") or "") == port
        for address in subset.get("addresses") or []
        if _is_pod(world, address)
    ]
    if not choices:
        raise unavailable(f'no endpoints available for service "{target.name}"')
    return Upstream(wish.scheme, *choices[world.chance.below(len(choices))])


def _name_of(service: Json, number: int) -> str:
    for port in at(service, "spec", "ports", default=[]):
        if port["port"] == number:
            return str(port.get("name") or "")
    name = service["metadata"]["name"]
    raise unavailable(f'no service port {number} found for service "{name}"')


def _is_pod(world: World, address: Json) -> bool:
    """Only addresses of Pods are asked: an Endpoints object may hold any."""
    reference = address.get("targetRef") or {}
    if reference.get("kind") != "Pod":
        return False
    pod = world.find("pods", reference.get("namespace", ""), reference.get("name", ""))
    ips = [one["ip"] for one in at(pod, "status", "podIPs", default=[])]
    return pod is not None and address["ip"] in ips
