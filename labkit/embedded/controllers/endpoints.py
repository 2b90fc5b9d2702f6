"""The Endpoints controller (the older API), and what it shares with EndpointSlices.

After pkg/controller/endpoint/endpoints_controller.go and k8s.io/endpointslice/utils.go.
"""

from __future__ import annotations

import ipaddress
import json

from labkit.embedded.controllers.cluster import Cluster
from labkit.embedded.controllers.objects import (
    Key,
    copied,
    deleting,
    key,
    labels,
    meta,
    name,
    namespace,
    pod_finished,
    pod_ready,
    selects,
    timestamp,
)
from labkit.embedded.controllers.runtime import Controller
from labkit.embedded.controllers.slices import port_entry
from labkit.embedded.interfaces import Json
from labkit.embedded.status import StatusError

ENDPOINTS, SERVICES, PODS = "endpoints", "services", "pods"
MANAGED_BY = "endpoints.kubernetes.io/managed-by"
MANAGER = "endpoint-controller"
HEADLESS = "service.kubernetes.io/headless"
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"


def has_selector(service: Json) -> bool:
    """Does Kubernetes itself look for the Service's Pods?"""
    spec = service["spec"]
    return bool(spec.get("selector")) and spec.get("type") != "ExternalName"


def pods_of(cluster: Cluster, service: Json) -> list[Json]:
    """The Pods behind a Service: selected, with an address, not finished; oldest first.

    Pods of one second by name: a controller that starts anew must not see another order.
    """
    selector = {"matchLabels": service["spec"].get("selector") or {}}
    found = [
        pod
        for pod in cluster.all(PODS, namespace(service))
        if selects(selector, labels(pod))
        and (pod.get("status") or {}).get("podIP")
        and not pod_finished(pod)
    ]
    return sorted(found, key=lambda pod: (pod["metadata"]["creationTimestamp"], name(pod)))


def conditions_of(service: Json, pod: Json) -> dict[str, bool]:
    """ready, serving and terminating of an endpoint (``podToEndpoint``)."""
    serving, terminating = pod_ready(pod), deleting(pod)
    everybody = bool(service["spec"].get("publishNotReadyAddresses"))
    ready = everybody or (serving and not terminating)
    return {"ready": ready, "serving": serving, "terminating": terminating}


def ports_for(service: Json, pod: Json) -> list[Json]:
    """The Service's ports as this Pod knows them; a name the Pod does not have is left out."""
    found = []
    for port in service["spec"].get("ports") or []:
        number = port_number(port, pod)
        if number is not None:
            found.append(port_entry(port, number))
    return found


def port_number(port: Json, pod: Json) -> int | None:
    """``targetPort`` as a number; a name is looked up among the containers' ports."""
    target = port.get("targetPort", port.get("port"))
    if isinstance(target, int):
        return target
    containers = [*pod["spec"].get("containers", []), *_sidecars(pod)]
    for container in containers:
        for declared in container.get("ports") or []:
            same = (declared.get("protocol") or "TCP") == (port.get("protocol") or "TCP")
            if declared.get("name") == target and same:
                return int(declared["containerPort"])
    return None


def target_reference(pod: Json) -> Json:
    return {
        "kind": "Pod",
        "name": name(pod),
        "namespace": namespace(pod),
        "uid": meta(pod)["uid"],
    }


def hostname_of(service: Json, pod: Json) -> str:
    """The name of the Pod within a headless Service (StatefulSets), or nothing."""
    spec = pod["spec"]
    return str(spec.get("hostname") or "") if spec.get("subdomain") == name(service) else ""


def _sidecars(pod: Json) -> list[Json]:
    return [
        c for c in pod["spec"].get("initContainers") or [] if c.get("restartPolicy") == "Always"
    ]


class EndpointsController(Controller):
    """Keeps the Endpoints object of each Service that has a selector."""

    name = "endpoint-controller"

    def watch(self) -> None:
        self.cluster.informer(SERVICES).on_change(self.enqueue)
        self.cluster.informer(PODS).on_change(self._pod_changed)
        self.cluster.informer(ENDPOINTS).on_change(self._endpoints_changed)
        self._labels_of: dict[Key, dict[str, str]] = {}

    def _endpoints_changed(self, kind: str, endpoints: Json) -> None:
        """Endpoints that somebody deletes are made anew (``onEndpointsDelete``)."""
        if kind == "DELETED":
            self.enqueue(kind, endpoints)

    def _pod_changed(self, kind: str, pod: Json) -> None:
        before = self._labels_of.pop(key(pod), {})
        if kind != "DELETED":
            self._labels_of[key(pod)] = dict(labels(pod))
        for service in self.cluster.informer(SERVICES).all(namespace(pod)):
            selector = {"matchLabels": service["spec"].get("selector") or {}}
            if selects(selector, labels(pod)) or selects(selector, before):
                self.queue.add(key(service))

    def reconcile(self, key: Key) -> None:
        service = self.cluster.get(SERVICES, *key)
        old = self.cluster.get(ENDPOINTS, *key)
        if service is None:
            if old is not None:
                self.cluster.delete(ENDPOINTS, old)
        elif has_selector(service) and not deleting(service):
            self._write(service, old, self._subsets(service))

    def _write(self, service: Json, old: Json | None, subsets: list[Json]) -> None:
        wanted = {**labels(service), MANAGED_BY: MANAGER}
        if service["spec"].get("clusterIP") == "None":
            wanted[HEADLESS] = ""
        if old is None:
            self._create(service, wanted, subsets)
        elif (old.get("subsets") or []) != subsets or dict(labels(old)) != wanted:
            changed = copied(old)
            changed["subsets"] = subsets
            changed["metadata"]["labels"] = wanted
            notes = changed["metadata"].setdefault("annotations", {})
            notes[TRIGGER_TIME] = timestamp(self.clock.now())
            self.cluster.update(ENDPOINTS, changed, manager=self.name)

    def _create(self, service: Json, wanted: dict[str, str], subsets: list[Json]) -> None:
        fresh = {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {
                "name": name(service),
                "namespace": namespace(service),
                "labels": wanted,
                "annotations": {TRIGGER_TIME: timestamp(self.clock.now())},
            },
            "subsets": subsets,
        }
        try:
            self.cluster.create(ENDPOINTS, fresh, manager=self.name)
        except StatusError as error:
            if error.code != 409:
                raise

    def _subsets(self, service: Json) -> list[Json]:
        """Pods with the same ports together, by address; Pods that leave are left out."""
        groups: dict[str, tuple[list[Json], list[Json], list[Json]]] = {}
        for pod in pods_of(self.cluster, service):
            if deleting(pod):
                continue
            ports = ports_for(service, pod)
            if not ports and service["spec"].get("ports"):
                continue
            _, ready, waiting = groups.setdefault(json.dumps(ports), (ports, [], []))
            ok = conditions_of(service, pod)["ready"]
            (ready if ok else waiting).append(_address(service, pod))
        return [_subset(*group) for group in groups.values()]


def _address(service: Json, pod: Json) -> Json:
    address = {
        "ip": pod["status"]["podIP"],
        "nodeName": pod["spec"].get("nodeName"),
        "targetRef": target_reference(pod),
    }
    hostname = hostname_of(service, pod)
    return {**address, "hostname": hostname} if hostname else address


def _subset(ports: list[Json], ready: list[Json], waiting: list[Json]) -> Json:
    def in_order(addresses: list[Json]) -> list[Json]:
        return sorted(addresses, key=lambda a: int(ipaddress.ip_address(a["ip"])))

    subset: Json = {}
    if ready:
        subset["addresses"] = in_order(ready)
    if waiting:
        subset["notReadyAddresses"] = in_order(waiting)
    shown = [{k: v for k, v in port.items() if v != ""} for port in ports]
    return {**subset, "ports": shown} if shown else subset
