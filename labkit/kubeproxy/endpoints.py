"""Which endpoints of a Service port count on this node.

``collect`` follows kube-proxy's slice cache (``pkg/proxy/endpointslicecache.go``),
``categorize`` its ``CategorizeEndpoints`` (``pkg/proxy/topology.go``, v1.36).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from labkit.kubeproxy.addresses import KUBERNETES_FAMILY, Family, ips_of_family, with_port
from labkit.kubeproxy.ports import PortInfo, is_watched
from labkit.model.service import Endpoint, EndpointSlice

PortKey = tuple[str, str, str]
"""Service (``ns/name``), name of the port, protocol in lower case."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One endpoint of one Service port; ``text`` is ``ip:port``, by which they are sorted."""

    ip: str
    port: int
    ready: bool
    serving_terminating: bool
    local: bool
    zone_hints: tuple[str, ...]
    node_hints: tuple[str, ...]

    @property
    def text(self) -> str:
        """``ip:port`` or ``[ip]:port``."""
        return with_port(self.ip, self.port)


Backends = tuple[Backend, ...]


@dataclass(frozen=True, slots=True)
class Categories:
    """The endpoints by use: for policy Cluster, for policy Local, and all in either.

    ``has_any`` says whether the Service has a usable endpoint anywhere, this node's or not.
    """

    cluster: Backends = ()
    local: Backends = ()
    reachable: Backends = ()
    has_any: bool = False


def port_key(info: PortInfo) -> PortKey:
    """What a slice's port must agree with: the port's *name*, not its number."""
    return info.service_key, info.port_name, info.protocol


def collect(
    slices: Iterable[EndpointSlice], family: Family, node_name: str
) -> dict[PortKey, Backends]:
    """All endpoints by Service port, each set sorted by the text ``ip:port``."""
    found: dict[PortKey, dict[str, Backend]] = {}
    for one in slices:
        if not _is_usable(one, family):
            continue
        for port in one.ports:
            if port.name is None or not port.port:
                continue
            by_text = found.setdefault((one.service_key, port.name, port.protocol.lower()), {})
            for endpoint in one.endpoints:
                _add(by_text, endpoint, port.port, family, node_name)
    return {key: tuple(by_text[text] for text in sorted(by_text)) for key, by_text in found.items()}


def _is_usable(one: EndpointSlice, family: Family) -> bool:
    """Whether kube-proxy of this family reads the slice at all."""
    wanted = KUBERNETES_FAMILY[family]
    return bool(one.service_name) and one.address_type == wanted and is_watched(one.labels)


def _add(
    by_text: dict[str, Backend], endpoint: Endpoint, port: int, family: Family, node_name: str
) -> None:
    """Add an endpoint by its first address; of two alike, a local one wins."""
    ips = ips_of_family(endpoint.addresses[:1], family)
    if not ips:
        return
    local = bool(node_name) and endpoint.node_name == node_name
    backend = Backend(
        ip=ips[0],
        port=port,
        ready=endpoint.ready,
        serving_terminating=endpoint.serving and endpoint.terminating,
        local=local,
        zone_hints=endpoint.zone_hints,
        node_hints=endpoint.node_hints,
    )
    if local or backend.text not in by_text:
        by_text[backend.text] = backend


def categorize(backends: Backends, info: PortInfo, node_name: str, zone: str) -> Categories:
    """Sort endpoints by use; the ones that serve while terminating are a last resort."""
    cluster: Backends = ()
    local: Backends = ()
    has_any = False
    if info.uses_cluster_endpoints:
        cluster = _cluster_endpoints(backends, node_name, zone)
        has_any = bool(cluster)
    if info.uses_local_endpoints:
        local = _ready_or_terminating(tuple(item for item in backends if item.local))
        has_any = any(item.ready or item.serving_terminating for item in backends)
    return Categories(cluster, local, _union(cluster, local), has_any)


def _cluster_endpoints(backends: Backends, node_name: str, zone: str) -> Backends:
    """The ready ones that topology allows, else all that serve while terminating."""
    available = _topology(backends, node_name, zone)
    ready = tuple(item for item in backends if item.ready and available(item))
    return ready or tuple(item for item in backends if item.serving_terminating)


def _topology(backends: Backends, node_name: str, zone: str) -> Callable[[Backend], bool]:
    """Same node, else same zone, else anywhere.

    Hints count only if *every* ready endpoint has one and at least one names this place.
    """
    ready = [item for item in backends if item.ready]
    if _hints_lead_to(node_name, [item.node_hints for item in ready]):
        return lambda item: node_name in item.node_hints
    if _hints_lead_to(zone, [item.zone_hints for item in ready]):
        return lambda item: zone in item.zone_hints
    return lambda item: True


def _hints_lead_to(place: str, hints: list[tuple[str, ...]]) -> bool:
    """Whether every endpoint has a hint and one of them names this place."""
    return all(hints) and any(place in names for names in hints)


def _ready_or_terminating(backends: Backends) -> Backends:
    """The ready ones; if there are none, those that serve while terminating."""
    ready = tuple(item for item in backends if item.ready)
    return ready or tuple(item for item in backends if item.serving_terminating)


def _union(cluster: Backends, local: Backends) -> Backends:
    """All in either set, without repeats (kube-proxy's order here is random: by text)."""
    if not local:
        return cluster
    if not cluster:
        return local
    by_text = {item.text: item for item in (*cluster, *local)}
    return tuple(by_text[text] for text in sorted(by_text))
