"""ServiceCIDRs: ready at once, and not gone while ClusterIPs depend on them.

After pkg/controller/servicecidrs/servicecidrs_controller.go and, for the message about the one
that every cluster has, pkg/controlplane/controller/defaultservicecidr.
"""

from __future__ import annotations

import ipaddress

from labkit.embedded.controllers.conditions import other_conditions
from labkit.embedded.controllers.objects import (
    Key,
    condition,
    deleting,
    labels,
    meta,
    name,
    timestamp,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.interfaces import Json
from labkit.embedded.kinds.addresses import ALLOCATOR, IP_ADDRESS, MANAGED_BY, SERVICE_CIDR

CIDRS, ADDRESSES = SERVICE_CIDR.resource, IP_ADDRESS.resource
DEFAULT = "kubernetes"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"
STILL_USED = (
    "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new "
    "ServiceCIDR"
)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ServiceCidrController(Controller):
    """Keys are the names of ServiceCIDRs."""

    name = "service-cidr-controller"

    def watch(self) -> None:
        self.cluster.informer(CIDRS).on_change(self._cidr_changed)
        self.cluster.informer(ADDRESSES).on_change(self._address_changed)

    def _cidr_changed(self, kind: str, cidr: Json) -> None:
        self.enqueue(kind, cidr)
        self._look_again()

    def _address_changed(self, kind: str, address: Json) -> None:
        if kind == "DELETED":
            self._look_again()

    def _look_again(self) -> None:
        """Another network, or one address less, may free those that wait to go."""
        for cidr in self.cluster.informer(CIDRS).all():
            if deleting(cidr):
                self.enqueue("MODIFIED", cidr)

    def reconcile(self, key: Key) -> None:
        cidr = self.cluster.get(CIDRS, *key)
        if cidr is None:
            return
        if deleting(cidr):
            self._let_go(cidr)
            return
        if FINALIZER not in (meta(cidr).get("finalizers") or ()):
            kept = [*(meta(cidr).get("finalizers") or ()), FINALIZER]
            cidr = self.cluster.patch(CIDRS, cidr, {"metadata": {"finalizers": kept}})
        default = "default " if name(cidr) == DEFAULT else ""
        self._tell(cidr, "True", "", f"Kubernetes {default}Service CIDR is ready")

    def _let_go(self, cidr: Json) -> None:
        """At once: the allocator here sees the deletion the moment it is written."""
        if not self._free(cidr):
            self._tell(cidr, "False", "Terminating", STILL_USED)
            return
        kept = [each for each in meta(cidr).get("finalizers") or () if each != FINALIZER]
        self.cluster.patch(CIDRS, cidr, {"metadata": {"finalizers": kept or None}})
        self.cluster.refresh(CIDRS, cidr)

    def _free(self, cidr: Json) -> bool:
        """Whether every address that Services hold lies in another ServiceCIDR too."""
        others = [
            network
            for other in self.cluster.all(CIDRS)
            if name(other) != name(cidr)
            for network in networks_of(other)
        ]
        own = networks_of(cidr)
        for held in self.cluster.all(ADDRESSES):
            if labels(held).get(MANAGED_BY) != ALLOCATOR:
                continue
            address = ipaddress.ip_address(name(held))
            if any(address in each for each in own) and not any(address in o for o in others):
                return False
        return True

    def _tell(self, cidr: Json, status: str, reason: str, message: str) -> None:
        if (condition(cidr, "Ready") or {}).get("status") == status:
            return
        ready = {
            "type": "Ready",
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": timestamp(self.clock.now()),
        }
        kept = other_conditions(cidr.get("status") or {}, "Ready")
        self.cluster.write_status(CIDRS, cidr, {"conditions": [*kept, ready]}, manager=self.name)


def networks_of(cidr: Json) -> list[Network]:
    """The networks of a ServiceCIDR."""
    return [ipaddress.ip_network(each) for each in (cidr.get("spec") or {}).get("cidrs") or ()]
