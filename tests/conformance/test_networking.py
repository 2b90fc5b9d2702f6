"""Pods that ask Pods, and nodes that ask Pods, as sig-network's networking.go does it."""

from __future__ import annotations

import json

import pytest

from tests.conformance.agnhost import agnhost, exec_pod, sh, start
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster

pytestmark = pytest.mark.kubectl

HTTP, UDP, ASKER = 8083, 8081, 9080
WAYS = pytest.mark.parametrize(("protocol", "port"), [("http", HTTP), ("udp", UDP)])


def _servers(api: Api, namespace: str) -> list[Body]:
    """A web server on each node."""
    probe = {
        "httpGet": {"path": "/healthz", "port": HTTP},
        "initialDelaySeconds": 1, "periodSeconds": 1, "timeoutSeconds": 30,
    }  # fmt: skip
    found = []
    for number, node in enumerate(api.get("/api/v1/nodes")["items"]):
        pod = agnhost(
            f"netserver-{number}", "netexec", f"--http-port={HTTP}", f"--udp-port={UDP}",
            ports=[
                {"name": "http", "containerPort": HTTP},
                {"name": "udp", "containerPort": UDP, "protocol": "UDP"},
            ],
            livenessProbe=probe, readinessProbe=probe,
        )  # fmt: skip
        hostname = node["metadata"]["labels"]["kubernetes.io/hostname"]
        pod["spec"]["nodeSelector"] = {"kubernetes.io/hostname": hostname}
        found.append(start(api, namespace, pod))
    return found


@pytest.mark.conformance("networking", "should function for intra-pod communication: http")
@pytest.mark.conformance("networking", "should function for intra-pod communication: udp")
@WAYS
def test_pods_ask_pods(
    api: Api, cluster: Cluster, namespace: str, protocol: str, port: int
) -> None:
    """A Pod asks each server through ``/dial`` of another, and hears its name."""
    servers = _servers(api, namespace)
    asker = start(api, namespace, agnhost("asker", "netexec", f"--http-port={ASKER}"))
    for server in servers:
        wish = f"request=hostname&protocol={protocol}&host={server['status']['podIP']}&port={port}"
        url = f"http://{asker['status']['podIP']}:{ASKER}/dial?{wish}&tries=1"
        said = json.loads(sh(cluster, namespace, "asker", f"curl -g -q -s '{url}'"))
        assert said == {"responses": [server["metadata"]["name"]]}


@pytest.mark.conformance(
    "networking", "should function for node-pod communication: http [LinuxOnly]"
)
@pytest.mark.conformance(
    "networking", "should function for node-pod communication: udp [LinuxOnly]"
)
@WAYS
def test_nodes_ask_pods(
    api: Api, cluster: Cluster, namespace: str, protocol: str, port: int
) -> None:
    """A process of a node reaches the Pods of both nodes."""
    servers = _servers(api, namespace)
    exec_pod(api, namespace, "host-test-container-pod", hostNetwork=True)
    for server in servers:
        address = server["status"]["podIP"]
        command = (
            f"curl -g -q -s --max-time 15 --connect-timeout 1 http://{address}:{port}/hostName"
        )
        if protocol == "udp":
            command = f"echo hostName | nc -w 1 -u {address} {port}"
        filtered = command + " | grep -v '^\\s*$'"
        said = sh(cluster, namespace, "host-test-container-pod", filtered)
        assert said.strip() == server["metadata"]["name"]


def test_a_failed_dial_is_told(api: Api, cluster: Cluster, namespace: str) -> None:
    """What did not come back stands under ``errors``; the page itself is there all the same."""
    asker = start(api, namespace, agnhost("asker", "netexec", f"--http-port={ASKER}"))
    url = f"http://127.0.0.1:{ASKER}/dial?request=hostname&protocol=http"
    url += f"&host={asker['status']['podIP']}&port=1"
    said = json.loads(sh(cluster, namespace, "asker", f"curl -g -s '{url}'"))
    assert list(said) == ["errors"]
    assert "refused" in said["errors"][0]
