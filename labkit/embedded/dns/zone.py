"""The records of a cluster: what each Service and endpoint is called.

By the "Kubernetes DNS-Based Service Discovery" specification 1.1.0 and CoreDNS' plugin
kubernetes (``plugin/kubernetes/kubernetes.go``) with kubeadm's ``pods insecure`` and ttl 30.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from labkit.embedded.dns.wire import CNAME, PTR, SRV, TXT, A, Data, Service
from labkit.embedded.interfaces import Json
from labkit.plan import CLUSTER_DOMAIN

SCHEMA_VERSION = "1.1.0"
SERVICE_NAME = "kubernetes.io/service-name"
Key = tuple[str, str]
"""Namespace and name."""


@dataclass(slots=True)
class Zone:
    """Records by name (lower case, without the last dot) and type; ``names`` are those that
    exist, also without a record of their own."""

    records: dict[tuple[str, int], list[Data]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def add(self, name: str, kind: int, data: Data) -> None:
        """One record; every name above it exists from now on."""
        known = self.records.setdefault((name, kind), [])
        if data not in known:
            known.append(data)
        while name not in self.names and name:
            self.names.add(name)
            name = name.partition(".")[2]


def build(services: Iterable[Json], slices: Iterable[Json]) -> Zone:
    """All records of the cluster."""
    zone = Zone()
    by_service: dict[Key, list[Json]] = {}
    for one in slices:
        meta = one["metadata"]
        owner = meta.get("labels", {}).get(SERVICE_NAME, "")
        if one.get("addressType", "IPv4") == "IPv4" and owner:
            by_service.setdefault((meta["namespace"], owner), []).append(one)
    zone.add(f"dns-version.{CLUSTER_DOMAIN}", TXT, _text(SCHEMA_VERSION))
    for service in services:
        _add_service(zone, service, by_service)
    return zone


def _add_service(zone: Zone, service: Json, slices: Mapping[Key, list[Json]]) -> None:
    meta, spec = service["metadata"], service.get("spec", {})
    name = f"{meta['name']}.{meta['namespace']}.svc.{CLUSTER_DOMAIN}".lower()
    if spec.get("type") == "ExternalName":
        zone.add(name, CNAME, str(spec.get("externalName", "")).rstrip("."))
        return
    own = slices.get((meta["namespace"], meta["name"]), [])
    if spec.get("clusterIP") in ("None", "", None):
        _add_headless(zone, name, own)
        return
    for address in spec.get("clusterIPs") or [spec["clusterIP"]]:
        if ":" not in address:
            zone.add(name, A, address)
            zone.add(reverse(address), PTR, name)
    for port in spec.get("ports") or ():
        _add_srv(zone, name, port.get("name"), port.get("protocol", "TCP"), port["port"], name)
    for endpoint, _ in _ready(own):
        address = endpoint["addresses"][0]
        zone.add(reverse(address), PTR, f"{endpoint_name(endpoint)}.{name}")


def _add_headless(zone: Zone, name: str, slices: Iterable[Json]) -> None:
    for endpoint, ports in _ready(slices):
        address = endpoint["addresses"][0]
        full = f"{endpoint_name(endpoint)}.{name}"
        zone.add(name, A, address)
        zone.add(full, A, address)
        zone.add(reverse(address), PTR, full)
        for port in ports:
            if port.get("port"):
                protocol = port.get("protocol", "TCP")
                _add_srv(zone, name, port.get("name"), protocol, port["port"], full)


def _ready(slices: Iterable[Json]) -> Iterator[tuple[Json, list[Json]]]:
    """Ready endpoints with the ports of their slice (a missing ``ready`` counts as true)."""
    for one in slices:
        for endpoint in one.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                yield endpoint, one.get("ports") or []


def _add_srv(zone: Zone, name: str, port: str | None, protocol: str, number: int, to: str) -> None:
    """``_http._tcp.name``: only a port with a name has one."""
    if port:
        zone.add(f"_{port}._{protocol}.{name}".lower(), SRV, Service(0, 100, number, to))


def endpoint_name(endpoint: Json) -> str:
    """The endpoint's host name, or its address with dashes."""
    return str(endpoint.get("hostname") or endpoint["addresses"][0].replace(".", "-")).lower()


def reverse(address: str) -> str:
    """``10.45.96.10.in-addr.arpa``."""
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


def _text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def pod_address(name: str) -> str | None:
    """The address that ``10-244-1-6.default.pod.cluster.local`` spells (``pods insecure``)."""
    suffix = f".pod.{CLUSTER_DOMAIN}"
    labels = name.removesuffix(suffix).split(".")
    if not name.endswith(suffix) or len(labels) != 2:
        return None
    parts = labels[0].split("-")
    good = len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)
    return ".".join(parts) if good else None
