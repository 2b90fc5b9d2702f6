"""An Ingress with its controller, as lessons use it; the counters tell which way it takes."""

from __future__ import annotations

import json
from itertools import pairwise
from urllib.request import urlopen

import pytest

from tests.kubectl.conftest import Cluster
from tests.support import ROOT, eventually

pytestmark = pytest.mark.kubectl

NODES = ("labkit-control-plane", "labkit-worker")
MANIFESTS = ROOT / "labkit" / "lab" / "manifests"
NATIVE = "traefik.ingress.kubernetes.io/service.nativelb"
FILES = (
    "fixed/backend-deployment",
    "fixed/backend-service",
    "ingress/ingress-controller",
    "ingress/ingress",
)


@pytest.fixture(scope="module")
def shop(cluster: Cluster) -> Cluster:
    """Backend, client, controller and Ingress, all ready."""
    for name in FILES:
        cluster.done("apply", "-f", str(MANIFESTS / f"{name}.yaml"))
    for name in ("backend-app", "ingress-controller"):
        cluster.done("rollout", "status", f"deploy/{name}", "--timeout=30s")
    cluster.done("run", "asker", "--image=busybox:1.36", "--", "sleep", "infinity")
    cluster.done("wait", "--for=condition=Ready", "pod/asker", "--timeout=30s")
    cluster.done(
        "wait", "ingress/shop", "--timeout=20s",
        "--for=jsonpath={.status.loadBalancer.ingress[0].ip}=172.18.0.2",
    )  # fmt: skip
    both_answer(cluster)
    return cluster


def asked(shop: Cluster, times: int, header: str = "Host: shop.example") -> list[str]:
    """What the client Pod's requests to the controller come back with."""
    url = "http://ingress-controller/"
    wget = f"wget -q -O- --header '{header}' {url}"
    loop = f"i=0; while [ $i -lt {times} ]; do {wget}; i=$((i+1)); done"
    said = shop.kubectl("exec", "asker", "--", "sh", "-c", loop)
    return said.out.splitlines() + said.err.splitlines()


def both_answer(shop: Cluster) -> None:
    """Wait until the controller knows both Pods of the backend, and the rules the controller."""
    eventually(lambda: len({line for line in asked(shop, 2) if "Hello from Pod" in line}) == 2)


def counted(shop: Cluster) -> int:
    """Connections that went through the rule of the backend's ClusterIP, on both nodes."""
    total = 0
    for node in NODES:
        with urlopen(f"{shop.url}/labkit/v1/nodes/{node}/rules?counters=1") as answer:
            text = answer.read().decode()
        for line in text.splitlines():
            if "backend-service cluster IP" in line and "-A KUBE-SERVICES" in line:
                total += int(line[1 : line.index(":")])
    return total


def syncs(shop: Cluster) -> list[int]:
    """How often each node's rules were written; what they counted begins anew with each."""
    found = []
    for node in NODES:
        with urlopen(f"{shop.url}/labkit/v1/nodes/{node}/sync") as answer:
            found.append(int(json.load(answer)["number"]))
    return found


def test_get_ingress_shows_it(shop: Cluster) -> None:
    """Class, host and the address that the controller wrote."""
    row = shop.done("get", "ingress", "--no-headers").split()
    assert row[:5] == ["shop", "traefik", "shop.example", "172.18.0.2", "80"]


def test_a_controller_goes_to_the_endpoints(shop: Cluster) -> None:
    """Round robin over the Pods, and not one connection through the ClusterIP (M23)."""
    before = counted(shop)
    names = [line.split()[3] for line in asked(shop, 10)]
    assert len(set(names)) == 2
    assert all(one != other for one, other in pairwise(names))
    assert counted(shop) == before


def test_on_request_it_goes_to_the_cluster_ip(shop: Cluster) -> None:
    """With the annotation the rules choose: for a connection, which is kept, so one Pod answers."""
    written, before = syncs(shop), counted(shop)
    shop.done("annotate", "service", "backend-service", f"{NATIVE}=true", "--overwrite")
    eventually(lambda: all(now > then for now, then in zip(syncs(shop), written, strict=True)))
    eventually(lambda: len(set(asked(shop, 10))) == 1)
    assert counted(shop) == before + 1
    shop.done("annotate", "service", "backend-service", f"{NATIVE}-")


def test_what_it_cannot_serve(shop: Cluster) -> None:
    """404 for a host that no rule knows, 503 without endpoints; words of Traefik."""
    unknown = asked(shop, 1, "Host: nobody.example")
    assert "server returned error: HTTP/1.1 404 Not Found" in unknown[0]
    shop.done("scale", "deploy", "backend-app", "--replicas=0")
    shop.done("wait", "--for=delete", "pod", "-l", "app=backend", "--timeout=30s")
    eventually(lambda: "HTTP/1.1 503 Service Unavailable" in asked(shop, 1)[0])
    shop.done("scale", "deploy", "backend-app", "--replicas=2")
    shop.done("rollout", "status", "deploy/backend-app", "--timeout=30s")


def test_from_outside_through_the_controllers_node_port(shop: Cluster) -> None:
    """172.18.0.2:30080 answers a Pod as it answers the world."""
    shop.done("rollout", "status", "deploy/backend-app", "--timeout=30s")
    command = ["wget", "-q", "-O-", "--header", "Host: shop.example", "http://172.18.0.2:30080/"]
    eventually(lambda: "Hello from Pod" in shop.kubectl("exec", "asker", "--", *command).out)
