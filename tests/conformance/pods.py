"""Pods and Services as Kubernetes' tests write them, and waiting for them."""

from __future__ import annotations

from typing import Any

from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster
from tests.support import eventually

AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.53"
NGINX = "registry.k8s.io/e2e-test-images/nginx:1.14-4"


def agnhost(name: str, *commands: tuple[str, ...]) -> Body:
    """A Pod of agnhost with a container for each command."""
    containers = [
        {"name": f"agnhost-{number}", "image": AGNHOST, "args": list(arguments)}
        for number, arguments in enumerate(commands)
    ]
    return {"metadata": {"name": name}, "spec": {"containers": containers}}


def running(api: Api, namespace: str, pod: Body) -> Body:
    """The Pod, made and waited for until it is ready."""
    made = api.post(f"/api/v1/namespaces/{namespace}/pods", pod)
    path = f"/api/v1/namespaces/{namespace}/pods/{made['metadata']['name']}"
    eventually(lambda: is_ready(api.get(path)))
    found: Body = api.get(path)
    return found


def is_ready(pod: Body) -> bool:
    """Whether its condition Ready is true."""
    conditions = pod.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def exposing(name: str, selector: dict[str, str], port: str, target: int | str = 80) -> Body:
    """A Service with one named port, 80."""
    ports = [{"name": port, "port": 80, "protocol": "TCP", "targetPort": target}]
    return {"metadata": {"name": name}, "spec": {"selector": selector, "ports": ports}}


def endpoint_ports(found: Body) -> list[int]:
    """The numbers of the ports of a slice or a subset."""
    return [int(port["port"]) for port in found.get("ports") or []]


def ask_until(cluster: Cluster, namespace: str, pod: str, url: str, wanted: str) -> None:
    """Ask from inside a Pod, as those tests do, until the answer is the one wanted."""
    command = f"curl -q -s --connect-timeout 2 http://{url}"

    def asked() -> Any:
        said = cluster.kubectl("exec", "-n", namespace, pod, "--", "/bin/sh", "-x", "-c", command)
        return said.status == 0 and said.out.strip() == wanted

    eventually(asked)
