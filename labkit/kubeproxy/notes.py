"""What kube-proxy passes over without a word, said in words.

kube-proxy skips an object that it cannot use and at most logs it.  ``review`` says which
objects of a cluster get no rules, and why; nothing here is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labkit.kubeproxy.addresses import (
    KUBERNETES_FAMILY,
    Family,
    parse_ip,
    parse_network,
    with_port,
)
from labkit.kubeproxy.ports import PROXY_NAME_LABEL, cluster_ip, is_watched
from labkit.model.service import EndpointSlice, Service

_TEXTS = {
    "kind": (
        "a {0} has no part in kube-proxy's rules; ignored.",
        "un {0} no tiene parte en las reglas de kube-proxy; se ignora.",
    ),
    "twice": (
        "given twice; the later one counts.",
        "aparece dos veces; vale el último.",
    ),
    "no-cluster-ip": (
        "no clusterIP yet (an API server allocates it), so it gets no rules.",
        "aún no tiene clusterIP (la asigna el servidor de API), así que no recibe reglas.",
    ),
    "headless": (
        "headless (clusterIP: None), so it gets no rules; DNS names its Pods.",
        "es headless (clusterIP: None), así que no recibe reglas; el DNS nombra sus Pods.",
    ),
    "external-name": (
        "of type ExternalName, so it gets no rules; DNS answers with a CNAME.",
        "es de tipo ExternalName, así que no recibe reglas; el DNS responde con un CNAME.",
    ),
    "other-proxy": (
        "its labels leave it to another proxy ({0}), so it gets no rules.",
        "sus etiquetas lo dejan a otro proxy ({0}), así que no recibe reglas.",
    ),
    "other-family": (
        "has no clusterIP of family {0}, so it gets no rules in this family.",
        "no tiene clusterIP de la familia {0}, así que no recibe reglas en esta familia.",
    ),
    "no-ports": (
        "has no ports, so it gets no rules.",
        "no tiene puertos, así que no recibe reglas.",
    ),
    "same-address": (
        "claims {0} as well. kube-proxy goes through Services in random order, and one of them "
        "gets it; here it is the one that is given first.",
        "también reclama {0}. kube-proxy recorre los Services en un orden cualquiera, y uno de "
        "ellos se la queda; aquí, el que aparece primero.",
    ),
    "service-port-zero": (
        "port {0!r} is 0, which no API server would have taken; its rules match nothing useful.",
        "el puerto {0!r} es 0, algo que ningún servidor de API habría aceptado; sus reglas no "
        "sirven de nada.",
    ),
    "unknown-field": (
        "has no field {0}; kube-proxy says so in its log and starts without it.",
        "no tiene el campo {0}; kube-proxy lo dice en su registro y arranca sin él.",
    ),
    "bad-address": (
        "{0} is not an IP address; passed over.",
        "{0} no es una dirección IP; se pasa por alto.",
    ),
    "bad-range": (
        "{0} is not a network; passed over.",
        "{0} no es una red; se pasa por alto.",
    ),
    "no-service": (
        "has no label kubernetes.io/service-name, so no Service uses it.",
        "no tiene la etiqueta kubernetes.io/service-name, así que ningún Service lo usa.",
    ),
    "orphan": (
        "belongs to Service {0}, which is not here.",
        "pertenece al Service {0}, que no está aquí.",
    ),
    "slice-family": (
        "holds addresses of type {0}; this family does not use it.",
        "contiene direcciones de tipo {0}; esta familia no lo usa.",
    ),
    "port-name": (
        "a port without a name is passed over.",
        "se pasa por alto un puerto sin nombre.",
    ),
    "port-zero": (
        "port {0!r} has no number; passed over.",
        "el puerto {0!r} no tiene número; se pasa por alto.",
    ),
    "no-address": (
        "an endpoint without an address is passed over.",
        "se pasa por alto un endpoint sin dirección.",
    ),
}


@dataclass(frozen=True, slots=True)
class Note:
    """One remark: ``subject`` is the object (``Service default/web``), ``code`` what it is."""

    code: str
    subject: str
    detail: str = ""

    def text(self, lang: str = "en") -> str:
        """The remark in English or Spanish (``en``, ``es``)."""
        return f"{self.subject}: {_TEXTS[self.code][lang == 'es'].format(self.detail)}"

    def __str__(self) -> str:
        return self.text()


def review(
    services: Iterable[Service], slices: Iterable[EndpointSlice], family: Family = "ipv4"
) -> tuple[Note, ...]:
    """All that kube-proxy of one family passes over, Services first."""
    services = list(services)
    keys = {service.key for service in services}
    notes = [note for service in services for note in _service_notes(service, family)]
    notes += _shared_addresses(services, family)
    notes += [note for one in slices for note in _slice_notes(one, keys, family)]
    return tuple(notes)


def _service_notes(service: Service, family: Family) -> Iterator[Note]:
    subject = f"Service {service.key}"
    reason = _unserved(service, family)
    if reason:
        yield Note(reason[0], subject, reason[1])
        return
    for port in service.ports:
        if not port.port:
            yield Note("service-port-zero", subject, port.name)
    for text in service.external_ips:
        if parse_ip(text.strip()) is None:
            yield Note("bad-address", subject, repr(text))
    for item in service.load_balancer_ingress:
        if item.ip and parse_ip(item.ip) is None:
            yield Note("bad-address", subject, repr(item.ip))
    for text in service.load_balancer_source_ranges:
        if parse_network(text.strip()) is None:
            yield Note("bad-range", subject, repr(text))


def _shared_addresses(services: Iterable[Service], family: Family) -> Iterator[Note]:
    """Services that claim what an earlier one has: address, port and protocol."""
    taken: dict[tuple[str, int, str], str] = {}
    for service in services:
        address = "" if _unserved(service, family) else cluster_ip(service, family)
        for port in service.ports if address else ():
            owner = taken.setdefault((address, port.port, port.protocol), service.key)
            if owner != service.key:
                where = f"{with_port(address, port.port)}/{port.protocol}"
                yield Note("same-address", f"Service {service.key}", f"{where} ({owner})")


def _unserved(service: Service, family: Family) -> tuple[str, str] | None:
    """Why a Service gets no rules at all: code and detail, or None."""
    if service.type == "ExternalName":
        return "external-name", ""
    if service.cluster_ip in ("", "None"):
        return ("headless" if service.cluster_ip else "no-cluster-ip"), ""
    if not is_watched(service.labels):
        return "other-proxy", dict(service.labels).get(PROXY_NAME_LABEL, "headless")
    if parse_ip(service.cluster_ip) is None:
        return "bad-address", repr(service.cluster_ip)
    if not cluster_ip(service, family):
        return "other-family", KUBERNETES_FAMILY[family]
    return None if service.ports else ("no-ports", "")


def _slice_notes(one: EndpointSlice, services: set[str], family: Family) -> Iterator[Note]:
    subject = f"EndpointSlice {one.namespace}/{one.name}"
    if not one.service_name:
        yield Note("no-service", subject)
    elif one.service_key not in services:
        yield Note("orphan", subject, one.service_key)
    elif one.address_type != KUBERNETES_FAMILY[family]:
        yield Note("slice-family", subject, one.address_type)
    else:
        yield from _part_notes(one, subject)


def _part_notes(one: EndpointSlice, subject: str) -> Iterator[Note]:
    for port in one.ports:
        if port.name is None:
            yield Note("port-name", subject)
        elif not port.port:
            yield Note("port-zero", subject, port.name)
    for endpoint in one.endpoints:
        if not endpoint.addresses:
            yield Note("no-address", subject)
        elif parse_ip(endpoint.addresses[0]) is None:
            yield Note("bad-address", subject, repr(endpoint.addresses[0]))
