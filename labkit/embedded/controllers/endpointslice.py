"""The EndpointSlice controller: which Pods a Service leads to, and in what condition.

After k8s.io/endpointslice/reconciler.go and pkg/controller/endpointslice: at most 100 endpoints
per slice, slices named by the API server (``SERVICE-xxxxx``), the same slice kept while its
ports stay the same, and one empty slice for a Service without endpoints.
"""

from __future__ import annotations

import json

from labkit.embedded.controllers import endpoints as shared
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
from labkit.embedded.interfaces import Json

SLICES, SERVICES, PODS, NODES = "endpointslices.discovery.k8s.io", "services", "pods", "nodes"
SERVICE_LABEL = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
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
        service = labels(found).get(SERVICE_LABEL)
        if service and labels(found).get(MANAGED_BY) == MANAGER:
            self.queue.add((namespace(found), service))

    def reconcile(self, key: Key) -> None:
        service = self.cluster.get(SERVICES, *key)
        if service is None or deleting(service) or not shared.has_selector(service):
            return
        spare = {name(s): s for s in self._slices(service) if not deleting(s)}
        for slice_, ports, endpoints in _paired(list(spare.values()), self._groups(service)):
            if slice_ is not None:
                del spare[name(slice_)]
            self._write(service, slice_, ports, endpoints)
        for unused in spare.values():
            self.cluster.delete(SLICES, unused)

    def _slices(self, service: Json) -> list[Json]:
        return [
            s
            for s in self.cluster.all(SLICES, namespace(service))
            if labels(s).get(SERVICE_LABEL) == name(service)
            and labels(s).get(MANAGED_BY) == MANAGER
        ]

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
        same = (old.get("ports") or None) == ports and (old.get("endpoints") or []) == endpoints
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


def _paired(
    ours: list[Json], groups: list[tuple[list[Json] | None, list[Json]]]
) -> list[tuple[Json | None, list[Json] | None, list[Json]]]:
    """Give each group the slice that has its ports already, else any spare one, else none."""
    spare = sorted(ours, key=name)
    result: list[tuple[Json | None, list[Json] | None, list[Json]]] = []
    for ports, endpoints in groups:
        same = [s for s in spare if (s.get("ports") or None) == ports]
        chosen = same[0] if same else (spare[0] if spare else None)
        if chosen is not None:
            spare.remove(chosen)
        result.append((chosen, ports, endpoints))
    return result


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
