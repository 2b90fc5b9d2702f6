"""Ports of Pods on their node, as sig-network's hostport.go asks for them."""

from __future__ import annotations

import pytest

from tests.conformance.agnhost import agnhost, run, sh, start
from tests.conformance.rest import Api, Body
from tests.kubectl.conftest import Cluster

pytestmark = pytest.mark.kubectl

PORT = 54323
NODE, ADDRESS = "labkit-worker", "172.18.0.3"


def _pod(name: str, host_ip: str, protocol: str) -> Body:
    ports = [
        {"hostPort": PORT, "containerPort": 8080, "protocol": protocol, "hostIP": host_ip},
    ]
    probe = {"httpGet": {"path": "/hostname", "port": 8080, "scheme": "HTTP"}}
    pod = agnhost(
        name, "netexec", "--http-port=8080", "--udp-port=8080", ports=ports, readinessProbe=probe
    )
    pod["spec"]["nodeName"] = NODE
    return pod


@pytest.mark.conformance(
    "hostport",
    "validates that there is no conflict between pods with same hostPort but different hostIP "
    "and protocol [LinuxOnly]",
)
def test_one_port_for_three_pods(api: Api, cluster: Cluster, namespace: str) -> None:
    """One number leads to three Pods: by the loopback, by the node's address, and by UDP."""
    for name, host_ip, protocol in (
        ("pod1", "127.0.0.1", "TCP"),
        ("pod2", ADDRESS, "TCP"),
        ("pod3", ADDRESS, "UDP"),
    ):
        start(api, namespace, _pod(name, host_ip, protocol))
    host = agnhost("e2e-host-exec")
    host["spec"] |= {"hostNetwork": True, "nodeName": NODE}
    start(api, namespace, host)
    curl = "curl -g -s --connect-timeout 5"
    asked = f"{curl} --interface {ADDRESS} http://127.0.0.1:{PORT}/hostname"
    assert sh(cluster, namespace, "e2e-host-exec", asked) == "pod1"
    asked = f"{curl} http://{ADDRESS}:{PORT}/hostname"
    assert sh(cluster, namespace, "e2e-host-exec", asked) == "pod2"
    asked = f"echo hostname | nc -u -w 5 {ADDRESS} {PORT}"
    assert sh(cluster, namespace, "e2e-host-exec", asked) == "pod3"
    assert run(cluster, namespace, "e2e-host-exec", f"nc -vuz -w 5 {ADDRESS} {PORT}").status == 0


def test_a_host_port_comes_and_goes(api: Api, cluster: Cluster, namespace: str) -> None:
    """From another node and from itself a Pod is reached by its node's port, until it is gone."""
    start(api, namespace, _pod("only", "", "TCP"))
    other = agnhost("other")
    other["spec"]["nodeName"] = "labkit-control-plane"
    start(api, namespace, other)
    asked = f"curl -s --connect-timeout 2 http://{ADDRESS}:{PORT}/hostname"
    assert sh(cluster, namespace, "other", asked) == "only"
    assert sh(cluster, namespace, "only", asked) == "only"
    api.delete(f"/api/v1/namespaces/{namespace}/pods/only", {"gracePeriodSeconds": 0})
    cluster.done("wait", "--for=delete", "pod/only", "-n", namespace)
    assert run(cluster, namespace, "other", asked).status == 7
