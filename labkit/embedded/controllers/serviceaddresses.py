"""IPAddresses: one object for each ClusterIP that a Service has.

On a real cluster the API server writes them as it allocates, and a repair loop puts right what
differs (pkg/registry/core/service/ipallocator, .../ipallocator/controller/repairip.go).  Here the
Services themselves say what is taken (``allocators.py``), and this controller does both.
"""

from __future__ import annotations

import ipaddress

from labkit.embedded.controllers.objects import Key, key, labels, name, namespace
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json
from labkit.embedded.kinds.addresses import ALLOCATOR, FAMILY, IP_ADDRESS, MANAGED_BY

SERVICES, ADDRESSES = "services", IP_ADDRESS.resource


class ServiceAddressController(Controller):
    """Keys are addresses, ``("", "10.96.0.1")``."""

    name = "service-ip-repair-controller"

    def watch(self) -> None:
        self._of: dict[Key, tuple[str, ...]] = {}
        self._owner: dict[str, Key] = {}
        self.cluster.informer(SERVICES).on_change(self._service_changed)
        self.cluster.informer(ADDRESSES).on_change(self.enqueue)

    def _service_changed(self, kind: str, service: Json) -> None:
        here = key(service)
        before = self._of.pop(here, ())
        now = () if kind == "DELETED" else addresses_of(service)
        if now:
            self._of[here] = now
        for address in before:
            if self._owner.get(address) == here:
                del self._owner[address]
        self._owner.update(dict.fromkeys(now, here))
        for address in {*before, *now}:
            self.queue.add(("", address))

    def reconcile(self, key: Key) -> None:
        found, owner = self.cluster.get(ADDRESSES, *key), self._owner.get(key[1])
        service = self.cluster.get(SERVICES, *owner) if owner else None
        if found is not None and labels(found).get(MANAGED_BY) != ALLOCATOR:
            return
        wanted = address_object(key[1], service) if service is not None else None
        if found is not None and (wanted is None or found["spec"] != wanted["spec"]):
            self.cluster.delete(ADDRESSES, found)
            found = None
        if found is None and wanted is not None:
            self.cluster.create(ADDRESSES, wanted, manager=self.name)


def addresses_of(service: Json) -> tuple[str, ...]:
    """The ClusterIPs of a Service that has any."""
    return tuple(ip for ip in service["spec"].get("clusterIPs") or () if ip not in ("None", ""))


def address_object(address: str, service: Json) -> Json:
    """The IPAddress of a Service's ClusterIP."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IPAddress",
        "metadata": {
            "name": address,
            "labels": {
                FAMILY: f"IPv{ipaddress.ip_address(address).version}", MANAGED_BY: ALLOCATOR,
            },
        },
        "spec": {
            "parentRef": {
                "resource": SERVICES, "namespace": namespace(service), "name": name(service),
            }
        },
    }  # fmt: skip
