"""The fields that a real API server fills in (defaults of pkg/apis, and what controllers write)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.parity.differences import Difference, compare
from labkit.parity.stage import Stage

ANY = object()
"""Present, whatever it holds."""

Shape = dict[str, Any]
SERVICE: Shape = {
    "spec.type": "ClusterIP",
    "spec.clusterIP": ANY,
    "spec.clusterIPs.0": ANY,
    "spec.ipFamilies": ["IPv4"],
    "spec.ipFamilyPolicy": "SingleStack",
    "spec.internalTrafficPolicy": "Cluster",
    "spec.sessionAffinity": "None",
    "spec.ports.0": {"port": 80, "protocol": "TCP", "targetPort": 8080},
    "status.loadBalancer": {},
}
STICKY: Shape = {"spec.sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}}
HEADLESS: Shape = {"spec.clusterIP": "None", "spec.clusterIPs": ["None"]}
DEPLOYMENT: Shape = {
    "spec.revisionHistoryLimit": 10,
    "spec.progressDeadlineSeconds": 600,
    "spec.strategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
    },
    "spec.template.spec.dnsPolicy": "ClusterFirst",
    "spec.template.spec.schedulerName": "default-scheduler",
    "spec.template.spec.containers.0.imagePullPolicy": "IfNotPresent",
    "spec.template.spec.containers.0.ports.0.protocol": "TCP",
    "status.observedGeneration": ANY,
    "status.readyReplicas": 2,
    "status.availableReplicas": 2,
}
POD: Shape = {
    "spec.nodeName": ANY,
    "spec.serviceAccountName": "default",
    "spec.enableServiceLinks": True,
    "status.phase": "Running",
    "status.qosClass": "BestEffort",
    "status.podIP": ANY,
    "status.podIPs.0.ip": ANY,
    "status.hostIP": ANY,
    "status.startTime": ANY,
    "status.containerStatuses.0.ready": True,
    "status.containerStatuses.0.started": True,
    "status.containerStatuses.0.restartCount": 0,
    "status.containerStatuses.0.containerID": ANY,
    "status.containerStatuses.0.state.running.startedAt": ANY,
}
SLICE: Shape = {
    "addressType": "IPv4",
    "metadata.generateName": "backend-service-",
    "metadata.ownerReferences.0.kind": "Service",
    "metadata.labels.kubernetes~io/service-name": "backend-service",
    "metadata.labels.endpointslice~kubernetes~io/managed-by": ("endpointslice-controller.k8s.io"),
    "endpoints.0.conditions": {"ready": True, "serving": True, "terminating": False},
    "endpoints.0.nodeName": ANY,
    "endpoints.0.targetRef.kind": "Pod",
    "ports.0": {"name": "", "port": 8080, "protocol": "TCP"},
}
NODE: Shape = {
    "spec.podCIDR": ANY,
    "status.nodeInfo.kubeletVersion": ANY,
    "status.allocatable.pods": ANY,
    "metadata.labels.kubernetes~io/hostname": ANY,
    "metadata.labels.kubernetes~io/os": "linux",
}
CONDITIONS = {"Initialized", "Ready", "ContainersReady", "PodScheduled"}
ADDRESSES = {"InternalIP", "Hostname"}


def shapes(stage: Stage) -> Iterator[Difference]:
    """Services, Deployment, Pods, slices and nodes have the fields of a real cluster."""
    yield from fits("service", stage.json("service", "backend-service"), SERVICE)
    yield from fits("sticky", stage.json("service", "sticky"), STICKY)
    yield from fits("headless", stage.json("service", "headless"), HEADLESS)
    yield from fits("deployment", stage.json("deployment", "backend-app"), DEPLOYMENT)
    for pod in stage.json("pods", "-l", "app=backend")["items"]:
        yield from fits("pod", pod, POD)
        types = {one["type"] for one in pod["status"].get("conditions") or []}
        yield from compare("pod conditions", sorted(CONDITIONS), sorted(types & CONDITIONS))
    selector = "kubernetes.io/service-name=backend-service"
    for one in stage.json("endpointslices", "-l", selector)["items"]:
        yield from fits("endpointslice", one, SLICE)
    for node in stage.json("nodes")["items"][:3]:
        yield from fits("node", node, NODE)
        types = {one["type"] for one in node["status"].get("addresses") or []}
        yield from compare("node addresses", sorted(ADDRESSES), sorted(types & ADDRESSES))


def fits(name: str, obj: Any, shape: Shape) -> Iterator[Difference]:
    """Every field of the shape is there, with its value."""
    for path, expected in shape.items():
        found = at(obj, path)
        if expected is ANY and found not in (None, "", [], {}):
            continue
        yield from compare(f"{name}.{path}", "something" if expected is ANY else expected, found)


def at(obj: Any, path: str) -> Any:
    """The value at a path (``~`` stands for a dot in a key); None where there is none."""
    for word in path.split("."):
        key = word.replace("~", ".")
        if isinstance(obj, list):
            obj = obj[int(key)] if int(key) < len(obj) else None
        elif isinstance(obj, dict):
            obj = obj.get(key)
        else:
            return None
    return obj
