"""The EndpointSlice mirroring controller: Endpoints that people write, as slices.

kube-proxy and CoreDNS read slices alone, so the Endpoints of a Service without a selector would
lead nowhere.  After pkg/controller/endpointslicemirroring (controller, reconciler.go, utils.go):
one slice for each set of ports and family of addresses, owned by the Endpoints.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator

from labkit.embedded.controllers import slices
from labkit.embedded.controllers.objects import (
    Key,
    copied,
    deleting,
    key,
    labels,
    name,
    namespace,
    notes,
    owner_reference,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.controllers.slices import MANAGED_BY, SERVICE_LABEL, SLICES
from labkit.embedded.interfaces import Json

ENDPOINTS, SERVICES = "endpoints", "services"
MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
NOT_COPIED = (
    "endpoints.kubernetes.io/last-change-trigger-time",
    "kubectl.kubernetes.io/last-applied-configuration",
)
"""Annotations of the Endpoints that speak of themselves alone."""
MOST_PER_SUBSET = 1000


class EndpointSliceMirroringController(Controller):
    """Keeps the slices of each Endpoints object whose Service has no selector."""

    name = "endpoint-slice-mirroring-controller"

    def watch(self) -> None:
        self.cluster.informer(ENDPOINTS).on_change(self.enqueue)
        self.cluster.informer(SERVICES).on_change(self.enqueue)
        self.cluster.informer(SLICES).on_change(self._slice_changed)

    def _slice_changed(self, kind: str, found: Json) -> None:
        if service := slices.service_of(found, MANAGER):
            self.queue.add(service)

    def reconcile(self, key: Key) -> None:
        endpoints = self.cluster.get(ENDPOINTS, *key)
        wanted = []
        if endpoints is not None and self._mirrored(endpoints):
            wanted = list(_slices_of(endpoints))
        spare = slices.kept_for(self.cluster, key, MANAGER)
        for fresh in wanted:
            fitting = [each for each in spare if each["addressType"] == fresh["addressType"]]
            old = slices.chosen(fitting, fresh["ports"])
            if old is not None:
                spare.remove(old)
            self._write(old, fresh)
        for unused in spare:
            self.cluster.delete(SLICES, unused)

    def _mirrored(self, endpoints: Json) -> bool:
        """shouldMirror, and a Service without a selector of the same name."""
        service = self.cluster.get(SERVICES, *key(endpoints))
        if service is None or service["spec"].get("selector") is not None:
            return False
        skipped = labels(endpoints).get(SKIP) == "true" or LEADER in notes(endpoints)
        return not skipped and not deleting(endpoints)

    def _write(self, old: Json | None, fresh: Json) -> None:
        if old is None:
            self.cluster.create(SLICES, fresh, manager=self.name)
            return
        changed = copied(old)
        for part in ("ports", "endpoints"):
            changed[part] = fresh[part]
        for part in ("labels", "annotations"):
            changed["metadata"][part] = fresh["metadata"][part]
            if not (fresh["metadata"][part] or old["metadata"].get(part)):
                del changed["metadata"][part]
        if changed != old:
            self.cluster.update(SLICES, changed, manager=self.name)


def _slices_of(endpoints: Json) -> Iterator[Json]:
    """The slices that say the same as an Endpoints object; names are left to the API server."""
    groups: dict[str, tuple[str, list[Json], dict[str, Json]]] = {}
    for subset in endpoints.get("subsets") or []:
        ports = [slices.port_entry(port, port["port"]) for port in subset.get("ports") or []]
        for endpoint in _endpoints_of(subset):
            family = f"IPv{ipaddress.ip_address(endpoint['addresses'][0]).version}"
            same = json.dumps([family, ports], sort_keys=True)
            _, _, found = groups.setdefault(same, (family, ports, {}))
            found[json.dumps(endpoint, sort_keys=True)] = endpoint
    for family, ports, found in groups.values():
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": _metadata(endpoints),
            "addressType": family,
            "endpoints": list(found.values()),
            "ports": ports,
        }


def _metadata(endpoints: Json) -> Json:
    kept = {key: text for key, text in notes(endpoints).items() if key not in NOT_COPIED}
    return {
        "generateName": f"{name(endpoints)}-",
        "namespace": namespace(endpoints),
        "labels": {
            **labels(endpoints), SERVICE_LABEL: name(endpoints), MANAGED_BY: MANAGER,
        },
        "annotations": kept,
        "ownerReferences": [owner_reference("v1", "Endpoints", endpoints)],
    }  # fmt: skip


def _endpoints_of(subset: Json) -> list[Json]:
    """Addresses that are ready, then the others; what is no IP address is left out."""
    found: list[Json] = []
    for part, ready in (("addresses", True), ("notReadyAddresses", False)):
        for address in subset.get(part) or []:
            try:
                text = str(ipaddress.ip_address(address["ip"]))
            except ValueError:
                continue
            endpoint: Json = {"addresses": [text], "conditions": {"ready": ready}}
            said = {each: address[each] for each in ("hostname", "nodeName", "targetRef")
                    if address.get(each)}  # fmt: skip
            found.append({**endpoint, **said})
    return found[:MOST_PER_SUBSET]
