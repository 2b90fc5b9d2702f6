"""The EndpointSlice controller: which Pods a Service leads to, and in what condition.

After k8s.io/endpointslice/reconciler.go and pkg/controller/endpointslice: at most 100 endpoints
per slice, slices named by the API server (``SERVICE-xxxxx``), the same slice kept while its
ports stay the same, and one empty slice for a Service without endpoints.
"""

from __future__ import annotations

import json

from labkit.embedded.controllers import endpoints as shared
from labkit.embedded.controllers import slices
from labkit.embedded.controllers.objects import (
    Key,
    copied,
    deleting,
    key,
    labels,
    name,
    namespace,
    owner_reference,
    selects,
    timestamp,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.controllers.slices import MANAGED_BY, SERVICE_LABEL, SLICES
from labkit.embedded.interfaces import Json

SERVICES, PODS, NODES = "services", "pods", "nodes"
MANAGER = "endpointslice-controller.k8s.io"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
MOST_ENDPOINTS = 100


class EndpointSliceController(Controller):
    """Keeps the slices of each Service that has a selector."""

    name = "endpoint-slice-controller"

    def watch(self) -> None:
        self.cluster.informer(SERVICES).on_change(self.enqueue)
        self.cluster.informer(PODS).on_change(self._pod_changed)
        self.cluster.informer(SLICES).on_change(self._slice_changed)
        self.cluster.informer(NODES)
        self._labels_of: dict[Key, dict[str, str]] = {}

    def _pod_changed(self, kind: str, pod: Json) -> None:
        """A Pod concerns the Services that select it now and those that did before."""
        before = self._labels_of.pop(key(pod), {})
        if kind != "DELETED":
            self._labels_of[key(pod)] = dict(labels(pod))
        for service in self.cluster.informer(SERVICES).all(namespace(pod)):
            selector = {"matchLabels": service["spec"].get("selector") or {}}
            if selects(selector, labels(pod)) or selects(selector, before):
                self.queue.add(key(service))

    def _slice_changed(self, kind: str, found: Json) -> None:
        if service := slices.service_of(found, MANAGER):
            self.queue.add(service)

    def reconcile(self, key: Key) -> None:
        service = self.cluster.get(SERVICES, *key)
        if service is None or deleting(service) or not shared.has_selector(service):
            return
        spare = slices.kept_for(self.cluster, key, MANAGER)
        for ports, endpoints in self._groups(service):
            old = slices.chosen(spare, ports)
            if old is not None:
                spare.remove(old)
            self._write(service, old, ports, endpoints)
        for unused in spare:
            self.cluster.delete(SLICES, unused)

    def _groups(self, service: Json) -> list[tuple[list[Json] | None, list[Json]]]:
        """Ports and endpoints, one entry per slice; Pods that name a port differently differ."""
        by_ports: dict[str, tuple[list[Json], list[Json]]] = {}
        for pod in shared.pods_of(self.cluster, service):
            ports = shared.ports_for(service, pod)
            _, found = by_ports.setdefault(json.dumps(ports), (ports, []))
            found.append(self._endpoint(service, pod))
        groups: list[tuple[list[Json] | None, list[Json]]] = []
        for ports, found in by_ports.values():
            for start in range(0, len(found), MOST_ENDPOINTS):
                groups.append((ports, found[start : start + MOST_ENDPOINTS]))
        return groups or [(None, [])]

    def _endpoint(self, service: Json, pod: Json) -> Json:
        endpoint: Json = {
            "addresses": [pod["status"]["podIP"]],
            "conditions": shared.conditions_of(service, pod),
            "nodeName": pod["spec"].get("nodeName"),
            "targetRef": shared.target_reference(pod),
        }
        hostname = shared.hostname_of(service, pod)
        if hostname:
            endpoint["hostname"] = hostname
        self._locate(service, endpoint)
        return endpoint

    def _locate(self, service: Json, endpoint: Json) -> None:
        """The zone of the endpoint's node, and the hints of ``spec.trafficDistribution``."""
        node = self.cluster.get(NODES, "", str(endpoint["nodeName"]))
        zone = labels(node).get("topology.kubernetes.io/zone") if node else None
        if zone:
            endpoint["zone"] = zone
        wish = service["spec"].get("trafficDistribution")
        if not endpoint["conditions"]["ready"] or not wish:
            return
        hints: Json = {}
        if zone:
            hints["forZones"] = [{"name": zone}]
        if wish == "PreferSameNode":
            hints["forNodes"] = [{"name": endpoint["nodeName"]}]
        if hints:
            endpoint["hints"] = hints

    def _write(
        self, service: Json, old: Json | None, ports: list[Json] | None, endpoints: list[Json]
    ) -> None:
        wanted = _labels_for(service)
        if old is None:
            self.cluster.create(SLICES, self._fresh(service, ports, endpoints), manager=self.name)
            return
        same = (old.get("ports") or []) == (ports or [])
        same = same and (old.get("endpoints") or []) == endpoints
        if same and dict(labels(old)) == wanted:
            return
        changed = copied(old)
        changed["ports"], changed["endpoints"] = ports, endpoints
        changed["metadata"]["labels"] = wanted
        changed["metadata"].setdefault("annotations", {})[TRIGGER_TIME] = self._now()
        self.cluster.update(SLICES, changed, manager=self.name)

    def _fresh(self, service: Json, ports: list[Json] | None, endpoints: list[Json]) -> Json:
        return {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "generateName": f"{name(service)}-",
                "namespace": namespace(service),
                "labels": _labels_for(service),
                "annotations": {TRIGGER_TIME: self._now()},
                "ownerReferences": [owner_reference("v1", "Service", service)],
            },
            "addressType": (service["spec"].get("ipFamilies") or ["IPv4"])[0],
            "endpoints": endpoints,
            "ports": ports,
        }

    def _now(self) -> str:
        return timestamp(self.clock.now())


def _labels_for(service: Json) -> dict[str, str]:
    """The Service's own labels and the three that the controller keeps for itself."""
    wanted = dict(labels(service))
    if service["spec"].get("clusterIP") == "None":
        wanted[HEADLESS] = ""
    else:
        wanted.pop(HEADLESS, None)
    wanted[SERVICE_LABEL] = name(service)
    wanted[MANAGED_BY] = MANAGER
    return wanted
