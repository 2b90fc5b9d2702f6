"""The measurement behind the sliders: kube-proxy's rules for N Pods, asked twice.

The rules are written by the generator, read back as text, and asked for the exact odds and for
a simulation: nothing here knows that the answer is 1/N.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import cast

from labkit import plan
from labkit.dataplane.plane import DataPlane
from labkit.dataplane.proxy import KubeProxy
from labkit.kubeproxy.config import MODES
from labkit.lab import verdict
from labkit.model.balance import Balance
from labkit.model.chain import ChanceChain, Kind
from labkit.model.packet import Packet
from labkit.model.service import EndpointSlice, Service
from labkit.netfilter.node import Node
from labkit.ruleset.tables import Ruleset

CLUSTER_IP = "10.96.45.10"
CLIENT = "10.244.0.250"
PORT, TARGET_PORT = 80, 8080


LOST = f"✕ {CLUSTER_IP}:{PORT}"
"""The label of connections that no rule took: they leave for the ClusterIP itself."""


def measure(replicas: int, requests: int, seed: int, mode: str = "iptables") -> Balance:
    """``requests`` new connections to a Service of ``replicas`` Pods on the course's nodes.

    ``mode`` is a mode of kube-proxy, or ``naive`` or ``cumulative`` for a chain that is wrong: its
    answers are held against the even split, which it claims to make.
    """
    plane = plane_of(replicas, mode)
    odds = {label_of(goal): chance for goal, chance in plane.shares(packet()).items()}
    places = {f"backend-{i}": name for i, (_, name) in pods(replicas)}
    odds = {pod: odds[pod] for pod in (*places, LOST) if pod in odds}
    answers = tuple(label_of(goal) for goal in plane.turns(packet(), requests, seed=seed))
    claim = None if mode in MODES else even(replicas, odds)
    alarm = verdict.ALARM if replicas == 2 else verdict.ALARM / replicas
    band = {
        pod: verdict.band(requests, chance, alarm) if chance else (0, 0)
        for pod, chance in (claim or odds).items()
    }
    return Balance(answers, odds, band, places, claim)


def even(replicas: int, labels: Iterable[str]) -> dict[str, Fraction]:
    """The same share for each Pod, and nothing for connections that no rule took."""
    return {label: Fraction(label != LOST, replicas) for label in labels}


@lru_cache(maxsize=64)
def plane_of(replicas: int, mode: str) -> DataPlane:
    """A node with the rules of that mode, or of that wrong chain."""
    if mode in MODES:
        service, slices = objects(replicas)
        return KubeProxy(mode=mode).data_plane([service], [slices])
    text = ChanceChain.of_kind(cast("Kind", mode), replicas).rules_text(CLUSTER_IP, PORT)
    for i, (address, _) in pods(replicas):
        text = text.replace(f"10.244.0.{i}:{TARGET_PORT}\n", f"{address}:{TARGET_PORT}\n")
    node = Node(Ruleset.parse(text), addresses=[plan.NODES[0].address])
    return DataPlane("iptables", text, node)


def label_of(goal: str) -> str:
    """``backend-3`` for the destination of the third Pod."""
    address = goal.rpartition(":")[0]
    if address == CLUSTER_IP:
        return LOST
    return f"backend-{int(address.rpartition('.')[2]) - 9}"


def pods(replicas: int) -> list[tuple[int, tuple[str, str]]]:
    """Number from 1, address and node of each Pod, the nodes by turns."""
    made = []
    for i in range(replicas):
        node = plan.NODES[i % len(plan.NODES)]
        network = node.pod_cidr.rpartition(".")[0]
        made.append((i + 1, (f"{network}.{10 + i}", node.name)))
    return made


def objects(replicas: int, affinity: int = 0) -> tuple[Service, EndpointSlice]:
    """The lab's Service and its slice with so many ready endpoints.

    ``affinity`` are the seconds of ``sessionAffinity: ClientIP``; 0 leaves it off.
    """
    sticky = {
        "sessionAffinity": "ClientIP",
        "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": affinity}},
    }
    service = Service.from_dict(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "backend-service", "namespace": "default"},
            "spec": {
                "clusterIP": CLUSTER_IP,
                "ports": [{"port": PORT, "targetPort": TARGET_PORT, "protocol": "TCP"}],
                **(sticky if affinity else {}),
            },
        }
    )
    slices = EndpointSlice.from_dict(
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": "backend-service-1",
                "namespace": "default",
                "labels": {"kubernetes.io/service-name": "backend-service"},
            },
            "addressType": "IPv4",
            "ports": [{"name": "", "port": TARGET_PORT, "protocol": "TCP"}],
            "endpoints": [
                {"addresses": [address], "nodeName": node, "conditions": {"ready": True}}
                for _, (address, node) in pods(replicas)
            ],
        }
    )
    return service, slices


def rules_text(replicas: int) -> str:
    """What ``iptables-save`` prints on the first node with that Service and nothing else."""
    service, slices = objects(replicas)
    return KubeProxy().save_text([service], [slices])


def packet(number: int = 0) -> Packet:
    """The first packet of the client's connection ``number``."""
    return Packet(CLIENT, CLUSTER_IP, sport=1024 + number % 64000, dport=PORT)
