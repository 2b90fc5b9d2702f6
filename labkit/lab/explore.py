"""The measurement behind the sliders: kube-proxy's rules for N Pods, asked twice.

The rules are written by the generator, read back as text, and asked for the exact odds and for
a simulation: nothing here knows that the answer is 1/N.
"""

from __future__ import annotations

from fractions import Fraction

from labkit import plan
from labkit.kubeproxy.config import KubeProxyConfig
from labkit.kubeproxy.proxy import KubeProxy
from labkit.lab import verdict
from labkit.model.balance import Balance
from labkit.model.packet import Packet
from labkit.model.service import EndpointSlice, Service
from labkit.netfilter.draws import Draws
from labkit.netfilter.node import Node
from labkit.netfilter.state import NodeState
from labkit.ruleset.tables import Ruleset

CLUSTER_IP = "10.96.45.10"
CLIENT = "10.244.0.250"
PORT, TARGET_PORT = 80, 8080


def measure(replicas: int, requests: int, seed: int) -> Balance:
    """``requests`` new connections to a Service of ``replicas`` Pods on the course's nodes."""
    places = {address: (f"backend-{i}", name) for i, (address, name) in pods(replicas)}
    node = Node(Ruleset.parse(rules_text(replicas)), addresses=[plan.NODES[0].address])
    chances = exact(node)
    odds = {pod: chances[address] for address, (pod, _) in places.items()}
    answers = tuple(places[address][0] for address in draws(node, requests, seed))
    alarm = verdict.ALARM if replicas == 2 else verdict.ALARM / replicas
    band = {pod: verdict.band(requests, chance, alarm) for pod, chance in odds.items()}
    return Balance(answers, odds, band, dict(places.values()))


def pods(replicas: int) -> list[tuple[int, tuple[str, str]]]:
    """Number from 1, address and node of each Pod, the nodes by turns."""
    made = []
    for i in range(replicas):
        node = plan.NODES[i % len(plan.NODES)]
        network = node.pod_cidr.rpartition(".")[0]
        made.append((i + 1, (f"{network}.{10 + i}", node.name)))
    return made


def objects(replicas: int) -> tuple[Service, EndpointSlice]:
    """The lab's Service and its slice with so many ready endpoints."""
    service = Service.from_dict(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "backend-service", "namespace": "default"},
            "spec": {
                "clusterIP": CLUSTER_IP,
                "ports": [{"port": PORT, "targetPort": TARGET_PORT, "protocol": "TCP"}],
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
    config = KubeProxyConfig(cluster_cidrs=(plan.POD_CIDR,))
    return KubeProxy(plan.NODES[0].name, config).save_text([service], [slices])


def packet(number: int = 0) -> Packet:
    """The first packet of the client's connection ``number``."""
    return Packet(CLIENT, CLUSTER_IP, sport=1024 + number % 64000, dport=PORT)


def exact(node: Node) -> dict[str, Fraction]:
    """Each Pod's address with its exact probability."""
    found = node.outcomes(packet()).by_destination
    return {place.rpartition(":")[0]: chance for place, chance in found.items()}


def draws(node: Node, requests: int, seed: int) -> list[str]:
    """The addresses that new connections go to, one after the other."""
    state = NodeState(draws=Draws(seed), tracing=False)
    return [node.receive(packet(number), state).packet.dst for number in range(requests)]
