"""Pods of the test image, as the sig-network tests make them, and commands run in them."""

from __future__ import annotations

from typing import Any

from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster, Said
from tests.support import eventually

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.59"


def agnhost(name: str, *args: str, labels: Body | None = None, **container: Any) -> Body:
    """A Pod with one container of agnhost."""
    return {
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {"name": "agnhost-container", "image": AGNHOST, "args": list(args), **container}
            ],
        },
    }


def pod_running(api: Api, namespace: str, name: str) -> Body:
    """The Pod as soon as it is ready."""

    def ask() -> Body | None:
        pod: Body = api.get(f"/api/v1/namespaces/{namespace}/pods/{name}")
        conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", [])}
        return pod if conditions.get("Ready") == "True" else None

    return eventually(ask) or {}


def start(api: Api, namespace: str, pod: Body) -> Body:
    """Create a Pod and wait until it is ready."""
    api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    return pod_running(api, namespace, pod["metadata"]["name"])


def exec_pod(api: Api, namespace: str, name: str = "execpod", **spec: Any) -> Body:
    """A Pod to run commands in."""
    pod = agnhost(name)
    pod["spec"] |= spec
    return start(api, namespace, pod)


def sh(cluster: Cluster, namespace: str, pod: str, command: str) -> str:
    """What a command says in a Pod, run as the framework runs it: by kubectl exec."""
    return run(cluster, namespace, pod, command).out


def run(cluster: Cluster, namespace: str, pod: str, command: str) -> Said:
    """The same, with its exit status and what it complains of."""
    words = ["exec", f"--namespace={namespace}", pod, "--", "/bin/sh", "-x", "-c", command]
    return cluster.kubectl(*words)
