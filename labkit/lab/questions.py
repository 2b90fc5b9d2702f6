"""What the lab asks the cluster between its steps (with kubectl, so that every cluster answers)."""

from __future__ import annotations

import json
from typing import Any

from labkit.cluster.kubectl import Kubectl
from labkit.lab.answers import Place
from labkit.lab.steps import CLIENT_NAME, OBJECTS, SELECTOR, SERVICE_NAME

Json = dict[str, Any]


def get_json(kubectl: Kubectl, *what: str) -> Json:
    """``kubectl get ... -o json``; raises ``CommandFailed``."""
    found: Json = json.loads(kubectl.check("get", *what, "-o", "json").stdout)
    return found


def is_ready(pod: Json) -> bool:
    """Whether a Pod's Ready condition is True and it is not being deleted."""
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def backend_places(kubectl: Kubectl) -> tuple[Place, ...]:
    """The ready Pods of the backend and their nodes, sorted by node and name."""
    pods = get_json(kubectl, "pods", "-l", SELECTOR)["items"]
    ready = [pod for pod in pods if is_ready(pod)]
    places = [Place(pod["metadata"]["name"], pod["spec"]["nodeName"]) for pod in ready]
    return tuple(sorted(places, key=lambda place: (place.node, place.pod)))


def ready_endpoints(kubectl: Kubectl, service: str = SERVICE_NAME) -> int:
    """How many ready addresses the Service's slices hold."""
    slices = get_json(kubectl, "endpointslices", "-l", f"kubernetes.io/service-name={service}")
    endpoints = [one for item in slices["items"] for one in item.get("endpoints") or []]
    ready = [one for one in endpoints if (one.get("conditions") or {}).get("ready") is not False]
    return sum(len(one["addresses"]) for one in ready)


def client_node(kubectl: Kubectl) -> str:
    """The node of the client Pod."""
    return str(get_json(kubectl, "pod", CLIENT_NAME)["spec"].get("nodeName", ""))


def leftovers(kubectl: Kubectl) -> tuple[str, ...]:
    """Those of the lab's objects that exist, as ``kind/name``."""
    answer = kubectl.check("get", *OBJECTS, "--ignore-not-found", "-o", "name")
    return tuple(name.replace(".apps/", "/") for name in answer.stdout.split())


def first_node(kubectl: Kubectl) -> str:
    """The name of the first node of the cluster."""
    return str(get_json(kubectl, "nodes")["items"][0]["metadata"]["name"])
