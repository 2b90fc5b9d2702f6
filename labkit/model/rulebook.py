"""A ruleset with the Service that it was written for: what ``show`` makes explorable."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.model.service import EndpointSlice, Service


@dataclass(frozen=True, slots=True)
class RuleBook:
    """``text`` is iptables-save or iptables-restore text; with ``service`` and ``slices`` the
    fields of the Service are shown beside the rules in which they come back.

    >>> show(RuleBook(lab.rules()))                        # doctest: +SKIP
    >>> show(lab.rulebook("backend-service"))              # doctest: +SKIP
    """

    text: str
    service: Service | None = None
    slices: tuple[EndpointSlice, ...] = ()
    client: str = ""


@dataclass(frozen=True, slots=True)
class BookField:
    """A field of the Service or its slices, and the ``words`` by which a rule shows it (any of
    them is enough)."""

    name: str
    value: str
    words: tuple[str, ...]


def fields_of(book: RuleBook) -> tuple[BookField, ...]:
    """The fields that come back in rules."""
    service = book.service
    if service is None:
        return ()
    found = [BookField("metadata.name", service.name, (service.key,))]
    if service.cluster_ip not in ("", "None"):
        address = service.cluster_ip
        found.append(BookField("spec.clusterIP", address, (f"-d {address}/", f"-d {address} ")))
    for i, port in enumerate(service.ports):
        where = f"spec.ports[{i}]"
        found.append(BookField(f"{where}.port", str(port.port), (f"--dport {port.port} ",)))
        low = port.protocol.lower()
        found.append(BookField(f"{where}.protocol", port.protocol, (f"-p {low} ",)))
        if port.node_port:
            words = (f"--dport {port.node_port} ",)
            found.append(BookField(f"{where}.nodePort", str(port.node_port), words))
    if service.session_affinity == "ClientIP":
        seconds = service.session_affinity_timeout
        value = f"ClientIP, {seconds} s"
        shown = (f"--seconds {seconds} ", "--rsource")
        found.append(BookField("spec.sessionAffinity", value, shown))
    return (*found, *_of_slices(book))


def _of_slices(book: RuleBook) -> list[BookField]:
    found: list[BookField] = []
    ports: dict[int, None] = {}
    for one in book.slices:
        ports |= {port.port: None for port in one.ports if port.port}
        for endpoint in one.endpoints:
            address = endpoint.addresses[0]
            words = (f"-s {address}/", f"-s {address} ", f" {address}:", f"> {address}:")
            name = f"endpoint {endpoint.target}" if endpoint.target else "endpoint"
            value = address if endpoint.ready else f"{address} (not ready)"
            found.append(BookField(name, value, words))
    return [
        *(BookField("targetPort", str(port), (f":{port} ",)) for port in ports),
        *found,
    ]
